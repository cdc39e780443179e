//! Shell tasks through agent and keeper: what is reported about which end.

use std::os::unix::fs::PermissionsExt;

use daybreak_bus::message::Exit;

use crate::desk::Desk;

#[test]
fn exit_codes_signals_and_last_words() {
    let mut desk = Desk::new(2);
    let cases: &[(&str, Exit, Option<&str>)] = &[
        ("/bin/true", Exit::Success, None),
        ("/bin/false", Exit::Code(1), None),
        ("exit 0", Exit::Success, None),
        ("echo to stderr >&2; exit 3", Exit::Code(3), Some("to stderr")),
        ("false\necho not reached", Exit::Code(1), None),
        ("echo $no_such_variable", Exit::Code(2), Some("parameter not set")),
        ("kill -SEGV $$", Exit::Signal(11), None),
        ("kill -9 $$", Exit::Signal(9), None),
        ("no_such_program", Exit::Code(127), Some("not found")),
        ("test \"$PERIOD\" = 20130105", Exit::Success, None),
        ("test -z \"${CARGO:-}\"", Exit::Success, None),
        ("test \"$(pwd)\" = \"$(cd \"$(pwd)\" && pwd)\"", Exit::Success, None),
    ];
    let scripts: Vec<&str> = cases.iter().map(|case| case.0).collect();
    let keys = desk.shell(&scripts);
    for (key, (script, exit, words)) in keys.into_iter().zip(cases) {
        let ended = desk.ended(key);
        assert_eq!(ended.exit, *exit, "{script}: {ended:?}");
        match words {
            Some(words) => {
                let message = ended.message.unwrap_or_default();
                assert!(message.contains(words), "{script}: {message}");
            }
            None => assert_eq!(ended.message, None, "{script}"),
        }
    }
}

/// A plain command is executed without a shell; nothing else may differ.
#[test]
fn a_program_is_found_and_run_as_a_shell_would() {
    let mut desk = Desk::new(1);
    for (name, text) in
        [("with", "#!/bin/sh\necho with $1\nexit 4\n"), ("without", "echo without $1; exit 5\n")]
    {
        let path = desk.root().join(name);
        std::fs::write(&path, text).expect("a file");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    let mut of_own_path = desk.item("with z");
    of_own_path.run.env.insert("PATH".to_owned(), format!("{}:/usr/bin:/bin", desk.root().display()));
    let key = desk.dispatch(vec![of_own_path])[0];
    assert_eq!((desk.ended(key).exit, desk.log(key).as_str()), (Exit::Code(4), "with z\n"));
    let keys = desk.shell(&["./with x", "./without y", "env"]);
    assert_eq!((desk.ended(keys[0]).exit, desk.log(keys[0]).as_str()), (Exit::Code(4), "with x\n"));
    assert_eq!((desk.ended(keys[1]).exit, desk.log(keys[1]).as_str()), (Exit::Code(5), "without y\n"));
    assert_eq!(desk.ended(keys[2]).exit, Exit::Success);
    let log = desk.log(keys[2]);
    let names: Vec<&str> =
        log.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    let expected = ["DAYBREAK_ATTEMPT", "DAYBREAK_KEEPER", "PERIOD", "PATH"];
    assert!(expected.iter().all(|name| names.contains(name)), "{names:?}");
    let allowed = [&expected[..], &["HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"]].concat();
    assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
}

/// A lock that was taken for the agent must not outlive it, and a job heeds the signals that it is sent.
#[test]
fn nothing_is_inherited_from_whoever_started_the_agent() {
    let mut desk = Desk::new(1);
    let keys = desk.shell(&["ls -l /proc/self/fd", "cat /proc/self/status"]);
    for &key in &keys {
        assert_eq!(desk.ended(key).exit, Exit::Success);
    }
    assert!(!desk.log(keys[0]).contains("foreign"), "{}", desk.log(keys[0]));
    let status = desk.log(keys[1]);
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:\t")).expect("a mask");
    let ignored = u64::from_str_radix(ignored, 16).expect("a hexadecimal mask");
    // 32 and 33 are the C library's own; its `posix_spawn` ignores them.
    assert_eq!(ignored & 0x7fff_ffff, 0, "{status}");
    let keeper = std::fs::read_dir(format!("/proc/{}/fd", desk.keeper())).expect("a keeper");
    for entry in keeper {
        let file = std::fs::read_link(entry.expect("a descriptor").path()).unwrap_or_default();
        assert!(!file.ends_with("foreign"), "{}", file.display());
    }
}
