//! Shell tasks through agent and keeper: what is reported about which end.

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
