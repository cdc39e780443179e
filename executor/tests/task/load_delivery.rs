//! `load` and the check file: a delivery is taken as announced or not at all.

use daybreak_executor::task::TaskExit::{AlreadyDone, Success};
use daybreak_flows::task::{Load, Task};
use sha2::{Digest, Sha256};

use crate::site::{Site, load};

const WEATHER: &str = "create table weather (day text, place text, temp real);";
const FILE: &[u8] = b"place,temp\nA,1\nB,2\n";

fn checked() -> Load {
    Load { check: Some("in/w.chk".to_owned()), ..load() }
}

/// The check line that is right for the bytes, with what a case changes in it.
fn line(name: &str, rows: u64, bytes: &[u8]) -> String {
    let sha: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name}|{rows}|{}|{sha}\n", bytes.len())
}

#[test]
fn a_delivery_as_announced_is_loaded() {
    let site = Site::new(WEATHER);
    site.deliver("in/w_1.csv", FILE);
    site.deliver("in/w_2.csv", "place,temp\n");
    // The check file lies among the data files and may even match their pattern.
    site.deliver("in/w_0.csv", line("w_1.csv", 2, FILE) + &line("w_2.csv", 0, b"place,temp\n"));
    let load = Load { check: Some("in/w_0.csv".to_owned()), ..load() };
    let ran = site.run(Task::Load(load)).expect(Success, 2, 2);
    assert!(ran.log.contains("w_1.csv: 19 bytes and SHA-256 as in the check file"), "{}", ran.log);
}

#[test]
fn every_difference_is_named_at_once_and_nothing_is_loaded() {
    let other = line("w_1.csv", 2, b"place,temp\nA,1\nB,3\n");
    let right = line("w_1.csv", 2, FILE);
    let cases: [(&str, &[&str], String, &str); 6] = [
        ("a missing file", &["w_1.csv"], right.clone() + &line("w_2.csv", 2, FILE), "w_2.csv is missing"),
        ("no file at all", &[], right.clone(), "w_1.csv is missing"),
        ("a file too many", &["w_1.csv", "w_2.csv"], right, "w_2.csv is not in the check file"),
        ("other content", &["w_1.csv"], other, "w_1.csv has another SHA-256"),
        ("other rows alone", &["w_1.csv"], line("w_1.csv", 3, FILE), "w_1.csv has 2 rows instead of 3"),
        (
            "everything",
            &["w_1.csv", "w_3.csv"],
            line("w_1.csv", 5, b"shorter") + &line("w_2.csv", 1, FILE),
            "w_3.csv is not in the check file; w_2.csv is missing; w_1.csv has 19 bytes instead of 7; w_1.csv has \
             another SHA-256; w_1.csv has 2 rows instead of 5",
        ),
    ];
    for (name, files, check, expected) in cases {
        let site = Site::new(WEATHER);
        for file in files {
            site.deliver(&format!("in/{file}"), FILE);
        }
        site.deliver("in/w.chk", check);
        let message = site.run(Task::Load(checked())).failure();
        let expected = format!(
            "the delivery differs from its check file in/w.chk: {expected}; ask the source for a new delivery"
        );
        assert_eq!(message, expected, "{name}");
        assert_eq!(site.rows("yt", "select count(*) from weather"), "0", "{name}");
    }
}

#[test]
fn check_files_that_say_nothing_or_nonsense() {
    let cases = [
        (
            None,
            true,
            "the check file in/w.chk cannot be read: rerun when the source has delivered it: No such file or directory (os error 2)",
        ),
        (
            Some("w_1.csv|2\n"),
            true,
            "the check file in/w.chk is wrong: line 1 has 2 fields instead of 4; a line is \
             `FILENAME|ROWS|BYTES|SHA256`, or `EMPTY|0|0|-` alone for a period without data",
        ),
        (
            Some("EMPTY|0|0|-\n"),
            true,
            "the check file in/w.chk says EMPTY, and there is w_1.csv: remove what is wrong",
        ),
    ];
    for (check, delivered, expected) in cases {
        let site = Site::new(WEATHER);
        if delivered {
            site.deliver("in/w_1.csv", FILE);
        }
        if let Some(check) = check {
            site.deliver("in/w.chk", check);
        }
        assert_eq!(site.run(Task::Load(checked())).failure(), expected);
    }
}

#[test]
fn an_empty_period_deletes_and_loads_nothing() {
    let by_source: fn(&mut Load, &Site) = |_, site| site.deliver("in/w.chk", "EMPTY|0|0|-\n");
    let by_interface: fn(&mut Load, &Site) = |load, site| {
        site.deliver("in/w.chk", "EMPTY|0|0|-\n");
        site.deliver("in/w_1.csv", "");
        load.empty = true;
    };
    let by_operator: fn(&mut Load, &Site) = |load, _| load.empty = true;
    for (declare, words) in [
        (by_source, "no rows: the check file in/w.chk says EMPTY"),
        (by_interface, "no rows: the check file in/w.chk says EMPTY"),
        (by_operator, "no rows: an operator declared the period empty"),
    ] {
        let mut site = Site::new(WEATHER);
        site.sql("insert into weather values (:day, 'x', 1), ('20130104', 'y', 1)");
        site.spec.key.attempt = 2;
        let mut load = checked();
        declare(&mut load, &site);
        let ran = site.run(Task::Load(load)).expect(Success, 0, 0);
        assert!(ran.log.contains(words) && ran.log.contains("1 row deleted"), "{}", ran.log);
        assert_eq!(site.rows("yt", "select day from weather"), "20130104");
    }
}

/// A check file in the encoding of the data, or in UTF-8 nevertheless.
#[test]
fn names_in_a_check_file_are_read_in_its_own_encoding() {
    let right = line("w_天气.csv", 2, FILE);
    let (gb18030, _, _) = encoding_rs::GB18030.encode(&right);
    for (check, encoding) in
        [(&gb18030[..], Some("gb18030")), (&gb18030, None), (right.as_bytes(), Some("gbk"))]
    {
        let site = Site::new(WEATHER);
        site.deliver("in/w_天气.csv", FILE);
        site.deliver("in/w.chk", check);
        let encoding = encoding.map(str::to_owned);
        site.run(Task::Load(Load { encoding, ..checked() })).expect(Success, 2, 2);
    }
}

/// A log that lets the source deliver anew as soon as the delivery was verified.
struct Meddler<'s> {
    site: &'s Site,
    file: &'s [u8],
}

impl std::io::Write for Meddler<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if String::from_utf8_lossy(bytes).contains("as in the check file") {
            self.site.deliver("in/w_1.csv", self.file);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_was_verified_is_what_is_loaded() {
    for (file, words) in [
        (&b"place,temp\nA,1\nB,3\n"[..], "w_1.csv has another SHA-256; nothing"),
        (
            b"place,temp\nA,1\n",
            "w_1.csv has 15 bytes instead of 19; w_1.csv has another SHA-256; w_1.csv has 1 rows instead",
        ),
    ] {
        let site = Site::new(WEATHER);
        site.deliver("in/w_1.csv", FILE);
        site.deliver("in/w.chk", line("w_1.csv", 2, FILE));
        let mut spec = site.spec.clone();
        spec.run.task = Task::Load(checked());
        let result = daybreak_executor::task::run(&spec, &mut Meddler { site: &site, file });
        let message = result.message.unwrap_or_default();
        assert!(message.starts_with("the delivery was changed while it was loaded"), "{message}");
        assert!(message.contains(words), "{message}");
        assert_eq!(site.rows("yt", "select count(*) from weather"), "0");
    }
}

#[test]
fn an_attempt_that_has_committed_needs_its_files_no_more() {
    let site = Site::new(WEATHER);
    site.deliver("in/w_1.csv", FILE);
    site.run(Task::Load(load())).expect(Success, 2, 2);
    std::fs::remove_dir_all(site.root().join("flows/in")).expect("the files");
    site.run(Task::Load(load())).expect(AlreadyDone, 2, 2);
    assert_eq!(site.rows("yt", "select count(*) from weather"), "2");
}
