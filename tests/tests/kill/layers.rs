//! Kills in the middle of a tree of small jobs.

use std::collections::BTreeSet;

use crate::chance::seeded;
use crate::site::Site;
use crate::tree::{WIDTH, assert_order, assert_store, grow, plant, started};
use crate::witness;

const KILLS: usize = 20;

#[test]
fn no_attempt_starts_twice() {
    let day = "20260110";
    let mut random = seeded();
    let jobs = grow(KILLS + 2, &mut random);
    let mut site = plant(&jobs, &mut random);
    site.ok(&["backfill", day]);
    for layer in 0..KILLS {
        // Nobody waits until the server answers: it may be killed in the middle of its recovery.
        let watch = site.watch();
        let wanted = random.below(WIDTH) + 1;
        watch.until("jobs of the layer start", || started(&witness::read(&site), layer, day) >= wanted);
        watch.some_changes(random.below(12));
        site.kill();
        let lines = witness::read(&site);
        println!("killed in layer {layer} after {} lines", lines.len());
        assert!(started(&lines, KILLS + 1, day) < WIDTH, "too late: nothing is left to do");
        site.launch();
    }
    site.ready();
    site.settle();

    let lines = witness::read(&site);
    let courses = witness::courses(&lines).expect("each attempt ran once");
    let mut expected = BTreeSet::new();
    for (name, job) in &jobs {
        expected
            .extend((1..=1 + u32::from(job.fails_once)).map(|attempt| (format!("{name}@{day}"), attempt)));
    }
    let seen = courses.keys().map(|(instance, attempt)| ((*instance).to_owned(), *attempt));
    assert_eq!(seen.collect::<BTreeSet<_>>(), expected, "these attempts, and no other");
    assert_order(&jobs, &courses);
    assert_store(&site, &courses);
    assert_eq!(site.count("succeeded"), jobs.len() as u64);
    assert_eq!(site.stop(), Some(0));
}

/// With the keeper go the exit codes of what runs: such attempts become unknown, and people decide. What only waited in
/// the keeper starts once, from its successor.
#[test]
fn keepers_die_too_and_people_decide() {
    const DAYS: [&str; 5] = ["20260110", "20260111", "20260112", "20260113", "20260114"];
    let mut random = seeded();
    let jobs = grow(3, &mut random);
    let mut site = plant(&jobs, &mut random);
    let mut decided = 0;
    for day in DAYS {
        let watch = site.watch();
        site.ok(&["backfill", day]);
        let (layer, wanted) = (random.below(2), random.below(WIDTH) + 1);
        watch.until("jobs of the layer start", || started(&witness::read(&site), layer, day) >= wanted);
        watch.some_changes(random.below(12));
        // A server that lives finds out by itself, and starts another keeper.
        if random.chance(50) {
            site.kill_keeper();
            site.kill();
        } else {
            site.kill();
            site.kill_keeper();
        }
        decided += decide(&mut site);
    }
    site.settle();

    let lines = witness::read(&site);
    let courses = witness::courses(&lines).expect("each attempt ran once");
    println!("{decided} decisions, {} attempts of {} jobs on {} days", courses.len(), jobs.len(), DAYS.len());
    assert!(decided > 0, "five keepers died, and nothing ran under any of them");
    let needed = (jobs.len() + jobs.values().filter(|job| job.fails_once).count()) * DAYS.len();
    assert!(courses.len() <= needed + decided, "an attempt more than was asked for");
    assert_order(&jobs, &courses);
    assert_store(&site, &courses);
    assert_eq!(site.count("succeeded"), (jobs.len() * DAYS.len()) as u64);
    assert_eq!(site.stop(), Some(0));
}

/// Starts the server again and runs again whatever is unknown then; how much that was.
fn decide(site: &mut Site) -> usize {
    let lines = witness::read(site);
    let orphans = witness::in_flight(&lines);
    site.up();
    site.settle();
    let unknown = unknown(site);
    println!("killed while {orphans:?} ran: {unknown:?} are unknown");
    assert!(orphans.iter().all(|instance| unknown.contains(*instance)), "their exit codes went to nobody");
    for instance in &unknown {
        site.ok(&["rerun", instance, "--yes", "--why", "its processes are gone"]);
    }
    unknown.len()
}

/// Instances, `JOB@PERIOD`, that nobody can account for.
fn unknown(site: &Site) -> BTreeSet<String> {
    let list = site.json(&["list", "--state", "unknown"]);
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let names = list["instances"].as_array().expect("a list").iter();
    names.map(|instance| format!("{}@{}", text(&instance["job"]), text(&instance["period"]))).collect()
}
