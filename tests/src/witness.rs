//! What jobs themselves say of their attempts: lines that they append to one file, each by one write.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// One line: `JOB:ORDINAL:ATTEMPT INSTANCE EVENT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `JOB@PERIOD`, or whatever else the job calls itself.
    pub instance: String,
    /// Its number.
    pub attempt: u32,
    /// What it says.
    pub event: Event,
}

/// What a job says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It has started.
    Start,
    /// It is about to end with exit code 0.
    Success,
    /// It is about to end with another one.
    Failure,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{} {:?}", self.instance, self.attempt, self.event)
    }
}

/// All lines, in the order in which they were written.
///
/// # Panics
/// The file is not there, or holds what no job writes.
#[must_use]
pub fn read(witness: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(witness).expect("the file was made with the site");
    text.lines().map(parse).collect()
}

fn parse(line: &str) -> Line {
    let garbled = || -> ! { panic!("a line of the witness file is not what a job writes: {line:?}") };
    let mut words = line.split(' ');
    let (Some(key), Some(name), Some(event), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        garbled()
    };
    let Some(attempt) = key.split(':').nth(2).and_then(|number| number.parse().ok()) else { garbled() };
    let event = match event {
        "start" => Event::Start,
        "success" => Event::Success,
        "failure" => Event::Failure,
        _ => garbled(),
    };
    Line { instance: name.to_owned(), attempt, event }
}

/// What became of one attempt: where in the file it started and ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// The line of its start.
    pub started: usize,
    /// The line of its end.
    pub ended: usize,
    /// How it ended.
    pub succeeded: bool,
}

/// Courses by instance and number of the attempt.
pub type Courses<'a> = BTreeMap<(&'a str, u32), Course>;

/// Every attempt's course, by instance and number.
///
/// # Errors
/// Not every attempt has started once and then ended once, or two attempts of an instance ran at the same time.
pub fn courses(lines: &[Line]) -> Result<Courses<'_>, String> {
    let mut running: BTreeMap<&str, (u32, usize)> = BTreeMap::new();
    let mut courses = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        let instance = line.instance.as_str();
        let key = (instance, line.attempt);
        match (line.event, running.get(instance)) {
            (Event::Start, None) if courses.contains_key(&key) => {
                return Err(format!("{line}: a second time"));
            }
            (Event::Start, None) => {
                running.insert(instance, (line.attempt, at));
            }
            (Event::Start, Some((other, _))) => return Err(format!("{line}: while #{other} ran")),
            (Event::Success | Event::Failure, Some(&(attempt, started))) if attempt == line.attempt => {
                running.remove(instance);
                courses.insert(key, Course { started, ended: at, succeeded: line.event == Event::Success });
            }
            (Event::Success | Event::Failure, _) => return Err(format!("{line}: without a start")),
        }
    }
    match running.first_key_value() {
        Some((instance, (attempt, _))) => Err(format!("{instance} #{attempt}: never ended")),
        None => Ok(courses),
    }
}

/// Attempts that have started and not ended.
#[must_use]
pub fn in_flight(lines: &[Line]) -> BTreeSet<&str> {
    let mut running = BTreeSet::new();
    for line in lines {
        match line.event {
            Event::Start => running.insert(line.instance.as_str()),
            Event::Success | Event::Failure => running.remove(line.instance.as_str()),
        };
    }
    running
}

#[test]
fn a_witness_of_something_wrong_is_understood() {
    let cases = [
        ("1:5:1 a start|1:5:1 a success|1:5:1 a start|1:5:1 a success", "a #1 Start: a second time"),
        ("1:5:1 a start|1:5:1 a start|1:5:1 a success", "a #1 Start: while #1 ran"),
        ("1:5:1 a start|1:5:2 a start", "a #2 Start: while #1 ran"),
        ("1:5:1 a start|1:5:1 a failure|1:5:1 a success", "a #1 Success: without a start"),
        ("1:5:1 a start|2:5:1 b start|1:5:1 a success", "b #1: never ended"),
    ];
    for (text, wrong) in cases {
        let lines: Vec<Line> = text.split('|').map(parse).collect();
        assert_eq!(courses(&lines), Err(wrong.to_owned()), "{text}");
    }
    let retried: Vec<Line> =
        "1:5:1 a start|1:5:1 a failure|1:5:2 a start|1:5:2 a success".split('|').map(parse).collect();
    assert_eq!(courses(&retried).map(|courses| courses.len()), Ok(2));
}
