//! A tree of small shell jobs in layers, whose jobs write down themselves when they start and end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use daybreak_tests::simulation::random::Random;

use crate::chance::seeded;
use crate::site::Site;
use crate::witness::{self, Course, Event, Line};

/// `work.sh NAME SECONDS succeeds|fails`: `fails` the first time only.
const WORK: &str = r#"#!/bin/sh
echo "$DAYBREAK_ATTEMPT $1 start" >>witness
sleep "$2"
case $DAYBREAK_ATTEMPT,$3 in
*:1,fails)
    echo "$DAYBREAK_ATTEMPT $1 failure" >>witness
    exit 7
    ;;
esac
echo "$DAYBREAK_ATTEMPT $1 success" >>witness
"#;

const PERIOD: &str = "20260110";
const KILLS: usize = 20;
const WIDTH: usize = 7;

/// One job of the tree.
struct Job {
    needs: BTreeSet<String>,
    fails_once: bool,
}

fn name(layer: usize, at: usize) -> String {
    format!("j_{layer:02}_{at}")
}

/// Jobs by name. Each needs the one of its own column in the layer before, and some others of it.
fn grow(layers: usize, random: &mut Random) -> BTreeMap<String, Job> {
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

/// The tree planned for one day, with its server running.
fn begin(jobs: &BTreeMap<String, Job>, random: &mut Random) -> Site {
    let mut site = Site::new();
    site.write("tree/daybreak.yaml", "zone: UTC\ndefaults: {from: 2026-01-01}\n");
    site.write("tree/layers.yaml", &yaml(jobs, random));
    site.write_script("work.sh", WORK);
    site.up();
    site.ok(&["backfill", PERIOD]);
    site
}

/// How many jobs of a layer have started.
fn started(lines: &[Line], layer: usize) -> usize {
    let prefix = format!("j_{layer:02}_");
    lines
        .iter()
        .filter(|line| line.event == Event::Start && line.attempt == 1 && line.job.starts_with(&prefix))
        .count()
}

/// No job started before everything that it needs had succeeded.
fn assert_order(jobs: &BTreeMap<String, Job>, courses: &BTreeMap<(&str, u16), Course>) {
    let success = |job: &str| {
        let mut ends = courses.iter().filter(|((name, _), course)| *name == job && course.succeeded);
        let (_, course) = ends.next().unwrap_or_else(|| panic!("{job} never succeeded"));
        assert!(ends.next().is_none(), "{job} succeeded twice");
        course.ended
    };
    let ended: BTreeMap<&str, usize> = jobs.keys().map(|job| (job.as_str(), success(job))).collect();
    for ((job, attempt), course) in courses {
        for need in &jobs[*job].needs {
            assert!(
                ended[need.as_str()] < course.started,
                "{job} #{attempt} started before {need} had succeeded"
            );
        }
    }
}

/// The store tells the same attempts with the same ends.
fn assert_store(site: &Site, courses: &BTreeMap<(&str, u16), Course>) {
    let told: BTreeMap<(String, u16), bool> = site
        .store("v_attempt")
        .into_iter()
        .map(|row| {
            ((row[0].clone(), row[3].parse().expect("the number of an attempt")), row[10] == "success")
        })
        .collect();
    let seen =
        courses.iter().map(|((job, attempt), course)| (((*job).to_owned(), *attempt), course.succeeded));
    assert_eq!(told, seen.collect());
}

/// The jobs whose attempts are unknown.
fn unknown(site: &Site) -> BTreeSet<String> {
    let list = site.json(&["list", "--state", "unknown"]);
    let names = list["instances"].as_array().expect("a list").iter();
    names.map(|instance| instance["job"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn no_attempt_starts_twice() {
    let mut random = seeded();
    let jobs = grow(KILLS + 2, &mut random);
    let mut site = begin(&jobs, &mut random);
    for layer in 0..KILLS {
        // Nobody waits until the server answers: it may be killed in the middle of its recovery.
        let watch = site.watch();
        let wanted = random.below(WIDTH) + 1;
        watch.until("jobs of the layer start", || started(&witness::read(&site), layer) >= wanted);
        watch.some_changes(random.below(12));
        site.kill();
        let lines = witness::read(&site);
        println!("killed in layer {layer} after {} lines", lines.len());
        assert!(started(&lines, KILLS + 1) < WIDTH, "too late: nothing is left to do");
        site.launch();
    }
    site.ready();
    site.settle();

    let lines = witness::read(&site);
    let courses = witness::courses(&lines).expect("each attempt ran once");
    let attempts = jobs
        .iter()
        .flat_map(|(name, job)| (1..=1 + u16::from(job.fails_once)).map(move |n| (name.as_str(), n)));
    assert_eq!(
        courses.keys().copied().collect::<Vec<_>>(),
        attempts.collect::<Vec<_>>(),
        "each of these, and no other"
    );
    assert_order(&jobs, &courses);
    assert_store(&site, &courses);
    assert_eq!(site.count("succeeded"), jobs.len() as u64);
    assert_eq!(site.stop(), Some(0));
}

/// With the keeper go the exit codes of what runs: such attempts become unknown, and people decide. What only waited in
/// the keeper starts once, from its successor.
#[test]
fn keepers_die_too_and_people_decide() {
    let mut random = seeded();
    let jobs = grow(6, &mut random);
    let mut site = begin(&jobs, &mut random);
    let mut decided = 0;
    for layer in 0..5 {
        let watch = site.watch();
        let wanted = random.below(WIDTH) + 1;
        watch.until("jobs of the layer start", || started(&witness::read(&site), layer) >= wanted);
        watch.some_changes(random.below(12));
        // A server that lives finds out by itself, and starts another keeper.
        if random.chance(50) {
            site.kill_keeper();
            site.kill();
        } else {
            site.kill();
            site.kill_keeper();
        }
        let lines = witness::read(&site);
        let orphans = witness::in_flight(&lines);
        site.up();
        site.settle();
        let unknown = unknown(&site);
        println!("killed in layer {layer}: {orphans:?} ran, {unknown:?} are unknown");
        assert!(orphans.iter().all(|job| unknown.contains(*job)), "their exit codes went to nobody");
        for job in &unknown {
            site.ok(&["rerun", &format!("{job}@{PERIOD}"), "--yes", "--why", "its processes are gone"]);
        }
        decided += unknown.len();
    }
    site.settle();
    assert!(decided > 0, "five keepers died, and nothing ran under any of them");

    let lines = witness::read(&site);
    let courses = witness::courses(&lines).expect("each attempt ran once");
    println!("{decided} decisions, {} attempts of {} jobs", courses.len(), jobs.len());
    assert_eq!(site.count("succeeded"), jobs.len() as u64);
    let needed = jobs.len() + jobs.values().filter(|job| job.fails_once).count();
    assert!(courses.len() <= needed + decided, "an attempt more than was asked for");
    assert_eq!(site.stop(), Some(0));
}
