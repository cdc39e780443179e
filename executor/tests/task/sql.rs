//! `sql`: statements, binds, the transaction, the marker, the init texts.

use daybreak_executor::task::TaskExit::{AlreadyDone, Success};
use daybreak_flows::task::PlatformUrl;

use crate::site::Site;

const TABLE: &str = "create table t (day text, n integer);";

#[test]
fn statements_run_with_binds_counts_and_a_table_in_the_log() {
    let site = Site::new(TABLE);
    let text = "-- three days\ninsert into t values (:day, 1), (:day, 2), ('x;y', 3);\n\
                create index t_day on t (day);\n\
                update t set n = n + 10 where day = :day;\n\
                select n, day from t order by n;";
    let ran = site.sql(text).expect(Success, 3, 5);
    let expected = [
        "dwd_flight 20130105, attempt 1",
        "init text 1 of yt: 1 statement, ",
        "4 statements on yt",
        "SQLite has one writer: the immediate transaction is the lock on the instance",
        "1/4 line 2: insert into t values (:day, 1), (:day, 2), ('x;y', 3)",
        "    3 rows, ",
        "2/4 line 3: create index t_day on t (day)",
        "    0 rows, ",
        "3/4 line 4: update t set n = n + 10 where day = :day",
        "    2 rows, ",
        "4/4 line 5: select n, day from t order by n",
        "    n   day",
        "    --  --------",
        "    3   x;y",
        "    11  20130105",
        "committed: 3 rows read, 5 written",
    ];
    for part in expected {
        assert!(ran.log.contains(part), "{part}\nis not in\n{}", ran.log);
    }
    assert_eq!(site.rows("yt", "select day, n from t"), "20130105,11 20130105,12 x;y,3");
}

#[test]
fn the_log_shows_twenty_rows_of_the_last_select_and_masks_secrets() {
    let mut site = Site::new("");
    site.spec.secrets = vec!["hunter2".to_owned()];
    site.spec.run.binds.insert("pw".to_owned(), "hunter2".to_owned());
    let ran = site.sql(
        "select 'unseen'; with recursive c(n) as (select 1 union all select n + 1 from c where n < 25)
         select n, 'pw is ' || :pw as pw, null as nil, 1.5 as x, x'00ff' as bin from c",
    );
    let log = &ran.log;
    assert!(log.contains("    20  pw is ***  NULL  1.5  (2 bytes)"), "{log}");
    assert!(log.contains("… and 5 more") && log.contains("25 rows"), "{log}");
    assert!(!log.contains("hunter2") && !log.contains("21  pw"), "{log}");
    assert!(!log.lines().any(|line| line.trim() == "unseen"), "{log}");
}

#[test]
fn a_failing_statement_is_named_and_nothing_is_kept() {
    let cases = [
        (
            "insert into t values (:day, 1);\n\ninsert into\n  missing values (1)",
            "statement 2 of 2, line 3 (`insert into missing values (1)`), failed on `yt`; nothing was kept: \
             (code: 1) no such table: missing",
        ),
        (
            "insert into t values (1, 1); insert into t values (:dya, 1)",
            "the SQL text cannot be run: statement 2, line 1: no value for `:dya`; this job has :day",
        ),
        (
            "insert into t values (1, 1); commit; select 1",
            "the SQL text cannot be run: statement 2, line 1: COMMIT is not allowed: all statements of a job are one \
             transaction already; remove it",
        ),
        (
            "insert into t values (1, 1); insert or rollback into u values (1), (1)",
            "statement 2 of 2, line 1 (`insert or rollback into u values (1), (1)`), failed on `yt`; nothing was kept: \
             (code: 1555) UNIQUE constraint failed: u.a",
        ),
    ];
    let site = Site::new("create table t (day text, n integer); create table u (a primary key)");
    for (text, expected) in cases {
        assert_eq!(site.sql(text).failure(), expected);
        assert_eq!(
            site.rows("yt", "select (select count(*) from t), (select count(*) from u)"),
            "0,0",
            "{text}"
        );
    }
}

#[test]
fn the_same_attempt_is_done_once_and_another_one_again() {
    let mut site = Site::new(TABLE);
    let text = "insert into t values (:day, 1)";
    site.sql(text).expect(Success, 0, 1);
    let again = site.sql(text).expect(AlreadyDone, 0, 1);
    assert!(
        again.log.contains("this attempt has committed before (1 row written): nothing to do"),
        "{}",
        again.log
    );
    assert_eq!(site.rows("yt", "select count(*) from t"), "1");

    site.spec.key.attempt = 2;
    site.sql(text).expect(Success, 0, 1);
    site.spec.key.ordinal += 1;
    site.sql(text).expect(Success, 0, 1);
    // The same key from another journal: somebody began anew with an empty state directory.
    site.spec.incarnation += 1;
    site.sql(text).expect(Success, 0, 1);
    site.sql(text).expect(AlreadyDone, 0, 1);
    assert_eq!(site.rows("yt", "select count(*) from t"), "4");
    assert_eq!(
        site.rows("yt", "select job, ordinal, attempt, name, period, rows_written from daybreak_attempt"),
        "7,15710,1,dwd_flight,20130105,1 7,15710,2,dwd_flight,20130105,1 7,15711,2,dwd_flight,20130105,1"
    );
}

#[test]
fn a_failed_attempt_leaves_no_marker() {
    let site = Site::new(TABLE);
    site.sql("insert into missing values (1)").failure();
    site.sql("insert into t values (:day, 1)").expect(Success, 0, 1);
}

#[test]
fn fifty_markers_stay_per_job() {
    let mut site = Site::new(TABLE);
    site.spec.key.job = 8;
    site.sql("select 1").expect(Success, 1, 0);
    site.spec.key.job = 7;
    for ordinal in 0..60 {
        site.spec.key.ordinal = ordinal;
        site.sql("select 1").expect(Success, 1, 0);
    }
    site.sql("select 1").expect(AlreadyDone, 1, 0);
    assert_eq!(
        site.rows(
            "yt",
            "select job, count(*), min(ordinal), max(ordinal) from daybreak_attempt group by job"
        ),
        "7,50,10,59 8,1,15710,15710"
    );
}

#[test]
fn init_texts_run_once_per_content() {
    let mut site = Site::new("create table if not exists runs (n); insert into runs values (1)");
    let init = |site: &mut Site, texts: &[&str]| {
        let platform = site.spec.run.platforms.get_mut("yt").expect("yt");
        platform.init = texts.iter().map(|&text| text.to_owned()).collect();
        site.spec.key.attempt += 1;
        site.sql("select 1")
    };
    let first = "create table if not exists runs (n); insert into runs values (1)";
    for _ in 0..2 {
        init(&mut site, &[first]).expect(Success, 1, 0);
    }
    assert_eq!(site.rows("yt", "select n from runs"), "1");
    init(&mut site, &[first, "insert into runs values (2)"]).expect(Success, 1, 0);
    assert_eq!(site.rows("yt", "select n from runs"), "1 2");

    let message = init(
        &mut site,
        &["insert into runs values (3)", "insert into runs\nselect 4;\n insert into x values (1)"],
    )
    .failure();
    assert_eq!(
        message,
        "the platform `yt` cannot be initialised: init text 2, statement 2, line 3 (`insert into x values (1)`): \
         (code: 1) no such table: x"
    );
    let message = init(&mut site, &["insert into runs values (:day)"]).failure();
    assert_eq!(
        message,
        "the platform `yt` cannot be initialised: init text 1: statement 1, line 1: no value for `:day`; this job has \
         no binds"
    );
    assert_eq!(site.rows("yt", "select n from runs"), "1 2");
}

#[test]
fn platforms_that_cannot_be_used_say_why() {
    let root = Site::new("").root().display().to_string();
    let mut site = Site::new("");
    let own_root = site.root().display().to_string();
    std::fs::write(site.root().join("text.db"), "this is no database, but some text\n".repeat(100))
        .expect("a file");
    let cases = [
        (
            "sqlite:",
            "`sqlite:` needs the path of a file, relative to the agent's root: an in-memory database would be gone with the job",
        ),
        (
            "sqlite::memory:",
            "`sqlite:` needs the path of a file, relative to the agent's root: an in-memory database would be gone with the job",
        ),
        ("oracle:x", "`oracle` is no database that this version knows; write `sqlite:PATH`"),
        ("yt.db", "`yt.db` is no database that this version knows; write `sqlite:PATH`"),
        (
            "sqlite:yt.db?journal=off",
            "`journal=off` is no option of a sqlite URL; there are `synchronous=NORMAL|FULL` and `wait=60s` (or `500ms`)",
        ),
        (
            "sqlite:yt.db?wait=5",
            "`wait=5` is no option of a sqlite URL; there are `synchronous=NORMAL|FULL` and `wait=60s` (or `500ms`)",
        ),
        (
            "sqlite:no/such/yt.db",
            "the directory ROOT/no/such does not exist: create it, or correct the path in the platform's url",
        ),
        (
            "sqlite:ty.db",
            "there is no database ROOT/ty.db: correct the path in the platform's url, or give the platform an `init:`, which \
             creates it",
        ),
        (
            "sqlite:text.db",
            "ROOT/text.db cannot be opened as a database (is it one, and may the agent's user write it and its directory?): \
             (code: 26) file is not a database",
        ),
    ];
    for (url, expected) in cases {
        let platform = PlatformUrl { url: url.to_owned(), init: Vec::new() };
        site.spec.run.platforms.insert("yt".to_owned(), platform);
        let message = site.sql("select 1").failure().replace(&own_root, "ROOT");
        assert_eq!(message, format!("no connection to the platform `yt`: {expected}"), "{url} {root}");
    }
    assert!(!site.root().join("ty.db").exists());
}

#[test]
fn url_options_reach_the_database() {
    let mut site = Site::new("");
    for (options, expected) in [("", "1"), ("?synchronous=FULL", "2"), ("?synchronous=normal&wait=5s", "1")] {
        let platform = PlatformUrl { url: format!("sqlite:yt.db{options}"), init: Vec::new() };
        site.spec.run.platforms.insert("yt".to_owned(), platform);
        site.spec.key.attempt += 1;
        let ran = site.sql("pragma synchronous").expect(Success, 1, 0);
        assert!(ran.log.contains(&format!("    {expected}\n")), "{options}: {}", ran.log);
    }
    let wal = site.rows("yt", "select * from pragma_journal_mode");
    assert_eq!(wal, "wal");
}
