//! What becomes of a job that runs while the server, or the keeper with it, goes away.

use crate::site::Site;
use crate::witness::{self, Event};
use daybreak_tests::processes::Process;

/// Each waits until somebody opens its gate, and takes its exit code from there.
const GATED: &str = r#"#!/bin/sh
echo "$DAYBREAK_ATTEMPT $1 start" >>witness
read -r code <"gate_$1"
if [ "$code" = 0 ]; then end=success; else end=failure; fi
echo "$DAYBREAK_ATTEMPT $1 $end" >>witness
exit "$code"
"#;

const TREE: &str = "flow: gates
cycle: day
start: T+1 01:30
jobs:
  first: {shell: ./gated.sh first}
  second: {shell: ./gated.sh second}
  after: {needs: [first, second], noop: true}
";

/// Both jobs run and wait for their gates.
fn running() -> Site {
    let mut site = Site::new();
    site.write("tree/daybreak.yaml", "zone: UTC\n");
    site.write("tree/gates.yaml", TREE);
    site.write_script("gated.sh", GATED);
    for job in ["first", "second"] {
        let gate = site.work(&format!("gate_{job}"));
        rustix::fs::mknodat(rustix::fs::CWD, &gate, rustix::fs::FileType::Fifo, 0o600.into(), 0)
            .expect("a FIFO");
    }
    site.up();
    site.ok(&["backfill", "2026-01-10"]);
    for job in ["first@20260110", "second@20260110"] {
        site.wait(job, "running");
    }
    await_lines(&site, 2);
    site
}

/// Ends the job that waits at this gate.
fn open(site: &Site, job: &str, code: i32) {
    // Opening waits for the job to open its end.
    std::fs::write(site.work(&format!("gate_{job}")), format!("{code}\n")).expect("the job reads it");
}

fn await_lines(site: &Site, number: usize) {
    site.watch().until("the jobs write their lines", || witness::read(site).len() == number);
}

/// Attempts with their exits, as `show` tells them.
fn attempts(site: &Site, target: &str) -> Vec<(u64, serde_json::Value)> {
    let show = site.json(&["show", target]);
    let attempts = show["attempts"].as_array().expect("a list").iter();
    attempts
        .map(|attempt| (attempt["attempt"].as_u64().expect("a number"), attempt["ended"]["exit"].clone()))
        .collect()
}

#[test]
fn a_stopped_server_loses_no_job_and_no_exit_code() {
    let mut site = running();
    assert_eq!(site.stop(), Some(0));
    assert!(site.is_kept(), "the keeper outlives its server");
    assert_eq!(site.jobs().len(), 2, "and so do the jobs");

    open(&site, "first", 7);
    await_lines(&site, 3);
    site.up();
    site.wait("first@20260110", "failed");
    assert_eq!(
        attempts(&site, "first@20260110"),
        [(1, serde_json::json!({"code": 7}))],
        "it ended while nobody was there"
    );
    site.wait("second@20260110", "running");
    open(&site, "second", 9);
    site.wait("second@20260110", "failed");
    assert_eq!(attempts(&site, "second@20260110"), [(1, serde_json::json!({"code": 9}))], "it was adopted");

    let lines = witness::read(&site);
    assert_eq!(witness::courses(&lines).map(|courses| courses.len()), Ok(2), "each ran once");
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn a_dead_keeper_leaves_unknown_attempts_for_a_human() {
    let mut site = running();
    site.kill();
    site.kill_keeper();
    assert_eq!(site.jobs().len(), 2, "they go on without anybody");
    site.up();
    // They are found by their marks, and so they still run.
    for job in ["first@20260110", "second@20260110"] {
        site.wait(job, "running");
    }
    // One ends well, but its exit code goes to nobody; the other is killed by somebody else.
    open(&site, "first", 0);
    site.wait("first@20260110", "unknown");
    let left = site.jobs();
    assert_eq!(left.len(), 1);
    left.iter().for_each(Process::kill);
    site.wait("second@20260110", "unknown");
    site.settle();
    assert_eq!(starts(&site), 2, "nothing is started again without being asked for");
    let why = site.ok(&["why", "after@20260110"]);
    for part in ["first@20260110: unknown", "daybreak fail first@20260110"] {
        assert!(why.contains(part), "`{part}` is missing:\n{why}");
    }

    site.ok(&["rerun", "first@20260110", "--yes", "--why", "it may run again"]);
    await_lines(&site, 4);
    open(&site, "first", 0);
    site.wait("first@20260110", "succeeded");
    let numbers: Vec<u64> = attempts(&site, "first@20260110").into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, [1, 2]);
    site.ok(&["fail", "second@20260110", "--yes", "--why", "it must not"]);
    site.wait("second@20260110", "failed");
    assert_eq!(starts(&site), 3, "a rerun is an attempt, a verdict is none");
    assert_eq!(site.stop(), Some(0));
}

fn starts(site: &Site) -> usize {
    witness::read(site).iter().filter(|line| line.event == Event::Start).count()
}
