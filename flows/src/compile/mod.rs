//! From the texts of a tree to [`Definitions`], and everything that is wrong with it at once.
//!
//! Stages, each of which goes on with whatever the one before could read:
//!
//! 1. [`tree`] sorts the files; each definition is decoded for itself ([`flow_file`], [`folder_file`],
//!    [`task_keys`], [`settings`]) into [`raw`] fields;
//! 2. [`world`] builds what jobs refer to; [`roster`] gives every job its number;
//! 3. [`jobs`] applies defaults job by job, with [`triggers`] and [`tasks`]; [`needs`] joins them to a graph;
//! 4. [`crate::check`] looks at the whole.

mod days;
pub(crate) mod draft;
mod flow_file;
mod folder_file;
mod jobs;
mod needs;
pub(crate) mod raw;
mod roster;
mod settings;
mod task_keys;
mod tasks;
pub(crate) mod tree;
mod triggers;
mod world;

use std::collections::BTreeMap;

use rayon::prelude::*;

use self::draft::{Draft, Origin};
use self::raw::{RawFlow, RawFolder};
use self::roster::Roster;
use self::settings::Layers;
use self::tree::{FileKind, Tree};
use self::world::{Kind, World};
use crate::check;
use crate::decode::fields::Reader;
use crate::decode::yaml;
use crate::model::{Definitions, Flow, Job};
use crate::problem::{Code, Problem, Problems, Severity};
use crate::source::SourceTree;
use crate::time::Zone;
use crate::trigger::Cron;

/// What became of a tree.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The definitions; absent if there is any error.
    pub definitions: Option<Definitions>,
    /// All findings, ordered by place.
    pub problems: Vec<Problem>,
}

/// Compiles a tree of definition files, and checks it.
#[must_use]
pub fn compile(source: &SourceTree) -> Compiled {
    let tree = Tree::new(source);
    let mut problems = Problems::default();
    let decoded = decode(&tree, &mut problems);
    let draft = assemble(&tree, &decoded, &mut problems);
    check::run(&draft, &mut problems);
    finish(draft.definitions, problems)
}

/// All files of one tree, decoded.
struct Decoded {
    /// In the order of their paths.
    flows: Vec<RawFlow>,
    /// By folder, `""` being the root.
    folders: BTreeMap<String, RawFolder>,
    /// Some file could not be read at all: what it defines is not known to be missing.
    unreadable: bool,
}

enum File {
    Flow(Option<RawFlow>),
    Folder(String, RawFolder),
    Misnamed,
}

fn decode(tree: &Tree<'_>, problems: &mut Problems) -> Decoded {
    let wanted: Vec<u32> = tree.files().filter(|file| tree.kind(*file) != FileKind::Other).collect();
    // Files are independent; the order of the results is that of the paths, whatever the threads do.
    let read: Vec<(bool, File, Problems)> = wanted.par_iter().map(|file| decode_file(tree, *file)).collect();
    let mut decoded = Decoded { flows: Vec::new(), folders: BTreeMap::new(), unreadable: false };
    for (readable, file, found) in read {
        problems.0.extend(found.0);
        decoded.unreadable |= !readable;
        match file {
            File::Flow(flow) => decoded.flows.extend(flow),
            File::Folder(folder, settings) => {
                decoded.folders.insert(folder, settings);
            }
            File::Misnamed => {}
        }
    }
    decoded
}

fn decode_file(tree: &Tree<'_>, file: u32) -> (bool, File, Problems) {
    let mut reader = Reader::new(&tree.paths, file);
    let kind = tree.kind(file);
    if kind == FileKind::Misnamed {
        let path = tree.path(file);
        let (stem, ending) = path.rsplit_once('.').unwrap_or((path, ""));
        let (message, name) = if ending == "yaml" {
            (
                "only `daybreak.yaml` in small letters says what everything below inherits".to_owned(),
                "daybreak.yaml".to_owned(),
            )
        } else {
            (format!("files that end in `.{ending}` are not read"), format!("{stem}.yaml"))
        };
        reader
            .problem(Code::IgnoredFile, tree.start_of(file).mark, message)
            .suggest(format!("rename it to `{name}`"));
        return (true, File::Misnamed, reader.problems);
    }
    let document = yaml::read(tree.text(file));
    let readable = document.root.is_some() && document.cut.is_empty();
    let root = reader.document(document);
    let decoded = if kind == FileKind::Folder {
        let folder = tree.folder(file);
        let raw = root.map_or_else(RawFolder::unreadable, |root| reader.folder(&root, folder.is_empty()));
        File::Folder(folder.to_owned(), raw)
    } else {
        File::Flow(root.and_then(|root| reader.flow(&root)))
    };
    (readable, decoded, reader.problems)
}

fn assemble<'a>(tree: &'a Tree<'a>, decoded: &'a Decoded, problems: &mut Problems) -> Draft<'a> {
    let no_folder = RawFolder::default();
    let root = decoded.folders.get("").unwrap_or(&no_folder);
    let zone = root.settings.zone.as_ref().map_or(Zone::UTC, |zone| zone.value.clone());
    let world = World::build(tree, root, problems);
    check_defaults(tree, decoded, &world, problems);
    let roster = Roster::new(tree, &decoded.flows, problems);
    let (mut jobs, mut origins) = build_jobs(tree, decoded, &world, &zone, &roster, problems);
    needs::join(tree, &roster, &mut jobs, &mut origins, decoded.unreadable, problems);
    let flows = roster.flows.iter().map(|(name, flow)| Flow {
        name: name.clone(),
        title: flow.title.as_ref().map(|title| title.value.clone()),
        at: tree.paths.position(flow.name.at),
    });
    let flows = flows.collect();
    let World { platforms, calendars, resources, .. } = world;
    let definitions = Definitions { zone, jobs, flows, calendars, platforms, resources };
    Draft { definitions, origins, tree }
}

/// Names and crontabs that jobs inherit, also where no job does.
fn check_defaults(tree: &Tree<'_>, decoded: &Decoded, world: &World, problems: &mut Problems) {
    let of_flows = decoded.flows.iter().map(|flow| &flow.settings);
    for settings in of_flows.chain(decoded.folders.values().map(|folder| &folder.settings)) {
        let platform = settings.platform.iter().map(|name| (Kind::Platform, name.value.as_str(), name.at));
        let calendar = settings.calendar.iter().map(|name| (Kind::Calendar, name.value.as_str(), name.at));
        let uses = settings.uses.iter().map(|(name, units)| (Kind::Resource, name.as_str(), units.at));
        for (kind, name, at) in platform.chain(calendar).chain(uses) {
            world.find(kind, name, at, tree, problems);
        }
    }
    for cron in decoded.flows.iter().filter_map(|flow| flow.clock.cron.as_ref()) {
        if let Err(error) = Cron::parse(&cron.value, 0) {
            problems.add_error(Code::BadValue, tree.paths.position(cron.at), format!("`cron`: {error}"));
        }
    }
}

fn build_jobs<'a>(
    tree: &'a Tree<'a>,
    decoded: &'a Decoded,
    world: &World,
    zone: &Zone,
    roster: &Roster<'a>,
    problems: &mut Problems,
) -> (Vec<Job>, Vec<Origin<'a>>) {
    let context = jobs::Context { tree, world, zone };
    let above: Vec<_> = decoded.flows.iter().map(|flow| above(tree, flow, &decoded.folders)).collect();
    let built: Vec<(jobs::Built<'a>, Problems)> = roster
        .jobs
        .par_iter()
        .map(|entry| {
            let layers = Layers { own: &entry.job.settings, above: &above[entry.flow_file] };
            jobs::build(&context, entry, &decoded.flows[entry.flow_file], layers)
        })
        .collect();
    let mut jobs = Vec::with_capacity(built.len());
    let mut origins = Vec::with_capacity(built.len());
    for (built, found) in built {
        problems.0.extend(found.0);
        jobs.push(built.job);
        origins.push(built.origin);
    }
    (jobs, origins)
}

/// The settings above a job, nearest first: its flow's, its folder's, and so on up to the root.
fn above<'a>(
    tree: &Tree<'_>,
    flow: &'a RawFlow,
    folders: &'a BTreeMap<String, RawFolder>,
) -> Vec<&'a raw::Settings> {
    let mut above = vec![&flow.settings];
    let mut folder = tree.folder(flow.name.at.file);
    loop {
        above.extend(folders.get(folder).map(|raw| &raw.settings));
        match folder.rsplit_once('/') {
            Some((parent, _)) => folder = parent,
            None if folder.is_empty() => return above,
            None => folder = "",
        }
    }
}

/// What differs in the job's name only was written once, in a default.
fn one_for_each_default(definitions: &Definitions, problems: Vec<Problem>) -> Vec<Problem> {
    let nameless = |message: &str| -> String {
        let parts = message.split('`').enumerate().map(|(number, part)| {
            let is_job = number % 2 == 1 && definitions.job_named(part).is_some();
            if is_job { "" } else { part }
        });
        parts.collect::<Vec<&str>>().join("`")
    };
    let mut kept: Vec<(Problem, usize)> = Vec::with_capacity(problems.len());
    for problem in problems {
        let same =
            kept.iter_mut().rev().take_while(|(other, _)| other.at == problem.at).find(|(other, _)| {
                other.code == problem.code
                    && other.suggestion == problem.suggestion
                    && nameless(&other.message) == nameless(&problem.message)
            });
        match same {
            Some((_, more)) => *more += 1,
            None => kept.push((problem, 0)),
        }
    }
    let told = kept.into_iter().map(|(mut problem, more)| {
        if more > 0 {
            problem.message.push_str(&format!(" (and so for {more} more that inherit it)"));
        }
        problem
    });
    told.collect()
}

/// Findings in the order of their places; a default that is wrong for a hundred jobs is one finding.
fn finish(definitions: Definitions, problems: Problems) -> Compiled {
    let mut problems = problems.0;
    problems.sort_by(|a, b| a.order().cmp(&b.order()));
    problems.dedup();
    let problems = one_for_each_default(&definitions, problems);
    let errors = problems.iter().any(|problem| problem.severity == Severity::Error);
    Compiled { definitions: (!errors).then_some(definitions), problems }
}
