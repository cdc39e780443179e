//! A tree of small shell jobs in layers, whose jobs write down themselves when they start and end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use daybreak_tests::simulation::random::Random;
use jiff::ToSpan as _;

use crate::site::Site;
use crate::witness::{Courses, Event, Line};

/// `work.sh NAME SECONDS succeeds|fails`: `fails` the first time only.
const WORK: &str = r#"#!/bin/sh
echo "$DAYBREAK_ATTEMPT $1@$PERIOD start" >>witness
sleep "$2"
case $DAYBREAK_ATTEMPT,$3 in
*:1,fails)
    echo "$DAYBREAK_ATTEMPT $1@$PERIOD failure" >>witness
    exit 7
    ;;
esac
echo "$DAYBREAK_ATTEMPT $1@$PERIOD success" >>witness
"#;

/// Jobs in a layer.
pub(crate) const WIDTH: usize = 7;

/// One job of the tree.
pub(crate) struct Job {
    needs: BTreeSet<String>,
    pub(crate) fails_once: bool,
}

fn name(layer: usize, at: usize) -> String {
    format!("j_{layer:02}_{at}")
}

/// Jobs by name. Each needs the one of its own column in the layer before, and some others of it.
pub(crate) fn grow(layers: usize, random: &mut Random) -> BTreeMap<String, Job> {
    let mut jobs = BTreeMap::new();
    for layer in 0..layers {
        for at in 0..WIDTH {
            let mut needs = BTreeSet::new();
            if layer > 0 {
                needs.insert(name(layer - 1, at));
                needs.extend((0..random.below(3)).map(|_| name(layer - 1, random.below(WIDTH))));
            }
            jobs.insert(name(layer, at), Job { needs, fails_once: random.chance(15) });
        }
    }
    jobs
}

fn yaml(jobs: &BTreeMap<String, Job>, random: &mut Random) -> String {
    let mut text =
        "flow: layers\ncycle: day\nstart: T+1 01:30\ndefaults: {retry: 1 every 1s}\njobs:\n".to_owned();
    for (name, job) in jobs {
        let needs = job.needs.iter().cloned().collect::<Vec<_>>().join(", ");
        let (ms, end) = (random.between(5, 60), if job.fails_once { "fails" } else { "succeeds" });
        writeln!(text, "  {name}: {{needs: [{needs}], shell: ./work.sh {name} 0.{ms:03} {end}}}")
            .expect("a string takes all");
    }
    text
}

/// The tree in a site of its own, with a server that runs.
pub(crate) fn plant(jobs: &BTreeMap<String, Job>, random: &mut Random) -> Site {
    let mut site = Site::new();
    site.write("tree/daybreak.yaml", "zone: UTC\ndefaults: {from: 2026-01-01}\n");
    site.write("tree/layers.yaml", &yaml(jobs, random));
    site.write_script("work.sh", WORK);
    site.up();
    site
}

/// How many jobs of a layer have started for a day.
pub(crate) fn started(lines: &[Line], layer: usize, day: &str) -> usize {
    let is_one = |line: &&Line| {
        let first = line.event == Event::Start && line.attempt == 1;
        first && line.instance.starts_with(&format!("j_{layer:02}_")) && line.instance.ends_with(day)
    };
    lines.iter().filter(is_one).count()
}

/// No job started before everything that it needs had succeeded.
pub(crate) fn assert_order(jobs: &BTreeMap<String, Job>, courses: &Courses<'_>) {
    let mut ended: BTreeMap<&str, usize> = BTreeMap::new();
    for ((instance, _), course) in courses.iter().filter(|(_, course)| course.succeeded) {
        let first = ended.entry(*instance).or_insert(course.ended);
        *first = (*first).min(course.ended);
    }
    for ((instance, attempt), course) in courses {
        let (job, day) = instance.split_once('@').expect("JOB@PERIOD");
        for need in &jobs[job].needs {
            let is_met = ended.get(format!("{need}@{day}").as_str()).is_some_and(|&end| end < course.started);
            assert!(is_met, "{instance} #{attempt} started before {need} had succeeded");
        }
    }
}

/// The store knows every attempt that ran, and tells no end of one that did not, nor a success that was none. Only what
/// nobody can account for has no end: a keeper that dies while it starts an attempt cannot say whether it has.
pub(crate) fn assert_store(site: &Site, courses: &Courses<'_>) {
    let mut known = BTreeSet::new();
    for row in site.store("v_attempt") {
        let ordinal: i64 = row[2].parse().expect("the number of a day");
        let day = (jiff::civil::date(1970, 1, 1) + ordinal.days()).strftime("%Y%m%d");
        let key = (format!("{}@{day}", row[0]), row[3].parse().expect("the number of an attempt"));
        let succeeded = courses.get(&(key.0.as_str(), key.1)).map(|course| course.succeeded);
        match row[10].as_str() {
            "" => {}
            "success" => assert_eq!(succeeded, Some(true), "{row:?}"),
            _ => assert_eq!(succeeded, Some(false), "{row:?}"),
        }
        known.insert(key);
    }
    let unheard =
        courses.keys().filter(|(instance, attempt)| !known.contains(&((*instance).to_owned(), *attempt)));
    assert_eq!(unheard.count(), 0, "attempts ran that the store does not know: {courses:?}");
}
