//! What a play leaves behind when somebody interrupts it.

use std::path::Path;

use crate::site::{Beside, Site, signal};

/// A play of a job that says its number and goes on for ever, once it runs; and that number.
fn running(site: &Site, more: &[&str]) -> (Beside, u32) {
    let pids = site.fifo("pids");
    let job = format!("{{start: T+1 01:00, shell: 'echo $$ > {}; exec sleep 1000'}}", pids.display());
    site.write("tree/a.yaml", &format!("flow: a\ncycle: day\njobs:\n  endless: {job}\n"));
    let play = site.beside(&[["play", "tree", "--date", "2026-01-10"].as_slice(), more].concat());
    let pid = std::fs::read_to_string(pids).expect("the job writes to it");
    (play, pid.trim().parse().expect("a number"))
}

fn is_there(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[test]
fn in_a_scratch_directory_nothing_runs_on() {
    let site = Site::new(&[]);
    let (play, job) = running(&site, &[]);
    let code = play.interrupt();
    let said = std::fs::read_to_string(site.path("beside.log")).expect("its words");
    assert_eq!(code, Some(3), "{said}");
    assert!(!is_there(job), "the job was ended and waited for: {said}");
    assert!(said.contains("Ended what ran: endless@20260110") && !said.contains("--data"), "{said}");
    let left = std::fs::read_dir(site.path("tmp")).expect("it is there").count();
    assert_eq!(left, 0, "the scratch directory is gone: {said}");
}

#[test]
fn in_a_named_directory_jobs_run_on_and_are_named() {
    let site = Site::new(&[]);
    let (play, job) = running(&site, &["--data", "data"]);
    let code = play.interrupt();
    let said = std::fs::read_to_string(site.path("beside.log")).expect("its words");
    let survived = is_there(job);
    // Ours to end: nobody else will.
    let ended = signal(job, rustix::process::Signal::KILL);
    assert_eq!(code, Some(3), "{said}");
    assert!(survived && ended.is_ok(), "{said}");
    for part in ["One job runs on: endless@20260110", "The same command with the same --data goes on"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_play_that_waits_for_the_clock_says_until_when() {
    let site = Site::new(&[]);
    site.write("tree/daybreak.yaml", "zone: UTC\n");
    site.write("tree/a.yaml", "flow: a\ncycle: day\njobs:\n  late: {start: T+1 01:00, shell: echo}\n");
    let said = site.fifo("said");
    let play = site.beside_to(&["play", "tree", "--date", "2126-01-10"], &said);
    let first = std::io::BufRead::lines(std::io::BufReader::new(std::fs::File::open(said).expect("a pipe")));
    let first = first.map_while(Result::ok).find(|line| line.contains("waits for the clock"));
    assert!(first.is_some_and(|line| line.contains("until 2126-01-11 01:00")), "it says so");
    assert_eq!(play.interrupt(), Some(3));
}
