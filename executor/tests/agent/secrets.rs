//! Secrets reach the job and nobody else.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use daybreak_bus::message::{AttemptKey, Exit, What};

use crate::desk::Desk;

const VALUE: &str = "tr0ub4dor \"and\" 3";

fn put(desk: &Desk, name: &str, value: &str, mode: u32) {
    let path = desk.dir.path().join("data/secrets");
    std::fs::create_dir_all(&path).expect("a directory");
    let path = path.join(name);
    std::fs::write(&path, format!("{value}\n")).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
}

/// Every file below `dir` that contains the value.
fn files_with(dir: &Path, value: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_with(&path, value));
        } else if memchr::memmem::find(&std::fs::read(&path).unwrap_or_default(), value.as_bytes()).is_some()
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_secret_reaches_the_job_and_is_hidden_in_what_it_says() {
    let mut desk = Desk::new(1);
    put(&desk, "mpp.pass", VALUE, 0o600);
    let check = format!("test \"$PASS\" = 'pw={VALUE};'");
    let show =
        "cat /proc/$$/cmdline; echo; echo \"connecting with $PASS\"; echo \"refused: $PASS\" >&2; exit 3";
    let mut item = desk.item(&format!("{check}; {show}").replace(VALUE, "$(cat expected)"));
    std::fs::write(desk.root().join("expected"), VALUE).expect("a file");
    item.run.task = daybreak_flows::task::Task::Shell(daybreak_flows::task::Shell {
        script: format!("test \"$PASS\" = \"pw=$(cat expected);\"; {show}"),
    });
    item.run.env.insert("PASS".to_owned(), "pw=secret://mpp.pass;".to_owned());
    let key = desk.dispatch(vec![item])[0];
    let ended = desk.ended(key);
    assert_eq!(ended.exit, Exit::Code(3), "{}", desk.log(key));
    let hidden = "*".repeat(VALUE.len());
    assert_eq!(ended.message, Some(format!("refused: pw={hidden};")));
    assert!(desk.log(key).contains(&format!("connecting with pw={hidden};")));
    desk.wait_until_forgotten(key);
    let data = desk.dir.path().join("data");
    assert_eq!(files_with(&data, VALUE), [data.join("secrets/mpp.pass")]);
}

#[test]
fn a_secret_that_others_may_read_or_that_is_not_there_starts_nothing() {
    let mut desk = Desk::new(1);
    put(&desk, "open", VALUE, 0o640);
    for (name, words) in
        [("open", "chmod 600"), ("missing", "not known to this agent"), ("../open", "no name")]
    {
        let mut item = desk.item("env; true");
        item.run.env.insert("PASS".to_owned(), format!("secret://{name}"));
        let key = desk.dispatch(vec![item])[0];
        let ended = desk.ended(key);
        assert_eq!(ended.exit, Exit::NotStarted);
        let message = ended.message.unwrap_or_default();
        assert!(message.contains(words) && !message.contains(VALUE), "{message}");
    }
}

/// A job that says its secret when it is told to go on.
fn says_it_late(desk: &mut Desk) -> AttemptKey {
    put(desk, "pass", VALUE, 0o600);
    let mut item = desk.item("until test -e go; do sleep 0.02; done; echo \"refused: $PASS\"; exit 3");
    item.run.env.insert("PASS".to_owned(), "secret://pass".to_owned());
    let key = desk.dispatch(vec![item])[0];
    desk.started(key);
    key
}

/// Everything but the secret itself, as it is when the job ends without an agent.
fn end_without_agent(desk: &mut Desk, key: AttemptKey, meanwhile: impl FnOnce(&Desk)) {
    desk.kill_agent();
    meanwhile(desk);
    std::fs::write(desk.root().join("go"), "").expect("a file");
    desk.wait_until_gone(key);
    desk.start_agent();
}

#[test]
fn what_an_attempt_was_given_is_hidden_whatever_became_of_the_secret() {
    let changed: fn(&Desk) = |desk| put(desk, "pass", "another value", 0o600);
    let removed: fn(&Desk) = |desk| {
        std::fs::remove_file(desk.dir.path().join("data/secrets/pass")).expect("a secret");
    };
    for meanwhile in [changed, removed] {
        let mut desk = Desk::new(1);
        let key = says_it_late(&mut desk);
        end_without_agent(&mut desk, key, meanwhile);
        let hidden = format!("refused: {}", "*".repeat(VALUE.len()));
        assert_eq!(desk.ended(key).message, Some(hidden.clone()));
        assert_eq!(desk.log(key), format!("{hidden}\n"));
        desk.wait_until_forgotten(key);
        assert_eq!(files_with(&desk.dir.path().join("data"), VALUE), Vec::<PathBuf>::new());
    }
}

#[test]
fn what_nothing_can_hide_is_withheld() {
    let mut desk = Desk::new(1);
    let key = says_it_late(&mut desk);
    end_without_agent(&mut desk, key, |desk| {
        std::fs::remove_dir_all(desk.files_of(key)).expect("an attempt's files");
    });
    let ended = desk.ended(key);
    assert_eq!(ended.exit, Exit::Code(3));
    let message = ended.message.unwrap_or_default();
    assert!(message.contains("withheld"), "{message}");
    assert_eq!(desk.log(key), format!("{message}\n"));
}

#[test]
fn an_attempt_that_was_lost_leaves_no_secret() {
    let mut desk = Desk::new(1);
    let key = says_it_late(&mut desk);
    let keeper = desk.keeper();
    end_without_agent(&mut desk, key, |desk| {
        crate::desk::kill(keeper);
        std::fs::remove_file(desk.dir.path().join("data/keeper/ledger")).expect("a ledger");
        put(desk, "pass", "another value", 0o600);
    });
    assert!(matches!(desk.last_word(key), What::Unknown { .. }), "{:?}", desk.reports);
    desk.wait_until_forgotten(key);
    assert_eq!(files_with(&desk.dir.path().join("data"), VALUE), Vec::<PathBuf>::new());
}

#[test]
fn files_of_attempts_that_are_over_are_swept_at_the_start() {
    let mut desk = Desk::new(1);
    let running = desk.shell(&["until test -e go; do sleep 0.02; done"])[0];
    desk.started(running);
    desk.kill_agent();
    let over = AttemptKey { attempt: 7, ..running };
    std::fs::create_dir_all(desk.files_of(over)).expect("a directory");
    std::fs::write(desk.files_of(over).join("spec.json"), VALUE).expect("a file");
    desk.start_agent();
    desk.wait_until_forgotten(over);
    assert!(desk.files_of(running).join("script").exists());
}
