//! `load`: what arrives in the table, and what is refused with which words.

use std::collections::BTreeMap;
use std::io::Write;

use daybreak_executor::task::TaskExit::Success;
use daybreak_flows::task::{Load, Task};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::site::{Site, load};

const WEATHER: &str =
    "create table weather (day text, place text not null, temp real, rain integer, unique (day, place));";

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// The delivered files, how the load differs from the usual one, and the rows that it makes (or the message).
struct Case {
    name: &'static str,
    files: Vec<(&'static str, Vec<u8>)>,
    change: fn(&mut Load),
    expected: Result<&'static str, &'static str>,
}

fn same(_: &mut Load) {}

fn good_cases() -> Vec<Case> {
    let chinese = "place,temp\r\n浦东,-1.5\r\n虹桥,2\r\n";
    let (gb18030, _, _) = encoding_rs::GB18030.encode(chinese);
    vec![
        Case {
            name: "plain, columns by name in any order and case",
            files: vec![("in/w_1.csv", b"Temp,PLACE\n-1.5,JFK\n2,LGA\n".to_vec())],
            change: same,
            expected: Ok("20130105,JFK,-1.5, 20130105,LGA,2.0,"),
        },
        Case {
            name: "several files, one compressed, sorted; other columns in each; another day's file stays out",
            files: vec![
                ("in/w_2.csv.gz", gz(b"place,rain\nB,2\n")),
                ("in/w_1.csv", b"place,temp\nA,1\n".to_vec()),
                ("in/x_1.csv", b"place\nC\n".to_vec()),
            ],
            change: |load| load.files = "in/w_*".to_owned(),
            expected: Ok("20130105,A,1.0, 20130105,B,,2"),
        },
        Case {
            name: "gb18030 with CRLF",
            files: vec![("in/w_1.csv", gb18030.into_owned())],
            change: |load| load.encoding = Some("gb18030".to_owned()),
            expected: Ok("20130105,浦东,-1.5, 20130105,虹桥,2.0,"),
        },
        Case {
            name: "byte order mark, quotes, separators and line breaks within quotes",
            files: vec![("in/w_1.csv", "\u{feff}place;temp\n\"a;\"\"b\"\"\r\nc\";1\n\n d ;2".into())],
            change: |load| load.separator = Some(';'),
            expected: Ok("20130105, d ,2.0, 20130105,\"a;\"\"b\"\" c\",1.0,"),
        },
        Case {
            name: "no header, constants that are no binds, several texts for NULL",
            files: vec![("in/w_1.csv", b"A,NA,\nB,3,4\n".to_vec())],
            change: |load| {
                load.columns = ["place", "temp", "rain"].map(str::to_owned).to_vec();
                load.set = BTreeMap::from([("day".to_owned(), "20130105".to_owned())]);
                load.null = vec!["NA".to_owned(), String::new()];
            },
            expected: Ok("20130105,A,, 20130105,B,3.0,4"),
        },
        Case {
            name: "a header and no row",
            files: vec![("in/w_1.csv", b"place,temp\n".to_vec())],
            change: same,
            expected: Ok(""),
        },
        Case {
            name: "no row and no header",
            files: vec![("in/w_1.csv", Vec::new())],
            change: |load| load.columns = vec!["place".to_owned()],
            expected: Ok(""),
        },
    ]
}

#[test]
fn files_become_rows_and_loading_again_changes_nothing() {
    for Case { name, files, change, expected } in good_cases() {
        let mut site = Site::new(WEATHER);
        site.sql("insert into weather (day, place) values ('20130104', 'kept'), ('20130105', 'replaced')");
        for (file, bytes) in files {
            site.deliver(file, bytes);
        }
        let mut load = load();
        change(&mut load);
        for _ in 0..2 {
            site.spec.key.attempt += 1;
            let ran = site.run(Task::Load(load.clone()));
            assert_eq!(ran.result.exit, Success, "{name}\n{}", ran.log);
            let rows = site.rows("yt", "select * from weather where day = '20130105'");
            assert_eq!(Ok(rows.as_str()), expected, "{name}");
            assert_eq!(site.rows("yt", "select place from weather where day = '20130104'"), "kept", "{name}");
        }
    }
}

fn bad_cases() -> Vec<Case> {
    let case = |name, bytes: &[u8], change: fn(&mut Load), message| Case {
        name,
        files: vec![("in/w_1.csv", bytes.to_vec())],
        change,
        expected: Err(message),
    };
    let cut = gz("place,temp\nA,1\n".repeat(50).as_bytes());
    vec![
        case(
            "a column too few, after CRLF and a quoted break",
            b"place,temp,rain\r\nA,\"1\r\n\",1\r\n\r\nB,2\r\n",
            same,
            "w_1.csv, line 5: 2 columns instead of 3: `rain` is missing",
        ),
        case(
            "a column too many",
            b"place,temp\nA,1\n\nB,2,3\n",
            same,
            "w_1.csv, line 4: 3 columns instead of 2: column 3 is one too many",
        ),
        case(
            "an unknown column",
            b"place,wind\nA,1\n",
            same,
            "w_1.csv, line 1: column 2 is `wind`, which the target does not have; it has day, place, temp, rain",
        ),
        case(
            "an unknown column by definition",
            b"A,1\n",
            |load| load.columns = vec!["place".to_owned(), "wind".to_owned()],
            "w_1.csv: column 2 is `wind`, which the target does not have; it has day, place, temp, rain",
        ),
        case(
            "a column twice",
            b"place,temp,Place\nA,1,B\n",
            same,
            "w_1.csv, line 1: column 3 (`Place`) is given twice",
        ),
        case(
            "a column of `set` as well",
            b"place,day\nA,1\n",
            same,
            "w_1.csv, line 1: column 2 (`day`) is given twice",
        ),
        case(
            "`set` of no column",
            b"place\nA\n",
            |load| _ = load.set.insert("wind".to_owned(), "1".to_owned()),
            "`set: wind` is no column of `weather`",
        ),
        case(
            "`set` of no bind",
            b"place\nA\n",
            |load| _ = load.set.insert("rain".to_owned(), ":dya".to_owned()),
            "`set: rain` has no value: statement 1, line 1: no value for `:dya`; this job has :day",
        ),
        case(
            "not UTF-8",
            b"place,temp\nA,1\nB\xff,2\n",
            same,
            "w_1.csv, line 3: these bytes are not UTF-8: correct `encoding:`, or ask for a new delivery",
        ),
        case(
            "not GB18030",
            b"place,temp\nA\xff,1\n",
            |load| load.encoding = Some("GB18030".to_owned()),
            "w_1.csv, line 2: these bytes are not gb18030: correct `encoding:`, or ask for a new delivery",
        ),
        case(
            "an unknown encoding",
            b"",
            |load| load.encoding = Some("utf-9".to_owned()),
            "`utf-9` is no encoding: take a WHATWG name such as utf-8, gb18030, gbk, big5, windows-1252",
        ),
        case(
            "a separator that cannot be",
            b"",
            |load| load.separator = Some('，'),
            "`，` cannot separate columns: take one ASCII character that is no quote and no line break",
        ),
        case(
            "no header",
            b"",
            same,
            "w_1.csv: is empty: it lacks its header line; give `columns:` if the source sends none",
        ),
        case(
            "a quote that swallows the rest",
            b"place,temp\nA,1\nB,\"2\nC,3\n",
            same,
            "w_1.csv, line 3: a quote that opens in this row is never closed",
        ),
        case(
            "a quote that swallows a rest without line break",
            b"place,temp\nA,1\nB,\"2\nC,3",
            same,
            "w_1.csv, line 3: a quote that opens in this row is never closed",
        ),
        case(
            "a quote that swallows a row",
            b"place,temp,rain\nA,1,1\nB,2,\"3\nC,4,\"5\"\n",
            same,
            "w_1.csv, line 3: text follows the closing quote of a field: a quote is missing, or one too many, and rows may be \
             hidden in the field",
        ),
        case(
            "a fault before a quote that swallows a row",
            b"place,temp\nA\nB,\"3\nC,\"5\"\n",
            same,
            "w_1.csv, line 2: 1 columns instead of 2: `temp` is missing",
        ),
        case(
            "the same row twice",
            "place,temp\nA,1\n\nB,2\nA,3\n".as_bytes(),
            same,
            "w_1.csv, line 5: the database refuses the row: (code: 2067) UNIQUE constraint failed: weather.day, weather.place",
        ),
        case(
            "NULL where none may be",
            b"place,temp\nA,1\nNA,2\n",
            |load| load.null = vec!["NA".to_owned()],
            "w_1.csv, line 3: the database refuses the row: (code: 1299) NOT NULL constraint failed: weather.place",
        ),
        case(
            "rows that the next load would not replace",
            b"place,temp\nA,1\nB,2\n",
            |load| load.set.clear(),
            "2 rows were loaded, but `day = :day` selects 0: loading the period again would double rows; correct \
             `replace:`, or `set:` the column that it needs",
        ),
        case(
            "no such table",
            b"place\nA\n",
            |load| load.into.table = "wetter".to_owned(),
            "there is no table `wetter` on the platform `yt`: create it in the platform's `init:`",
        ),
        case(
            "a condition with an unknown bind",
            b"place\nA\n",
            |load| load.replace = Some("day = :dya".to_owned()),
            "`replace: day = :dya` cannot be used: statement 1, line 1: no value for `:dya`; this job has :day",
        ),
        case(
            "a condition with an unknown column",
            b"place\nA\n",
            |load| load.replace = Some("dya = :day".to_owned()),
            "deleting the period's rows of `weather` failed on the platform `yt`: (code: 1) no such column: dya",
        ),
        case(
            "no such file",
            b"place\nA\n",
            |load| load.files = "in/v_*.csv".to_owned(),
            "no file matches ROOT/flows/in/v_*.csv: rerun when it is there, or declare the period empty",
        ),
        Case {
            name: "a compressed file that was cut off",
            files: vec![("in/w_1.csv.gz", cut[..cut.len() - 12].to_vec())],
            change: |load| load.files = "in/w_1.csv.gz".to_owned(),
            expected: Err("w_1.csv.gz: cannot be read to its end: incomplete deflate stream"),
        },
        Case {
            name: "a file that is not compressed at all",
            files: vec![("in/w_1.csv.gz", b"place,temp,rain\nA,1,2\n".to_vec())],
            change: |load| load.files = "in/w_1.csv.gz".to_owned(),
            expected: Err("w_1.csv.gz: cannot be read to its end: invalid gzip header"),
        },
    ]
}

#[test]
fn what_is_wrong_is_said_with_file_line_and_column_and_the_table_stays() {
    for Case { name, files, change, expected } in bad_cases() {
        let mut site = Site::new(WEATHER);
        site.sql("insert into weather (day, place) values ('20130105', 'before')");
        site.spec.key.attempt = 2;
        for (file, bytes) in files {
            site.deliver(file, bytes);
        }
        let mut load = load();
        change(&mut load);
        let message =
            site.run(Task::Load(load)).failure().replace(&site.root().display().to_string(), "ROOT");
        assert_eq!(Err(message.as_str()), expected, "{name}");
        assert_eq!(site.rows("yt", "select place from weather"), "before", "{name}");
    }
}

#[test]
fn a_row_at_fault_is_found_behind_full_batches() {
    let site = Site::new(WEATHER);
    let mut text = "place,temp\n".to_owned();
    for row in 0..1300 {
        text.push_str(&format!("p{},1\n", if row == 1203 { 700 } else { row }));
    }
    site.deliver("in/w_1.csv", text);
    let message = site.run(Task::Load(load())).failure();
    assert!(message.starts_with("w_1.csv, line 1205: the database refuses the row"), "{message}");
    assert_eq!(site.rows("yt", "select count(*) from weather"), "0");
}

#[test]
fn a_table_that_rolls_back_by_itself_keeps_its_rows() {
    let mut site = Site::new("create table weather (day text, place text unique on conflict rollback)");
    site.sql("insert into weather values ('20130105', 'before')");
    site.spec.key.attempt = 2;
    site.deliver("in/w_1.csv", "place\nA\nB\nA\n");
    let message = site.run(Task::Load(load())).failure();
    assert!(message.starts_with("w_1.csv, line 4: the database refuses the row"), "{message}");
    assert_eq!(site.rows("yt", "select place from weather"), "before");
}

#[test]
fn many_rows_go_in_batches() {
    let site = Site::new(WEATHER);
    let rows: String = (0..12_345).map(|row| format!("p{row},{row}\n")).collect();
    site.deliver("in/w_1.csv", format!("place,rain\n{rows}"));
    site.run(Task::Load(load())).expect(Success, 12_345, 12_345);
    let sums =
        site.rows("yt", "select count(*), count(distinct place), sum(rain), typeof(rain) from weather");
    assert_eq!(sums, "12345,12345,76193340,integer");
}

#[test]
fn without_a_condition_the_entire_table_is_replaced() {
    let mut site = Site::new(WEATHER);
    site.sql("insert into weather (day, place) values ('20130104', 'x')");
    site.deliver("in/w_1.csv", "place\nA\n");
    let mut load = load();
    load.replace = None;
    site.spec.key.attempt = 2;
    let ran = site.run(Task::Load(load)).expect(Success, 1, 1);
    assert!(ran.log.contains("replacing the entire table: 1 row deleted"), "{}", ran.log);
    assert_eq!(site.rows("yt", "select day, place from weather"), "20130105,A");
}

#[test]
fn a_table_that_drops_rows_without_a_word_is_found_out() {
    for table in [
        "create table weather (day text, place text unique on conflict ignore)",
        "create table weather (day text, place text); create trigger once before insert on weather \
         when exists (select 1 from weather where place = new.place) begin select raise(ignore); end",
    ] {
        let mut site = Site::new(table);
        site.sql("insert into weather values ('20130105', 'before')");
        site.spec.key.attempt = 2;
        site.deliver("in/w_1.csv", "place\nA\nA\n");
        let message = site.run(Task::Load(load())).failure();
        assert!(message.starts_with("2 rows were read and 1 written: the target drops rows"), "{message}");
        assert_eq!(site.rows("yt", "select place from weather"), "before");
    }
}
