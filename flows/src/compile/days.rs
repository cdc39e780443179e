//! Calendars from the days that are named in place and those of holiday files.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::calendar::{Calendar, HolidayFile};
use crate::compile::raw::{FileKind, RawCalendar};
use crate::compile::tree::Tree;
use crate::compile::world::named_file;
use crate::decode::node::{Mark, Spot};
use crate::problem::{Code, Problems};

/// Builds one calendar. A day is off or worked, wherever that is said.
pub(super) fn calendar(tree: &Tree<'_>, raw: &RawCalendar, problems: &mut Problems) -> Calendar {
    let mut days = Days { tree, calendar: &raw.name.value, said: BTreeMap::new() };
    for day in &raw.days {
        days.add(day.date, day.kind == FileKind::Workdays, day.at, problems);
    }
    let folder = tree.folder(raw.name.at.file);
    for (path, kind) in &raw.files {
        let Some(file) = named_file(tree, folder, path, problems) else { continue };
        match HolidayFile::parse(tree.text(file)) {
            Ok(read) => {
                let off = read.holidays.iter().map(|date| (*date, *kind == FileKind::Workdays));
                for (date, worked) in off.chain(read.workdays.iter().map(|date| (*date, true))) {
                    days.add(date, worked, path.at, problems);
                }
            }
            Err(errors) => {
                for error in errors {
                    let at = Spot { file, mark: Mark { line: error.line, column: 1 } };
                    problems.add_error(Code::BadValue, tree.paths.position(at), error.problem.to_string());
                }
            }
        }
    }
    let of =
        |worked| days.said.iter().filter(move |(_, (is, _))| *is == worked).map(|(date, _)| *date).collect();
    let calendar = Calendar::new(raw.name.value.clone(), raw.weekdays, of(false), of(true));
    if !calendar.weekdays.contains(&true) && calendar.workdays.is_empty() {
        let message = format!("no day counts in calendar `{}`", calendar.name);
        problems
            .add(Code::EmptyRange, tree.paths.position(raw.name.at), message)
            .suggest("name its `weekdays`, or its `workdays`");
    }
    calendar
}

struct Days<'d> {
    tree: &'d Tree<'d>,
    calendar: &'d str,
    /// Whether a day is worked, and where that is said.
    said: BTreeMap<Date, (bool, Spot)>,
}

impl Days<'_> {
    fn add(&mut self, date: Date, worked: bool, at: Spot, problems: &mut Problems) {
        let Some((other, first)) = self.said.get(&date) else {
            self.said.insert(date, (worked, at));
            return;
        };
        if *other != worked {
            let first = self.tree.paths.position(*first);
            let message = format!("{date} is a holiday and a working day in calendar `{}`", self.calendar);
            problems.add(Code::BadValue, self.tree.paths.position(at), message).suggest(format!(
                "keep one of the two; the other is named by line {} of {}",
                first.line, first.file
            ));
        }
    }
}
