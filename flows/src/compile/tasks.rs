//! What a job does: its task key, or the file that bears its name.

use crate::compile::draft::{Fill, Written};
use crate::compile::jobs::Site;
use crate::compile::raw::{RawCopy, RawHttp, RawLoad, RawTask, TaskBody};
use crate::compile::tree::Found;
use crate::compile::world::{self, Kind};
use crate::decode::fields::Spanned;
use crate::decode::node::{Spot, Style, Text};
use crate::model::Platform;
use crate::period::Cycle;
use crate::problem::Code;
use crate::task::{Copy, Http, Load, Shell, Sql, TableRef, Task};

/// The task of a job; what cannot be known is `noop`, and reported.
pub(super) fn of_job(site: &mut Site<'_, '_>, platform: Option<u32>, cycle: Cycle) -> Task {
    let raw = site.raw;
    if let [first, others @ ..] = raw.tasks.as_slice() {
        for other in others {
            let message = format!("`{}` has two tasks, `{}` and `{}`", raw.name.value, first.key, other.key);
            site.problem(Code::SeveralTasks, other.at, message)
                .suggest("make it two jobs, one needing the other");
        }
        return of_key(site, first, platform, cycle);
    }
    if raw.feed.is_some() || raw.unreadable { Task::Noop } else { of_own_file(site, platform) }
}

/// The platform that a task works on, for jobs that name none: its agents run it.
pub(super) fn platform_of(task: &Task, platforms: &[Platform]) -> Option<u32> {
    let name = match task {
        Task::Load(load) => &load.into.platform,
        Task::Copy(copy) => &copy.to.platform,
        Task::Noop | Task::Shell(_) | Task::Sql(_) | Task::Http(_) => return None,
    };
    platforms.iter().position(|platform| platform.name == *name).map(|index| index as u32)
}

fn of_key<'a>(site: &mut Site<'_, 'a>, raw: &'a RawTask, platform: Option<u32>, cycle: Cycle) -> Task {
    match &raw.body {
        TaskBody::Noop(_) => Task::Noop,
        TaskBody::Shell(text) => {
            inline(site, "shell", text, raw.at, Fill::Script);
            Task::Shell(Shell { script: text.text.clone().into_owned() })
        }
        TaskBody::Sql(text) => {
            inline(site, "sql", text, raw.at, Fill::Sql);
            connected(site, platform, raw.at);
            Task::Sql(Sql { text: text.text.clone().into_owned() })
        }
        TaskBody::File(path) => named_file(site, path, platform),
        TaskBody::Http(raw) => http(site, raw),
        TaskBody::Load(raw) => {
            rows_of_the_period(site, raw, cycle);
            load(site, raw)
        }
        TaskBody::Copy(raw) => copy(site, raw),
    }
}

fn inline<'a>(site: &mut Site<'_, 'a>, field: &'static str, text: &'a Text<'static>, key: Spot, fill: Fill) {
    let at = Spot { file: key.file, mark: text.at };
    site.texts.push(Written { field: field.into(), text: &text.text, at, style: text.style, fill });
}

/// `NAME.sql` or `NAME.sh` beside the flow file.
fn of_own_file(site: &mut Site<'_, '_>, platform: Option<u32>) -> Task {
    let (tree, name) = (site.context.tree, &site.raw.name);
    let folder = tree.folder(name.at.file);
    let mut files = Vec::new();
    for ending in ["sql", "sh"] {
        match tree.find(folder, &format!("{}.{ending}", name.value)) {
            Found::Nothing => {}
            Found::File(file) => files.push(tree.path(file)),
            Found::Several(several) => files.extend(several),
        }
    }
    match files.as_slice() {
        [path] => match tree.find("", path) {
            Found::File(file) => of_file(site, file, platform, name.at),
            Found::Nothing | Found::Several(_) => Task::Noop,
        },
        [first, second, ..] => {
            let message = format!("`{}` has two tasks, {first} and {second}", name.value);
            site.problem(Code::SeveralTasks, name.at, message)
                .suggest("name one of them with `file:`, or give one another name");
            Task::Noop
        }
        [] => {
            let suggestion = match tree.nearest(folder, &format!("{}.sql", name.value)) {
                Some(near) => format!("did you mean `{near}`? The file has to bear the job's name"),
                None => "write one beside the flow file, add a task key (shell, sql, http, load, copy), or \
                         `noop: true` for a milestone"
                    .to_owned(),
            };
            let message =
                format!("`{0}` has no task: there is neither a task key nor {0}.sql nor {0}.sh", name.value);
            site.problem(Code::NoTask, name.at, message).suggest(suggestion);
            Task::Noop
        }
    }
}

fn named_file(site: &mut Site<'_, '_>, path: &Spanned<String>, platform: Option<u32>) -> Task {
    let tree = site.context.tree;
    let folder = tree.folder(path.at.file);
    match world::named_file(tree, folder, path, &mut site.problems) {
        Some(file) => of_file(site, file, platform, path.at),
        None => Task::Noop,
    }
}

/// SQL or a script, judged by the file's ending.
fn of_file(site: &mut Site<'_, '_>, file: u32, platform: Option<u32>, named_at: Spot) -> Task {
    let tree = site.context.tree;
    let (path, text) = (tree.path(file), tree.text(file));
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let mut note = |field: &'static str, fill| {
        let at = tree.start_of(file);
        site.texts.push(Written { field: field.into(), text, at, style: Style::Block, fill });
    };
    if ending.eq_ignore_ascii_case("sql") {
        note("sql", Fill::Sql);
        connected(site, platform, named_at);
        Task::Sql(Sql { text: text.to_owned() })
    } else if ending.eq_ignore_ascii_case("sh") {
        note("shell", Fill::Script);
        Task::Shell(Shell { script: text.to_owned() })
    } else {
        let message = format!("`{path}` is neither a `.sql` nor a `.sh` file");
        site.problem(Code::BadValue, named_at, message)
            .suggest("for other programs write `shell: ./PROGRAM`");
        Task::Noop
    }
}

/// SQL needs a platform with a database.
fn connected(site: &mut Site<'_, '_>, platform: Option<u32>, at: Spot) {
    let name = &site.raw.name.value;
    match platform.map(|platform| &site.context.world.platforms[platform as usize]) {
        Some(Platform { connection: Some(_), .. }) => {}
        Some(Platform { connection: None, name: platform, .. }) => {
            let message = format!("`{name}` is SQL, and platform `{platform}` has no `url`");
            site.problem(Code::NoConnection, at, message)
                .suggest("give the platform a `url` in daybreak.yaml");
        }
        // An unknown platform was reported where it is named.
        None if site.layers.says("platform", |s| s.platform.as_ref()) => {}
        None => {
            site.problem(Code::NoConnection, at, format!("`{name}` is SQL, and has no platform"))
                .suggest("write `platform: NAME` in the job or in `defaults`");
        }
    }
}

fn http<'a>(site: &mut Site<'_, 'a>, raw: &'a RawHttp) -> Task {
    if !raw.url.value.starts_with("http://") && !raw.url.value.starts_with("https://") {
        let message = format!("`{}` is no absolute URL", raw.url.value);
        site.problem(Code::BadValue, raw.url.at, message).suggest("begin it with http:// or https://");
    }
    let method =
        raw.method.as_ref().map_or(if raw.body.is_some() { "POST" } else { "GET" }, |method| method.value);
    let headers = raw.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.clone(), site.written("headers", value, Fill::Template))).collect();
    Task::Http(Http {
        method: method.to_owned(),
        url: site.written("url", &raw.url, Fill::Template),
        headers,
        body: raw.body.as_ref().map(|body| site.written("body", body, Fill::Template)),
        expect: raw.expect.iter().map(|status| status.value).collect(),
    })
}

fn load<'a>(site: &mut Site<'_, 'a>, raw: &'a RawLoad) -> Task {
    let (files, files_lost, check) = match &site.raw.feed {
        Some(feed) => {
            for own in [&raw.files, &raw.check].into_iter().flatten() {
                site.problem(
                    Code::KeyNotHere,
                    own.at,
                    "the `load` of a feed has neither `files` nor `check`",
                )
                .suggest("write them in the feed itself, beside `load`");
            }
            (feed.files.as_ref(), feed.files_lost, feed.check.as_ref())
        }
        None => {
            check_pattern(site, raw.files.as_ref());
            (raw.files.as_ref(), raw.files_lost, raw.check.as_ref())
        }
    };
    if files.is_none() && !files_lost {
        let message = format!("`load` of `{}` does not say which files", site.raw.name.value);
        let place = if site.raw.feed.is_some() { "beside `load`" } else { "in `load`" };
        site.problem(Code::MissingKey, raw.into.at, message)
            .suggest(format!("write `files: in/data_{{{{ day }}}}.csv` {place}"));
    }
    encoding(site, raw.encoding.as_ref());
    let set = raw
        .set
        .iter()
        .map(|(column, value)| (column.clone(), site.written("set", value, Fill::Value)))
        .collect();
    // A feed's own patterns were noted with the feed.
    let fill = if site.raw.feed.is_some() { Fill::Nothing } else { Fill::Template };
    let mut pattern = |text: Option<&'a Spanned<String>>, field| match (text, fill) {
        (Some(text), Fill::Template) => Some(site.written(field, text, Fill::Template)),
        (text, _) => text.map(|text| text.value.clone()),
    };
    let (files, check) = (pattern(files, "files").unwrap_or_default(), pattern(check, "check"));
    Task::Load(Load {
        into: table(site, "into", &raw.into),
        replace: rows(site, "replace", raw.replace.as_ref()),
        files,
        check,
        separator: raw.separator.as_ref().map(|separator| separator.value),
        encoding: raw.encoding.as_ref().map(|encoding| encoding.value.clone()),
        columns: raw.columns.iter().map(|column| column.value.clone()).collect(),
        set,
        null: raw.null.iter().map(|text| text.value.clone()).collect(),
        empty: false,
    })
}

/// A file holds the rows of its period. Without a condition each period would take all others with it.
fn rows_of_the_period(site: &mut Site<'_, '_>, raw: &RawLoad, cycle: Cycle) {
    if cycle == Cycle::None || raw.replace.is_some() || raw.replace_lost {
        return;
    }
    let message = format!(
        "`load` of `{}` does not say which rows it replaces: each {cycle} would delete the entire table",
        site.raw.name.value
    );
    site.problem(Code::MissingKey, raw.into.at, message).suggest(format!(
        "write `replace: \"{cycle} = :{cycle}\"` or, if the table holds one {cycle} only, `replace: all`"
    ));
}

/// The condition for rows; `all` is none.
fn rows<'a>(
    site: &mut Site<'_, 'a>,
    field: &'static str,
    condition: Option<&'a Spanned<String>>,
) -> Option<String> {
    let condition = condition.filter(|condition| condition.value.trim() != ALL_ROWS)?;
    Some(site.written(field, condition, Fill::Condition))
}

/// What `replace` and `rows` say for the entire table.
const ALL_ROWS: &str = "all";

/// `*` stands in the last part of a pattern only: agents look into one folder.
pub(super) fn check_pattern(site: &mut Site<'_, '_>, pattern: Option<&Spanned<String>>) {
    let Some(pattern) = pattern else { return };
    let folder = pattern.value.rsplit_once('/').map_or("", |(folder, _)| folder);
    if folder.contains('*') {
        let message = format!("`files`: `{}` has a `*` in a folder", pattern.value);
        site.problem(Code::BadValue, pattern.at, message)
            .suggest("name the folder, with `{{ }}` if it changes, and use `*` in the file's name");
    }
}

fn encoding(site: &mut Site<'_, '_>, label: Option<&Spanned<String>>) {
    let Some(label) = label else { return };
    if encoding_rs::Encoding::for_label(label.value.as_bytes()).is_none() {
        site.problem(Code::BadValue, label.at, format!("there is no encoding `{}`", label.value))
            .suggest("write `utf-8`, `gb18030`, `gbk`, `big5`, `windows-1252`, …");
    }
}

fn copy<'a>(site: &mut Site<'_, 'a>, raw: &'a RawCopy) -> Task {
    Task::Copy(Copy {
        from: table(site, "from", &raw.from),
        to: table(site, "to", &raw.to),
        rows: rows(site, "rows", raw.rows.as_ref()),
        columns: raw.columns.iter().map(|column| column.value.clone()).collect(),
    })
}

/// `platform.table`.
fn table<'a>(site: &mut Site<'_, 'a>, field: &'static str, text: &'a Spanned<String>) -> TableRef {
    let Some((platform, table)) = text.value.split_once('.').filter(|(_, table)| !table.is_empty()) else {
        let message = format!("`{field}`: `{}` does not say on which platform the table is", text.value);
        let platforms = &site.context.world.platforms;
        let own = site.layers.pick(|s| s.platform.as_ref()).map(|own| own.value.as_str());
        let connected = platforms.iter().find(|platform| platform.connection.is_some());
        let example = own.or(connected.map(|platform| platform.name.as_str())).unwrap_or("yt").to_owned();
        site.problem(Code::BadValue, text.at, message).suggest(format!("write `{example}.{}`", text.value));
        return TableRef { platform: String::new(), table: text.value.clone() };
    };
    let found = site.find(Kind::Platform, platform, text.at);
    let known = found.map(|found| &site.context.world.platforms[found as usize]);
    if known.is_some_and(|platform| platform.connection.is_none()) {
        let message = format!("platform `{platform}` has no `url`, so it has no tables");
        site.problem(Code::NoConnection, text.at, message)
            .suggest("give the platform a `url` in daybreak.yaml");
    }
    site.texts.push(Written {
        field: field.into(),
        text: &text.value,
        at: text.at,
        style: Style::Plain,
        fill: Fill::Template,
    });
    // The name as it is defined, so that look-ups need not fold case.
    let platform = known.map_or(platform, |platform| &platform.name);
    TableRef { platform: platform.to_owned(), table: table.to_owned() }
}
