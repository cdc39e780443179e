//! R4, R17: whatever dies, nothing is started twice, and an end is told if anything proves it.

use std::collections::BTreeMap;

use daybreak_bus::message::{AttemptKey, Exit, What};
use daybreak_flows::task::{PlatformUrl, Sql, Task};

use crate::desk::{Desk, kill};

/// Says that it has started, waits for the file `go`, and ends with 7.
const WAITS: &str = "echo $DAYBREAK_ATTEMPT >> witness; until test -e go; do sleep 0.02; done; exit 7";

fn witness(desk: &Desk) -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(desk.root().join("witness")).unwrap_or_default();
    let mut starts = BTreeMap::new();
    for line in text.lines() {
        *starts.entry(line.to_owned()).or_default() += 1;
    }
    starts
}

fn go(desk: &Desk) {
    std::fs::write(desk.root().join("go"), "").expect("a file");
}

fn started_once(desk: &Desk, keys: &[AttemptKey]) {
    let expected: BTreeMap<String, usize> =
        keys.iter().map(|key| (format!("{}:{}:{}", key.job, key.ordinal, key.attempt), 1)).collect();
    assert_eq!(witness(desk), expected);
}

#[test]
fn a_new_agent_finds_the_running_job_and_reports_its_code() {
    let mut desk = Desk::new(1);
    let key = desk.shell(&[WAITS])[0];
    desk.started(key);
    let incarnation = desk.list.incarnation;
    desk.restart_agent();
    assert_eq!(desk.list.incarnation, incarnation, "a restart keeps the journal");
    assert_eq!(desk.list.accepted_up_to, 1);
    go(&desk);
    assert_eq!(desk.ended(key).exit, Exit::Code(7));
    started_once(&desk, &[key]);
}

#[test]
fn an_end_while_no_agent_was_there_is_reported() {
    let mut desk = Desk::new(1);
    let key = desk.shell(&[WAITS])[0];
    desk.started(key);
    desk.kill_agent();
    go(&desk);
    desk.wait_until_gone(key);
    desk.start_agent();
    assert_eq!(desk.ended(key).exit, Exit::Code(7));
    started_once(&desk, &[key]);
}

#[test]
fn an_end_is_repeated_until_its_receipt_and_not_after() {
    let mut desk = Desk::new(1);
    let key = desk.shell(&["exit 3"])[0];
    desk.ended(key);
    desk.restart_agent();
    assert_eq!(desk.list.reports.len(), 1, "the desk has checked that it is the same report");
    desk.receipt();
    desk.query();
    desk.wait_for("list without reports", |desk| desk.list.reports.is_empty().then_some(()));
    assert_eq!(desk.list.held, []);
    desk.restart_agent();
    assert_eq!((desk.list.held.len(), desk.list.reports.len()), (0, 0));
}

#[test]
fn the_agent_goes_on_without_its_keeper_and_tells_what_is_not_known() {
    let mut desk = Desk::new(1);
    let key = desk.shell(&[WAITS])[0];
    desk.started(key);
    kill(desk.keeper());
    go(&desk);
    let What::Unknown { reason } = desk.last_word(key) else { panic!("{:?}", desk.reports) };
    assert!(reason.contains("exit code"), "{reason}");
    started_once(&desk, &[key]);
    let next = desk.shell(&["exit 5"])[0];
    assert_eq!(desk.ended(next).exit, Exit::Code(5), "a new keeper works");
}

#[test]
fn a_job_of_a_dead_keeper_is_still_there_until_it_ends_and_can_be_killed() {
    let mut desk = Desk::new(1);
    let key = desk.shell(&["setsid sh -c 'trap \"\" TERM; while :; do sleep 0.05; done' & wait"])[0];
    desk.started(key);
    kill(desk.keeper());
    desk.query();
    desk.wait_for("list", |desk| (desk.list.answers.term > 0).then_some(()));
    assert_eq!(desk.list.held.len(), 1, "nobody has said that it is over");
    desk.kill_attempt(key);
    assert_eq!(desk.ended(key).exit, Exit::Killed);
    assert_eq!(desk.processes_of(key), Vec::<i32>::new());
}

#[test]
fn everything_dies_and_what_was_not_started_is_started_then() {
    let mut desk = Desk::new(1);
    let keys = desk.shell(&[WAITS, "echo $DAYBREAK_ATTEMPT >> witness"]);
    desk.started(keys[0]);
    let keeper = desk.keeper();
    desk.kill_agent();
    kill(keeper);
    go(&desk);
    desk.wait_until_gone(keys[0]);
    desk.start_agent();
    assert!(matches!(desk.last_word(keys[0]), What::Unknown { .. }), "{:?}", desk.reports);
    assert_eq!(desk.ended(keys[1]).exit, Exit::Success);
    started_once(&desk, &keys);
}

#[test]
fn a_lost_ledger_makes_unknown_what_it_could_have_proved() {
    let mut desk = Desk::new(1);
    let key = desk.shell(&[WAITS])[0];
    desk.started(key);
    let keeper = desk.keeper();
    desk.kill_agent();
    kill(keeper);
    go(&desk);
    desk.wait_until_gone(key);
    std::fs::remove_file(desk.dir.path().join("data/keeper/ledger")).expect("a ledger");
    desk.start_agent();
    assert!(matches!(desk.last_word(key), What::Unknown { .. }), "{:?}", desk.reports);
    started_once(&desk, &[key]);
}

/// A task child leaves its result behind before it ends: that is proof, whoever was there to see it.
#[test]
fn a_task_childs_result_proves_its_end_without_a_keeper() {
    let mut desk = Desk::new(1);
    let mut item = desk.item("");
    let text = "CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) \
                SELECT max(i) AS m FROM n";
    item.run.task = Task::Sql(Sql { text: text.to_owned() });
    std::fs::File::create(desk.root().join("yt.db")).expect("an empty database");
    let platform = PlatformUrl { url: "sqlite:yt.db".to_owned(), init: Vec::new() };
    item.run.platforms.insert("yt".to_owned(), platform);
    let key = desk.dispatch(vec![item])[0];
    desk.started(key);
    kill(desk.keeper());
    assert_eq!(desk.ended(key).exit, Exit::Success, "{}", desk.log(key));
}

/// The agent is killed in the middle of many short jobs, the keeper of every second round too.
#[test]
fn nothing_is_started_twice_however_often_everything_dies() {
    let mut desk = Desk::new(2);
    let mut keys = Vec::new();
    for round in 0..6 {
        let scripts = vec!["echo $DAYBREAK_ATTEMPT >> witness; true"; 25];
        let new = desk.shell(&scripts);
        // Some of them have ended, the rest is anywhere.
        desk.ended(new[round * 4]);
        keys.extend(new);
        let keeper = desk.keeper();
        desk.kill_agent();
        if round % 2 == 1 {
            kill(keeper);
        }
        desk.start_agent();
    }
    let mut unknown = 0;
    for &key in &keys {
        match desk.last_word(key) {
            What::Ended(ended) => assert_eq!(ended.exit, Exit::Success),
            What::Unknown { .. } => unknown += 1,
            other @ (What::Started | What::Revoked | What::Refused { .. }) => panic!("{key:?}: {other:?}"),
        }
    }
    let starts = witness(&desk);
    assert!(starts.values().all(|&count| count == 1), "{starts:?}");
    // A keeper that dies takes with it the ends of at most what ran just then.
    assert!(unknown <= 3 * 2, "{unknown} unknown");
    assert!(starts.len() >= keys.len() - unknown);
}

/// A stop is asked for by closing the mailbox.
#[test]
fn a_clean_stop_takes_the_keeper_along_unless_something_runs() {
    let mut desk = Desk::new(1);
    let key = desk.shell(&["exit 3"])[0];
    desk.ended(key);
    let keeper = desk.keeper();
    assert!(desk.stop_agent().success());
    desk.wait_until_dead(keeper);
    desk.start_agent();
    assert_eq!(desk.list.reports.len(), 1, "the end has no receipt yet");

    let key = desk.shell(&[WAITS])[0];
    desk.started(key);
    let keeper = desk.keeper();
    assert!(desk.stop_agent().success());
    go(&desk);
    desk.wait_until_dead(keeper);
    desk.start_agent();
    assert_eq!(desk.ended(key).exit, Exit::Code(7), "the next keeper has found it in the ledger");
    started_once(&desk, &[key]);
}

#[test]
fn a_second_agent_is_refused_the_directory() {
    let desk = Desk::new(1);
    let output = std::process::Command::new(crate::desk::program())
        .arg("agent")
        .arg(desk.root())
        .arg(desk.dir.path().join("data"))
        .arg("1")
        .output()
        .expect("an agent that ends");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("another agent uses this data directory"), "{said}");
}
