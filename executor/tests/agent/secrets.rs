//! Secrets reach the job and nobody else.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use daybreak_bus::message::Exit;

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
