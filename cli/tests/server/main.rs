//! The real binary as a server and as its client: up, apply, status, why, rerun, stop.

mod ask;
mod interrupt;
mod local;
mod site;
mod start;

use site::Site;

const SETTINGS: &str = "zone: America/New_York\ndefaults: {from: 2026-01-01}\n";

const SALES: &str = r#"flow: sales
cycle: day
start: T+1 01:30
feeds:
  feed_sales: {due: T+1 01:00, duty: 值班 138, files: "in/sales_{{ day }}.csv"}
jobs:
  load_sales: {needs: [feed_sales], shell: wc -l < "in/sales_$DAY.csv"}
  rpt_sales: {needs: [load_sales], promise: T+1 07:00, shell: ./report.sh}
  mail_sales: {needs: [rpt_sales], noop: true}
"#;

const REPORT: &str = "if [ -e broken ]; then echo the printer is on fire; exit 7; fi; echo fine\n";

/// Ten January 2026 is planned; `report.sh` lies where jobs run.
fn sales() -> Site {
    let mut site = Site::new(&[("daybreak.yaml", SETTINGS), ("sales.yaml", SALES)]);
    site.write("data/work/report.sh", &format!("#!/bin/sh\n{REPORT}"));
    let script = site.work("report.sh");
    std::fs::set_permissions(script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("our file");
    site.up(&["tree"]);
    site.ok(&["backfill", "2026-01-10"]);
    site
}

#[test]
fn a_day_waits_runs_fails_and_is_done_again() {
    let mut site = sales();

    site.settle();
    let why = site.ok(&["why", "mail_sales@20260110"]);
    let chain = [
        "mail_sales@20260110 waits for rpt_sales@20260110",
        "rpt_sales@20260110 waits for load_sales@20260110",
        "load_sales@20260110 waits for feed_sales@20260110",
        "feed_sales@20260110: waiting, since",
        "has not arrived, due 2026-01-11 01:00 EST",
        "on duty: 值班 138",
        "next: daybreak feed empty feed_sales@20260110",
    ];
    for part in chain {
        assert!(why.contains(part), "`{part}` is missing:\n{why}");
    }
    let status = site.ok(&["status"]);
    assert!(status.contains("Interfaces past their reference time (1)"), "{status}");

    site.write("data/work/broken", "");
    site.write("data/work/in/sales_20260110.csv", "a\nb\nc\n");
    assert_eq!(site.end_of("rpt_sales@20260110"), 1);
    let why = site.ok(&["why", "mail_sales@20260110"]);
    for part in [
        "rpt_sales@20260110: failed (exit 7, attempt 1 of 1)",
        "last words: the printer is on fire",
        "next: daybreak rerun rpt_sales@20260110 --after",
    ] {
        assert!(why.contains(part), "`{part}` is missing:\n{why}");
    }
    assert!(site.ok(&["logs", "rpt_sales@20260110"]).contains("the printer is on fire"));
    assert!(site.ok(&["logs", "-f", "load_sales@20260110"]).contains('3'), "three lines were counted");

    std::fs::remove_file(site.work("broken")).expect("it was there");
    let rerun = ["rerun", "load_sales@20260110", "--after"];
    assert_eq!(site.run(&rerun).code, 2, "nobody can be asked");
    let preview = site.json(&[rerun.as_slice(), &["--dry-run"]].concat());
    assert_eq!(preview["preview"], true);
    assert_eq!(preview["done"].as_array().map(Vec::len), Some(2), "what ran, or failed: {preview}");
    // `mail_sales` has not run: it is not changed, and follows all the same.
    assert_eq!(preview["waiting"], 1, "{preview}");
    assert!(site.ok(&[rerun.as_slice(), &["--dry-run"]].concat()).contains("One more waits behind it"));
    let alone = site.ok(&["rerun", "rpt_sales@20260110", "--after"]);
    assert!(
        alone.contains("One instance changed"),
        "no more than what was named, so nobody is asked: {alone}"
    );
    assert_eq!(site.end_of("mail_sales@20260110"), 0);
    site.ok(&[rerun.as_slice(), &["--yes", "--why", "printer repaired"]].concat());
    assert_eq!(site.end_of("mail_sales@20260110"), 0);
    let show = site.json(&["show", "rpt_sales@20260110"]);
    assert_eq!(show["attempts"].as_array().map(Vec::len), Some(3), "{show}");
    assert_eq!(show["instance"]["state"], "succeeded");

    let audit = site.ok(&["audit"]);
    assert!(
        audit.contains("rerun load_sales@20260110 --after") && audit.contains("printer repaired"),
        "{audit}"
    );
    assert_eq!(site.stop(), Some(0));
    assert!(!site.exists("data/api.json"));
    assert_eq!(site.run(&["status"]).code, 5);
}

#[test]
fn what_was_done_is_there_after_kill_9() {
    let mut site = sales();
    site.write("data/work/in/sales_20260110.csv", "a\n");
    assert_eq!(site.end_of("mail_sales@20260110"), 0);
    let before = site.json(&["list"]);
    site.kill();
    site.up(&[]);
    assert_eq!(site.json(&["list"]), before);
    site.ok(&["backfill", "2026-01-11"]);
    site.write("data/work/in/sales_20260111.csv", "a\nb\n");
    assert_eq!(site.end_of("mail_sales@20260111"), 0);
    assert!(site.ok(&["logs", "load_sales@20260111"]).contains('2'));
}

#[test]
fn operators_hold_pass_skip_and_freeze() {
    let mut site = sales();
    site.ok(&["freeze", "--why", "tablespace full"]);
    assert!(site.ok(&["status"]).contains("tablespace full"));
    site.ok(&["hold", "rpt_sales@20260110"]);
    site.ok(&["feed", "empty", "feed_sales@20260110", "--why", "a holiday"]);
    site.ok(&["pass", "load_sales@20260110"]);
    site.ok(&["thaw"]);
    site.settle();
    let held = site.ok(&["why", "mail_sales@20260110"]);
    assert!(held.contains("rpt_sales@20260110: held"), "{held}");
    assert!(held.contains("next: daybreak release rpt_sales@20260110"), "{held}");
    site.ok(&["skip", "rpt_sales@20260110"]);
    assert_eq!(site.end_of("mail_sales@20260110"), 0);
    let states = site.json(&["list", "--no-feeds"]);
    let states = states["instances"].as_array().expect("a list").iter().map(|instance| {
        (instance["job"].as_str().expect("a name"), instance["state"].as_str().expect("a state"))
    });
    assert_eq!(
        states.collect::<Vec<_>>(),
        [("load_sales", "passed"), ("mail_sales", "succeeded"), ("rpt_sales", "skipped")]
    );
    let refused = site.run(&["release", "rpt_sales@20260110"]);
    assert_eq!(refused.code, 4);
    assert!(refused.err.contains("was left alone: it is skipped"), "{refused:?}");
    // Nobody has set the clock, so that there is nothing to ask and nothing to confirm.
    let refused = site.run(&["clock", "confirm", "--why", "looked at"]);
    assert_eq!(refused.code, 4);
    assert!(refused.err.contains("no step"), "{refused:?}");
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn definitions_enter_by_apply_and_say_what_differs() {
    let mut site = sales();
    assert!(site.ok(&["apply", "tree"]).contains("version 1 stays in force"));

    site.write("tree/sales.yaml", &SALES.replace("needs: [rpt_sales]", "needs: [rpt_sales, load_sales]"));
    let diff = site.ok(&["apply", "tree", "--dry-run"]);
    assert!(diff.contains("~ mail_sales: needs (+load_sales)") && diff.contains("version 1 stays"), "{diff}");
    assert!(site.ok(&["apply", "tree", "--why", "both"]).contains("Version 2 is in force"));
    let job = site.ok(&["show", "load_sales"]);
    for part in
        ["start      T+1 01:30", "defined in  sales.yaml:7", "feed_sales", "Needed by (2)", "wc -l < "]
    {
        let (job, part) =
            (job.split_whitespace().collect::<Vec<_>>(), part.split_whitespace().collect::<Vec<_>>());
        assert!(job.windows(part.len()).any(|words| words == part), "`{part:?}` is missing:\n{job:?}");
    }

    site.write("tree/sales.yaml", &SALES.replace("  mail_sales: {needs: [rpt_sales], noop: true}\n", ""));
    let asked = site.run(&["apply", "tree"]);
    assert_eq!(asked.code, 2, "removing a job is confirmed");
    assert!(asked.err.contains("- mail_sales"), "{asked:?}");
    assert!(site.ok(&["apply", "tree", "--yes"]).contains("Version 3 is in force"));
    site.settle();
    let gone = site.json(&["list", "--state", "retired"]);
    assert_eq!(gone["instances"][0]["job"], "mail_sales");

    site.write("tree/sales.yaml", &SALES.replace("[load_sales]", "[laod_sales]"));
    let rejected = site.run(&["apply", "tree"]);
    assert_eq!(rejected.code, 1);
    assert!(rejected.err.contains("error F0103") && rejected.err.contains("`load_sales`"), "{rejected:?}");
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn a_token_works_until_it_is_taken_back() {
    let mut site = sales();
    let token = site.ok(&["token", "add", "wang"]);
    site.write("wang.token", &token);
    let as_wang = ["--token-file", "wang.token"];
    site.ok(&[as_wang.as_slice(), &["freeze", "--why", "mine"]].concat());
    assert!(site.ok(&["audit"]).contains("wang"), "who is the name of the token");
    site.ok(&["token", "revoke", "wang"]);
    // The server looks at the file a few times a second.
    let status = [as_wang.as_slice(), &["status"]].concat();
    let refused = std::iter::repeat_with(|| site.run(&status).code).take(1_000).find(|code| *code != 0);
    assert_eq!(refused, Some(4));

    // The last one, that of whoever started the server.
    let own = site.json(&["token", "list"])[0]["name"].as_str().expect("a name").to_owned();
    assert_eq!(site.json(&["token", "revoke", &own])["revoked"], own.as_str());
    let refused = std::iter::repeat_with(|| site.run(&["status"]).code).take(1_000).find(|code| *code != 0);
    assert_eq!(refused, Some(4), "nobody is let in");
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn a_tree_is_played_to_its_end_without_a_server() {
    let site = Site::new(&[("daybreak.yaml", SETTINGS), ("sales.yaml", SALES)]);
    let play = ["play", "tree", "--date", "2026-01-10..2026-01-11", "--slots", "2", "--data", "data"];
    site.write("data/work/in/sales_20260110.csv", "a\n");
    let unfinished = site.run(&play);
    assert_eq!(unfinished.code, 1, "report.sh is missing: {unfinished:?}");
    assert!(unfinished.out.contains("Failed (1)"), "{unfinished:?}");

    site.write("data/work/report.sh", &format!("#!/bin/sh\n{REPORT}"));
    std::fs::set_permissions(site.work("report.sh"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("our file");
    let waiting = site.run(&play);
    assert_eq!(waiting.code, 3, "the second day never came: {waiting:?}");
    assert!(waiting.out.contains("feed_sales") && waiting.out.contains("has not arrived"), "{waiting:?}");

    site.write("data/work/in/sales_20260111.csv", "a\n");
    let done = site.run(&[play.as_slice(), &["--json"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let report = serde_json::from_str::<serde_json::Value>(&done.out).expect("JSON");
    assert_eq!(report["counts"]["succeeded"], 8, "{report}");
}
