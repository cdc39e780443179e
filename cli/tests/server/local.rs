//! What a play, a start and a bulk command must not do by accident.

use crate::site::Site;
use crate::{SALES, SETTINGS, sales};

const TREE: &[(&str, &str)] = &[("daybreak.yaml", SETTINGS), ("sales.yaml", SALES)];

const HOURS: &str = r"flow: hours
cycle: hour
jobs:
  every_hour: {start: manual, noop: true}
";

#[test]
fn a_play_keeps_away_from_the_directory_of_the_environment() {
    let site = Site::new(TREE);
    let said = site.run(&["play", "tree", "--date", "2026-01-10"]);
    assert_eq!(said.code, 3, "the file was not delivered: {said:?}");
    assert!(!site.exists("data/daybreak.db"), "DAYBREAK_DATA is the server's");
}

#[test]
fn a_play_does_not_take_over_the_store_of_a_server() {
    let mut site = sales();
    let before = site.json(&["list"]);
    assert_eq!(site.stop(), Some(0));
    site.write("other/a.yaml", "flow: a\ncycle: day\njobs:\n  only: {start: T+1 01:00, noop: true}\n");
    let said = site.run(&["play", "other", "--date", "2026-01-10", "--data", "data"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.err.contains("holds other definitions"), "{said:?}");
    site.up(&[]);
    assert_eq!(site.json(&["list"]), before);
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn a_play_that_failed_says_why_and_leaves_nothing_frozen() {
    let mut site = Site::new(TREE);
    let play = ["play", "tree", "--date", "2026-01-10", "--data", "data"];
    site.write("data/work/in/sales_20260110.csv", "a\n");
    let failed = site.run(&play);
    assert_eq!(failed.code, 1, "report.sh is missing: {failed:?}");
    for part in ["last words: ", "report.sh", "log: ", ".log", "One instance is not begun after the failure"]
    {
        assert!(failed.out.contains(part), "`{part}` is missing: {failed:?}");
    }
    assert!(!failed.out.contains("frozen"), "{failed:?}");
    let log = failed.out.lines().find_map(|line| line.trim().strip_prefix("log: ")).expect("a path");
    assert!(std::fs::read_to_string(log).expect("the log").contains("report.sh"));

    site.up(&[]);
    assert_eq!(site.json(&["status"])["frozen"], serde_json::Value::Null);
    assert_eq!(site.stop(), Some(0));
    // A play may go on with its own definitions corrected.
    site.write("tree/sales.yaml", &SALES.replace("shell: ./report.sh", "shell: echo fine"));
    assert_eq!(site.run(&play).code, 0, "{:?}", site.run(&play));
}

#[test]
fn a_play_of_days_without_periods_says_so() {
    let site = Site::new(TREE);
    let said = site.run(&["play", "tree", "--date", "2025-12-01"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.err.contains("nothing is defined for 2025-12-01"), "{said:?}");
}

#[test]
fn a_start_asks_before_it_removes_jobs() {
    let mut site = sales();
    assert_eq!(site.stop(), Some(0));
    site.write("tree/sales.yaml", &SALES.replace("  mail_sales: {needs: [rpt_sales], noop: true}\n", ""));
    let asked = site.run(&["up", "tree"]);
    assert_eq!(asked.code, 2, "{asked:?}");
    assert!(asked.err.contains("- mail_sales") && asked.err.contains("--yes"), "{asked:?}");
    assert!(!asked.err.contains("Dry run"), "{asked:?}");
    site.up(&["tree", "--yes"]);
    site.settle();
    assert_eq!(site.json(&["list", "--state", "retired"])["instances"][0]["job"], "mail_sales");
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn more_than_what_was_named_is_shown_and_confirmed() {
    let mut site = Site::new(&[("daybreak.yaml", SETTINGS), ("hours.yaml", HOURS)]);
    site.up(&["tree"]);
    let days = ["backfill", "2026-01-10..2026-01-11"];
    let dry = site.ok(&[days.as_slice(), &["--dry-run"]].concat());
    assert!(dry.starts_with("48 periods of 2026-01-10..2026-01-11 would be planned"), "{dry}");
    assert_eq!(site.run(&days).code, 2, "two days are confirmed");
    site.ok(&[days.as_slice(), &["--yes"]].concat());
    site.settle();
    assert_eq!(site.json(&["list"])["total"], 48, "as many as the preview said");
    assert!(site.ok(&[days.as_slice(), &["--dry-run"]].concat()).contains("planned already"));

    let day = ["hold", "every_hour@20260110"];
    let asked = site.run(&day);
    assert_eq!(asked.code, 2, "a day of an hourly job is 24 instances: {asked:?}");
    assert!(asked.err.contains("24 instances would change"), "{asked:?}");
    let asked = site.run(&[day.as_slice(), &["--json"]].concat());
    let error = serde_json::from_str::<serde_json::Value>(asked.err.trim()).expect("JSON, and that alone");
    assert_eq!((&error["error"]["code"], &error["error"]["exit_code"]), (&"needs_yes".into(), &2.into()));
    site.ok(&[day.as_slice(), &["--yes"]].concat());
    site.ok(&["release", "every_hour@2026011000"]);
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn a_backfill_of_dates_without_periods_is_refused_as_its_preview_is() {
    let mut site = Site::new(&[("daybreak.yaml", SETTINGS), ("hours.yaml", HOURS)]);
    site.up(&["tree"]);
    for (lang, reason) in [("en", "no job has a period in these dates"), ("zh-CN", "没有任何程序有账期")]
    {
        for how in [["--dry-run"].as_slice(), &["--yes"], &["--yes", "--json"], &[]] {
            let days = ["--lang", lang, "backfill", "2025-11-01..2025-12-31"];
            let said = site.run(&[days.as_slice(), how].concat());
            assert_eq!(said.code, 4, "{how:?}: {said:?}");
            let told = if how.contains(&"--json") {
                said.out.contains("no_periods")
            } else {
                said.err.contains(reason)
            };
            assert!(told && !said.out.contains("planned"), "{how:?}: {said:?}");
        }
    }
    assert_eq!(site.json(&["list"])["total"], 0);
    let told = site.ok(&["backfill", "2026-01-10", "--lang", "zh-CN"]);
    assert!(told.contains("2026-01-10 中尚未计划的账期均已列入计划"), "{told}");
    assert!(site.ok(&["backfill", "2026-01-10"]).starts_with("All periods of 2026-01-10 are planned now"));
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn export_finds_where_the_server_has_its_tables() {
    let flow = "flow: f\ncycle: day\njobs:\n  fill: {start: T+1 01:00, sql: \"insert into t values ('1', 'a'), ('2', null)\"}\n";
    let settings = "zone: UTC\nplatforms:\n  yt: {url: \"sqlite:yt.db\", init: [t.sql]}\ndefaults: {platform: yt, from: 2026-01-01}\n";
    let tree = [
        ("daybreak.yaml", settings),
        ("t.sql", "create table if not exists t (id text, name text);"),
        ("f.yaml", flow),
    ];
    let mut site = Site::new(&tree);
    site.write("elsewhere/readme", "");
    site.up(&["tree", "--agent-root", "elsewhere"]);
    site.ok(&["backfill", "2026-01-10"]);
    assert_eq!(site.end_of("fill@20260110"), 0);
    assert_eq!(site.ok(&["export", "yt.t"]), "id,name\n1,a\n2,\n");
    let rows = serde_json::json!([{"id": "1", "name": "a"}, {"id": "2", "name": ""}]);
    assert_eq!(site.json(&["export", "yt.t"]), rows);
    assert_eq!(site.closed_pipe(&["export", "yt.t"]), (0, String::new()));
    assert_eq!(site.run(&["up", "--agent-root", "typo"]).code, 4);
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn a_job_is_shown_with_everything_that_was_said_of_it() {
    let settings = "zone: Asia/Shanghai\nresources:\n  licence: {limit: 2}\n";
    let flow = r#"flow: f
cycle: day
jobs:
  first: {cron: "30 1 * * *", lag: 1, retry: 4 every 10s x2 max 2m, uses: {licence: 1}, slots: 2, labels: [internet], priority: 7, level: 2, key: true, catch_up: last, env: {KEEP: "7"}, noop: true}
  last: {needs: [first], when: all_done, noop: true, except: {month_end: {start: manual}}}
"#;
    let mut site = Site::new(&[("daybreak.yaml", settings), ("f.yaml", flow)]);
    site.up(&["tree"]);
    let shown = |site: &Site, arguments: &[&str]| {
        site.ok(arguments)
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    let first = shown(&site, &["show", "first"]);
    for line in [
        "retries 4 every 10s, each pause 2 times the one before, at most 2m",
        "uses licence: 1",
        "slots 2",
        "labels internet",
        "priority 7",
        "fault level 2",
        "key job yes",
        "catch-up last",
        "environment KEEP=7",
        "Starts next",
    ] {
        assert!(first.iter().any(|shown| shown == line), "{line:?} is missing: {first:#?}");
    }
    assert_eq!(first.iter().filter(|line| line.contains("starts") && line.ends_with("01:30 CST")).count(), 3);
    assert_eq!(site.json(&["show", "first"])["cron"]["next"].as_array().map(Vec::len), Some(3));
    let last = shown(&site, &["show", "last", "--lang", "zh-CN"]);
    assert!(last.iter().any(|line| line == "前置判定 all_done"), "{last:#?}");
    assert!(last.iter().any(|line| line == "month_end：触发 manual"), "{last:#?}");
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn warnings_are_shown_by_whoever_applies_definitions() {
    let mut site = Site::new(&[("a.yaml", "flow: a\ncycle: day\nfeeds:\n  feed_a: {files: in/a}\n")]);
    site.up(&["tree"]);
    assert!(site.log().contains("warning F0309"), "{}", site.log());
    site.write("tree/a.yaml", "flow: a\ncycle: day\nfeeds:\n  feed_a: {files: in/b}\n");
    let applied = site.run(&["apply", "tree"]);
    assert!(applied.code == 0 && applied.err.contains("warning F0309"), "{applied:?}");
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn a_play_without_a_directory_keeps_what_failed() {
    let flow = "flow: a\ncycle: day\nstart: T+1 01:00\njobs:\n  first: {shell: 'echo no luck; exit 3'}\n";
    let site = Site::new(&[("a.yaml", flow)]);
    let said = site.run(&["play", "tree", "--date", "2026-01-10"]);
    assert!(said.code == 1 && said.out.contains("last words: no luck"), "{said:?}");
    let kept =
        said.err.split("stays in ").nth(1).and_then(|rest| rest.split(" for you").next()).expect("a path");
    assert!(std::path::Path::new(kept).join("daybreak.db").is_file(), "{said:?}");
    std::fs::remove_dir_all(kept).expect("it was kept for us");
}
