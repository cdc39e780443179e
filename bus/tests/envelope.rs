//! Envelopes: what is written is read back, and whatever else arrives is an error that says what is wrong.

use daybreak_bus::envelope::{EnvelopeError, SIZE_MAX, decode, encode};
use daybreak_bus::message::{
    AttemptKey, Ended, Exit, FORMAT, FromAgent, Question, Report, Rows, ToAgent, Watch, What,
};
use daybreak_flows::time::Timestamp;

fn key() -> AttemptKey {
    AttemptKey { job: u32::MAX, ordinal: i32::MIN, attempt: u32::MAX }
}

fn to_agent() -> Vec<ToAgent> {
    vec![
        ToAgent::Query(Question { term: u64::MAX, number: 3 }),
        ToAgent::Revoke { term: 1, attempts: vec![key()] },
        ToAgent::Kill { term: 2, attempts: vec![] },
        ToAgent::Receipt { term: 3, incarnation: u64::MAX, up_to: 17 },
        ToAgent::Watch {
            term: 4,
            feeds: vec![Watch {
                job: 1,
                ordinal: 2,
                dir: "in".to_owned(),
                files: "天气_*.csv.gz".to_owned(),
                check: None,
                known: Some(String::new()),
            }],
        },
    ]
}

fn from_agent() -> FromAgent {
    let ended = |exit| {
        What::Ended(Ended {
            exit,
            started_at: Timestamp::MIN,
            message: Some("bad \u{0}\u{fffd} text \"here\"\n".to_owned()),
            rows: Some(Rows { read: u64::MAX, written: 0 }),
            cpu_ms: 1,
            rss_kib: 2,
            log_bytes: 3,
            log_dropped: 4,
        })
    };
    let whats = [
        What::Started,
        What::Revoked,
        What::Refused { reason: "r".to_owned() },
        What::Unknown { reason: String::new() },
        ended(Exit::Success),
        ended(Exit::Code(-1)),
        ended(Exit::Signal(9)),
        ended(Exit::Timeout),
        ended(Exit::OutOfMemory),
        ended(Exit::Killed),
        ended(Exit::NotStarted),
    ];
    let items =
        (1..).zip(whats).map(|(number, what)| Report { number, key: key(), at: Timestamp::MAX, what });
    FromAgent::Reports { agent: "节点一".to_owned(), incarnation: u64::MAX, items: items.collect() }
}

#[test]
fn what_is_written_is_read_back() {
    for message in to_agent() {
        let bytes = encode(&message).expect("encodes");
        assert_eq!(decode::<ToAgent>(&bytes).expect("decodes"), message);
    }
    let bytes = encode(&from_agent()).expect("encodes");
    assert_eq!(decode::<FromAgent>(&bytes).expect("decodes"), from_agent());
}

/// The first bytes of a stored message decide which program may read it: they must not change by accident.
#[test]
fn the_form_is_fixed() {
    let bytes = encode(&ToAgent::Query(Question { term: 5, number: 1 })).expect("encodes");
    assert_eq!(String::from_utf8_lossy(&bytes), r#"{"format":1,"body":{"query":{"term":5,"number":1}}}"#);
}

#[test]
fn garbage_is_an_error_that_says_what_is_wrong() {
    type Check = fn(&EnvelopeError) -> bool;
    let not_an_envelope: Check = |e| matches!(e, EnvelopeError::NotAnEnvelope { .. });
    let body: Check = |e| matches!(e, EnvelopeError::Body { .. });
    let format: Check = |e| matches!(e, EnvelopeError::Format { found: 2 });
    let cases: &[(&str, &[u8], Check)] = &[
        ("nothing", b"", not_an_envelope),
        ("text", b"hello", not_an_envelope),
        ("binary", &[0, 159, 146, 150], not_an_envelope),
        ("no format", br#"{"body":{"query":{"term":5}}}"#, not_an_envelope),
        ("no body", br#"{"format":1}"#, not_an_envelope),
        ("negative format", br#"{"format":-1,"body":0}"#, not_an_envelope),
        ("two messages", br#"{"format":1,"body":{"query":{"term":5}}}{}"#, not_an_envelope),
        ("format twice", br#"{"format":1,"format":1,"body":{"query":{"term":5}}}"#, not_an_envelope),
        ("later format with another body", br#"{"format":2,"body":[1]}"#, format),
        ("unknown variant", br#"{"format":1,"body":{"launch":{"term":5}}}"#, body),
        ("missing field", br#"{"format":1,"body":{"query":{}}}"#, body),
        ("wrong type", br#"{"format":1,"body":{"query":{"term":"5","number":1}}}"#, body),
        (
            "number too large",
            br#"{"format":1,"body":{"query":{"term":18446744073709551616,"number":1}}}"#,
            body,
        ),
        ("the other direction", br#"{"format":1,"body":{"reports":{}}}"#, body),
    ];
    for (name, bytes, check) in cases {
        let error = decode::<ToAgent>(bytes).expect_err(name);
        assert!(check(&error), "{name}: {error:?}");
    }
    assert_eq!(u64::from(FORMAT), 1, "the cases above are written for format 1");
}

#[test]
fn every_truncation_and_every_changed_byte_is_an_error_or_another_message() {
    let bytes = encode(&from_agent()).expect("encodes");
    for end in 0..bytes.len() {
        assert!(decode::<FromAgent>(&bytes[..end]).is_err(), "cut at {end}");
    }
    for at in 0..bytes.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            // A changed digit is another valid message (signatures come with transports that leave the host); a panic
            // or a hang would be the bug.
            if let Ok(message) = decode::<FromAgent>(&changed) {
                encode(&message).expect("what decodes encodes");
            }
        }
    }
}

#[test]
fn nested_and_oversized_messages_are_refused() {
    let deep = format!(r#"{{"format":1,"body":{}}}"#, "[".repeat(200_000));
    assert!(decode::<ToAgent>(deep.as_bytes()).is_err());

    let attempts = vec![key(); SIZE_MAX / 40];
    let error = encode(&ToAgent::Kill { term: 1, attempts }).expect_err("too large");
    assert!(matches!(error, EnvelopeError::TooLarge { bytes } if bytes > SIZE_MAX));
    let error = decode::<ToAgent>(&vec![b' '; SIZE_MAX + 1]).expect_err("too large");
    assert!(matches!(error, EnvelopeError::TooLarge { bytes } if bytes == SIZE_MAX + 1));
}
