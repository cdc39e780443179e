//! R16: when an end is reported, no process of the attempt is left, however it tries to stay.

use std::path::Path;

use daybreak_bus::message::{Ended, Exit, What};
use daybreak_flows::time::Span;

use crate::desk::Desk;

/// What runs until somebody ends it, started by each job in its own way; each writes the pid of a process that must go.
const STAYERS: [(&str, &str); 7] = [
    ("in the foreground", "echo $$ > pid; sleep 1000"),
    ("ignoring TERM", "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done"),
    ("in the background", "sleep 1000 & echo $! > pid; wait"),
    ("in a session of its own", "setsid sh -c 'echo $$ > pid; sleep 1000' & wait"),
    ("as a daemon", "setsid sh -c 'setsid sleep 1000 & echo $! > pid' & sleep 1000"),
    ("as a daemon without environment", "env -i setsid sh -c 'sleep 1000 & echo $! > pid' & sleep 1000"),
    (
        "as a daemon without environment and output",
        "env -i setsid sh -c 'sleep 1000 & echo $! > pid' > /dev/null 2>&1 & sleep 1000",
    ),
];

fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

fn check_gone(desk: &Desk, how: &str) {
    let pid = std::fs::read_to_string(desk.root().join("pid")).expect("the job has written a pid");
    assert!(!is_alive(pid.trim()), "{how}: process {} is still there", pid.trim());
}

#[test]
fn a_kill_ends_every_process() {
    for (how, script) in STAYERS {
        let mut desk = Desk::new(2);
        let key = desk.shell(&[script])[0];
        desk.started(key);
        desk.wait_for_file("pid");
        desk.kill_attempt(key);
        let ended = desk.ended(key);
        assert_eq!(ended.exit, Exit::Killed, "{how}");
        check_gone(&desk, how);
        assert_eq!(desk.processes_of(key), Vec::<i32>::new(), "{how}");
    }
}

/// Nothing tells this process's attempt but its control group: no parent, environment, session or output, and another
/// attempt runs beside it.
#[test]
fn a_control_group_holds_what_hides() {
    if !std::fs::read_to_string("/proc/self/mountinfo").is_ok_and(|mounts| mounts.contains(" - cgroup2 ")) {
        eprintln!("this host has no control groups of version 2");
        return;
    }
    let mut desk = Desk::with(2, &["cgroups"]);
    let hidden = "env -i setsid sh -c 'sleep 1000 & echo $! > pid' > /dev/null 2>&1; sleep 1000";
    let keys = desk.shell(&[hidden, "sleep 1000"]);
    desk.started(keys[1]);
    desk.wait_for_file("pid");
    desk.kill_attempt(keys[0]);
    assert_eq!(desk.ended(keys[0]).exit, Exit::Killed);
    check_gone(&desk, "hidden");
    assert!(!desk.processes_of(keys[1]).is_empty());
    desk.kill_attempt(keys[1]);
    assert_eq!(desk.ended(keys[1]).exit, Exit::Killed);
}

#[test]
fn a_timeout_ends_every_process() {
    for (how, script) in STAYERS {
        let mut desk = Desk::new(2);
        let mut item = desk.item(script);
        item.timeout = Some(Span(300));
        item.grace = Span(200);
        let key = desk.dispatch(vec![item])[0];
        let ended = desk.ended(key);
        assert_eq!(ended.exit, Exit::Timeout, "{how}");
        check_gone(&desk, how);
    }
}

#[test]
fn term_comes_before_kill_and_gives_time() {
    let mut desk = Desk::new(1);
    let mut item = desk.item("trap 'echo cleaned up; exit 0' TERM; sleep 1000 & wait");
    item.grace = Span::seconds(30);
    let key = desk.dispatch(vec![item])[0];
    desk.started(key);
    desk.kill_attempt(key);
    assert_eq!(desk.ended(key).exit, Exit::Killed, "that it obeyed does not make it a success");
    assert_eq!(desk.log(key), "cleaned up\n");
}

/// The job's end is the end of its main process: what it leaves behind is ended, and said.
#[test]
fn what_is_left_behind_is_ended_and_named() {
    let leave: [(&str, &str, usize); 4] = [
        ("one", "sleep 1000 & echo $! > pid", 1),
        ("with the job's output open", "sleep 1000 & echo $! > pid; exit 0", 1),
        ("many", "for i in 1 2 3 4 5; do sleep 1000 & done; echo $! > pid", 5),
        ("a daemon", "env -i setsid sleep 1000 > /dev/null 2>&1 & echo $! > pid", 1),
    ];
    let mut desks: Vec<_> = leave
        .map(|(how, script, count)| {
            let mut desk = Desk::new(2);
            let key = desk.shell(&[script])[0];
            (how, count, key, desk)
        })
        .into();
    for (how, count, key, desk) in &mut desks {
        let Ended { exit, message, .. } = desk.ended(*key);
        assert_eq!(exit, Exit::Success, "{how}");
        let message = message.expect("it is said");
        assert_eq!(message.matches("sleep").count(), *count, "{how}: {message}");
        check_gone(desk, how);
    }
}

/// Whose a process is that hides while several attempts run, nobody knows: it is nobody's, then and later.
#[test]
fn nobody_is_blamed_for_what_another_attempt_has_left() {
    let mut desk = Desk::new(2);
    let hides = "env -i setsid sh -c 'sleep 1000 & echo $! > pid' > /dev/null 2>&1";
    let keys = desk.shell(&["until test -e go; do sleep 0.02; done", hides]);
    assert_eq!(desk.ended(keys[1]).message, None);
    desk.wait_for_file("pid");
    std::fs::write(desk.root().join("go"), "").expect("a file");
    assert_eq!(desk.ended(keys[0]).message, None, "it had company");
    let alone = desk.shell(&["exec true"])[0];
    assert_eq!(desk.ended(alone).message, None, "it was there before");
    let pid = std::fs::read_to_string(desk.root().join("pid")).expect("the job has written a pid");
    assert!(is_alive(pid.trim()));
    crate::desk::kill(pid.trim().parse().expect("a pid"));
}

#[test]
fn the_end_of_a_pipeline_may_write_its_last_lines() {
    let mut desk = Desk::new(1);
    let key = desk.shell(&["(sleep 0.3; echo late) & exit 3"])[0];
    let ended = desk.ended(key);
    assert_eq!((ended.exit, ended.message.as_deref()), (Exit::Code(3), Some("late")));
    assert_eq!(ended.log_bytes, 5);
}

#[test]
fn an_attempt_without_output_ends_like_any_other() {
    let mut desk = Desk::new(1);
    let keys = desk.shell(&["exec >&- 2>&-; exit 4", "exec 0<&-; exit 5", "echo x >&2; exec 2>&-; exit 6"]);
    for (key, code) in keys.into_iter().zip([4, 5, 6]) {
        assert_eq!(desk.ended(key).exit, Exit::Code(code));
    }
}

#[test]
fn other_attempts_are_left_alone() {
    let mut desk = Desk::new(4);
    let keys = desk.shell(&[
        "until test -e go; do sleep 0.02; done; echo done",
        "sleep 1000",
        "setsid sleep 1000 & wait",
    ]);
    for &key in &keys {
        desk.started(key);
    }
    desk.kill_attempt(keys[1]);
    assert_eq!(desk.ended(keys[1]).exit, Exit::Killed);
    desk.kill_attempt(keys[2]);
    assert_eq!(desk.ended(keys[2]).exit, Exit::Killed);
    assert!(!desk.processes_of(keys[0]).is_empty());
    std::fs::write(desk.root().join("go"), "").expect("a file");
    assert_eq!(desk.ended(keys[0]).exit, Exit::Success);
    assert_eq!(desk.log(keys[0]), "done\n");
}

#[test]
fn slots_are_kept_and_what_waits_can_be_taken_back() {
    let mut desk = Desk::new(1);
    let alone = "mkdir busy; sleep 0.02; rmdir busy";
    let keys = desk.shell(&[
        alone,
        alone,
        alone,
        alone,
        "mkdir busy; until test -e go; do sleep 0.02; done",
        "echo x",
    ]);
    desk.started(keys[4]);
    desk.revoke(keys[5]);
    assert_eq!(desk.last_word(keys[5]), What::Revoked);
    std::fs::write(desk.root().join("go"), "").expect("a file");
    for &key in &keys[..5] {
        assert_eq!(desk.ended(key).exit, Exit::Success, "{}", desk.log(key));
    }
    assert_eq!(desk.log(keys[5]), "");
}

#[test]
fn what_cannot_be_started_says_why() {
    let mut desk = Desk::new(1);
    let mut nowhere = desk.item("true; true");
    nowhere.run.dir = "no/such/directory".to_owned();
    let mut nul = desk.item("true; true");
    nul.run.env.insert("X".to_owned(), "a\0b".to_owned());
    let mut huge = desk.item("true; true");
    huge.run.env.insert("X".to_owned(), "x".repeat(4_000_000));
    let keys = desk.dispatch(vec![nowhere, nul, huge]);
    for (key, words) in keys.into_iter().zip(["no/such/directory does not exist", "nul byte", "too long"]) {
        let ended = desk.ended(key);
        assert_eq!(ended.exit, Exit::NotStarted);
        let message = ended.message.unwrap_or_default();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn resources_are_counted() {
    let mut desk = Desk::new(1);
    let busy =
        "i=0; while test $i -lt 200000; do i=$((i+1)); done; dd bs=40M count=1 if=/dev/zero of=/dev/null";
    let key = desk.shell(&[busy])[0];
    let ended = desk.ended(key);
    assert_eq!(ended.exit, Exit::Success, "{ended:?}");
    assert!(ended.cpu_ms > 20, "{ended:?}");
    assert!(ended.rss_kib > 30_000, "{ended:?}");
    assert!(ended.started_at.0 > 1_500_000_000_000, "{ended:?}");
}
