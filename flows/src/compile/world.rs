//! What jobs refer to by name: platforms, calendars, resources.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::Calendar;
use crate::compile::days;
use crate::compile::raw::{RawFolder, RawPlatform};
use crate::compile::tree::{Found, Tree};
use crate::decode::fields::{Spanned, list_of};
use crate::decode::node::{Mark, Spot};
use crate::model::{Platform, Resource};
use crate::names::did_you_mean;
use crate::problem::{Code, Problems};
use crate::sql_text;
use crate::task::PlatformUrl;

/// Platforms, calendars and resources, each ordered by name.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) platforms: Vec<Platform>,
    pub(crate) calendars: Vec<Calendar>,
    pub(crate) resources: Vec<Resource>,
    /// Names that are defined and could not be read.
    lost: BTreeSet<String>,
    /// Something could not be read at all.
    incomplete: bool,
}

/// What a name may refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Platform,
    Calendar,
    Resource,
}

impl World {
    /// Builds them from the daybreak.yaml of the root.
    pub(crate) fn build(tree: &Tree<'_>, root: &RawFolder, problems: &mut Problems) -> Self {
        let platforms = root.platforms.iter().map(|raw| (&raw.name, platform(tree, raw, problems))).collect();
        let calendars =
            root.calendars.iter().map(|raw| (&raw.name, days::calendar(tree, raw, problems))).collect();
        let resources = root.resources.iter().map(|(name, limit)| {
            let resource = Resource { name: name.value.clone(), limit: *limit };
            (name, resource)
        });
        let resources = resources.collect();
        Self {
            platforms: ordered("platforms", tree, platforms, problems),
            calendars: ordered("calendars", tree, calendars, problems),
            resources: ordered("resources", tree, resources, problems),
            lost: root.lost.clone(),
            incomplete: root.incomplete,
        }
    }

    /// The index of a name. Like all names it is found without its case; an unknown one is reported.
    pub(crate) fn find(
        &self,
        kind: Kind,
        name: &str,
        at: Spot,
        tree: &Tree<'_>,
        problems: &mut Problems,
    ) -> Option<u32> {
        let (what, code, names): (_, _, Vec<&str>) = match kind {
            Kind::Platform => {
                ("platform", Code::UnknownPlatform, self.platforms.iter().map(|p| p.name.as_str()).collect())
            }
            Kind::Calendar => {
                ("calendar", Code::UnknownCalendar, self.calendars.iter().map(|c| c.name.as_str()).collect())
            }
            Kind::Resource => {
                ("resource", Code::UnknownResource, self.resources.iter().map(|r| r.name.as_str()).collect())
            }
        };
        let lower = name.to_lowercase();
        let found = names.iter().position(|known| known.to_lowercase() == lower);
        if found.is_none() && !self.incomplete && !self.lost.contains(&lower) {
            let suggestion = match did_you_mean(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("define it under `{what}s:` in the daybreak.yaml of the root"),
            };
            problems
                .add(code, tree.paths.position(at), format!("there is no {what} `{name}`"))
                .suggest(suggestion);
        }
        found.map(|index| index as u32)
    }
}

/// Sorts by name; of two with names that differ only in case the first one stays.
fn ordered<T>(
    what: &str,
    tree: &Tree<'_>,
    named: Vec<(&Spanned<String>, T)>,
    problems: &mut Problems,
) -> Vec<T> {
    let mut first: BTreeMap<String, Spot> = BTreeMap::new();
    let mut kept: Vec<(String, T)> = Vec::with_capacity(named.len());
    for (name, value) in named {
        let lower = name.value.to_lowercase();
        if let Some(other) = first.get(&lower) {
            let other = tree.paths.position(*other);
            let message = format!("two {what} are called `{}`", name.value);
            problems.add(Code::DuplicateName, tree.paths.position(name.at), message).suggest(format!(
                "the first one is in line {} of {}; case makes no difference",
                other.line, other.file
            ));
        } else {
            first.insert(lower, name.at);
            kept.push((name.value.clone(), value));
        }
    }
    kept.sort_by(|a, b| a.0.cmp(&b.0));
    kept.into_iter().map(|(_, value)| value).collect()
}

/// What agents can reach: one engine so far. A URL that is a secret is known to them only.
fn check_url(tree: &Tree<'_>, url: &Spanned<String>, problems: &mut Problems) {
    let scheme = url.value.split_once(':').map(|(scheme, _)| scheme);
    let (message, instead) = match scheme {
        Some("sqlite" | "secret") => return,
        Some(scheme) => {
            (format!("`{scheme}` is no database that agents know"), "they know `sqlite:PATH`".to_owned())
        }
        None => (
            format!("`{}` is no URL of a database", url.value),
            format!("for SQLite write `sqlite:{}`", url.value),
        ),
    };
    problems.add(Code::BadValue, tree.paths.position(url.at), message).suggest(instead);
}

/// A text that agents run when they meet a platform for the first time.
fn check_init(tree: &Tree<'_>, file: u32, problems: &mut Problems) {
    let text = tree.text(file);
    if let Err(error) = sql_text::scan(text) {
        let before = &text[..error.start];
        let line = before.matches('\n').count() as u32 + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
        let at = Spot { file, mark: Mark { line, column } };
        problems
            .add(Code::BadSql, tree.paths.position(at), error.to_string())
            .suggest("close it; inside a string a quote is written twice");
    }
}

fn platform(tree: &Tree<'_>, raw: &RawPlatform, problems: &mut Problems) -> Platform {
    let folder = tree.folder(raw.name.at.file);
    let mut init = Vec::new();
    for path in &raw.init {
        if let Some(file) = named_file(tree, folder, path, problems) {
            check_init(tree, file, problems);
            init.push(tree.text(file).to_owned());
        }
    }
    if let Some(url) = &raw.url {
        check_url(tree, url, problems);
    }
    if let (None, Some(first)) = (&raw.url, raw.init.first()) {
        let message = format!("platform `{}` has `init`, and no `url` to run it on", raw.name.value);
        problems
            .add(Code::MissingKey, tree.paths.position(first.at), message)
            .suggest("add `url: sqlite:PATH`");
    }
    Platform {
        name: raw.name.value.clone(),
        connection: raw.url.as_ref().map(|url| PlatformUrl { url: url.value.clone(), init }),
        limit: raw.limit,
    }
}

/// The file that a definition names.
pub(crate) fn named_file(
    tree: &Tree<'_>,
    folder: &str,
    path: &Spanned<String>,
    problems: &mut Problems,
) -> Option<u32> {
    let (message, suggestion) = match tree.find(folder, &path.value) {
        Found::File(file) => return Some(file),
        Found::Several(paths) => (
            format!(
                "`{}` may be any of {}, which differ in case only",
                path.value,
                list_of(paths.into_iter())
            ),
            "spell it like one of them".to_owned(),
        ),
        Found::Nothing => {
            let suggestion = tree.nearest(folder, &path.value).map_or_else(
                || format!("paths are relative to the folder of {}", tree.path(path.at.file)),
                |near| format!("did you mean `{near}`?"),
            );
            (format!("there is no file `{}`", path.value), suggestion)
        }
    };
    problems.add(Code::FileNotFound, tree.paths.position(path.at), message).suggest(suggestion);
    None
}
