//! What is asked, and what is said when something is not there.

use super::sales;
use super::site::Site;

#[test]
fn what_does_not_come_is_told() {
    let mut site = sales();
    site.settle();
    let late = ["wait", "mail_sales@20260110", "--timeout", "1s"];
    let said = site.run(&late);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.out.contains("waits for rpt_sales@20260110"), "{said:?}");
    let said = site.run(&[late.as_slice(), &["--json"]].concat());
    let list = serde_json::from_str::<serde_json::Value>(&said.out).expect("JSON");
    assert_eq!((&list["instances"][0]["job"], &list["total"]), (&"mail_sales".into(), &1.into()), "{said:?}");
    assert_eq!((said.code, &list["outcome"]), (3, &"timed_out".into()), "{said:?}");
    site.ok(&["skip", "load_sales@20260110"]);
    let other = site.run(&["wait", "load_sales@20260110", "--state", "failed"]);
    assert_eq!(other.code, 1, "{other:?}");
    assert!(other.out.contains("load_sales") && other.out.contains("skipped"), "{other:?}");
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn a_wait_says_as_json_what_it_waited_for_and_how_it_ended() {
    let mut site = sales();
    site.settle();
    site.ok(&["skip", "load_sales@20260110"]);
    let wait = |site: &Site, code, arguments: &[&str]| {
        let said = site.run(&[["wait", "--json"].as_slice(), arguments].concat());
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        serde_json::from_str::<serde_json::Value>(&said.out).expect("one document")
    };
    let told = wait(&site, 0, &["load_sales@20260110", "--state", "SKIPPED"]);
    assert_eq!((&told["waited_for"], &told["state"]), (&"instances".into(), &"skipped".into()), "{told}");
    assert_eq!((&told["outcome"], &told["instances"][0]["state"]), (&"reached".into(), &"skipped".into()));
    let told = wait(&site, 1, &["load_sales@20260110", "mail_sales@20260110", "--state", "failed"]);
    assert_eq!((&told["outcome"], &told["total"]), (&"missed".into(), &2.into()), "{told}");
    assert_eq!((&told["instances"][1]["job"], &told["state"]), (&"mail_sales".into(), &"failed".into()));
    let told = wait(&site, 0, &["--settled", "--for", "0s"]);
    assert_eq!((&told["waited_for"], &told["outcome"]), (&"settled".into(), &"reached".into()), "{told}");
    assert!(told["total"].as_u64() > Some(0) && told["instances"][0]["state"] == "waiting", "{told}");
    let told = wait(&site, 0, &["--server"]);
    assert_eq!((&told["waited_for"], &told["outcome"]), (&"server".into(), &"reached".into()), "{told}");
    assert_eq!(site.stop(), Some(0));
    let told = wait(&site, 3, &["--server", "--timeout", "0s"]);
    assert_eq!((&told["waited_for"], &told["outcome"]), (&"server".into(), &"timed_out".into()), "{told}");
}

#[test]
fn what_is_not_there_is_said_once_in_the_readers_language() {
    let mut site = sales();
    for (arguments, english, chinese) in [
        (
            vec!["hold", "load_salse@20260110"],
            "there is no job or interface `load_salse`: did you mean `load_sales`?",
            "没有名为 `load_salse` 的程序或接口，是否指 `load_sales`？",
        ),
        (
            vec!["list", "--flow", "sale"],
            "there is no flow `sale`: did you mean `sales`?",
            "没有名为 `sale` 的程序组",
        ),
        (vec!["list", "--state", "flaied"], "`flaied` is no state", "`flaied` 不是状态"),
        (vec!["why", "load_sales@2026011023"], "its cycle is day", "其周期为"),
        (vec!["list", "--period", "foo"], "`foo` is no period: write", "`foo` 不是账期：写法如"),
        (vec!["logs", "load_sales@20260110"], "has not been started yet", "尚未启动"),
    ] {
        for (lang, words) in [("en", english), ("zh-CN", chinese)] {
            let said = site.run(&[["--lang", lang].as_slice(), &arguments].concat());
            // As `wait --state` does it.
            let code = if arguments.contains(&"--state") { 2 } else { 4 };
            assert_eq!((said.code, said.err.matches(words).count()), (code, 1), "{arguments:?}: {said:?}");
        }
    }
    assert_eq!(site.json(&["list", "--state", "OPEN", "-n", "1"])["total"], 4);
    assert!(site.ok(&["list", "-n", "4"]).ends_with("\n4 instances.\n"), "four is all that there are");
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn a_log_is_one_document_and_the_audit_trail_has_all_that_was_done() {
    let mut site = sales();
    site.write("data/work/in/sales_20260110.csv", "a\nb\nc\n");
    let follow = site.ok(&["logs", "-f", "load_sales@20260110", "--json"]);
    let chunks = follow.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a line"));
    let text = chunks.filter_map(|chunk| chunk["text"].as_str().map(str::to_owned)).collect::<String>();
    let log = site.json(&["logs", "load_sales@20260110"]);
    assert_eq!((log["text"].as_str(), &log["ended"]), (Some(text.as_str()), &true.into()), "{log}");
    assert!(text.contains('3'), "{text}");
    let hold = ["freeze", "--why", "once", "--id", "freeze-1"];
    site.ok(&hold);
    site.ok(&hold);
    let audit = site.ok(&["audit"]);
    assert_eq!(audit.matches("once").count(), 1, "the same id takes effect once:\n{audit}");
    assert!(audit.contains("apply (version 1)"), "{audit}");
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn an_attempt_that_printed_nothing_is_said_to_have_printed_nothing() {
    let flow = "flow: a\ncycle: day\njobs:\n  quiet: {start: T+1 01:00, shell: 'true'}\n";
    let mut site = Site::new(&[("daybreak.yaml", "defaults: {from: 2026-01-01}\n"), ("a.yaml", flow)]);
    site.up(&["tree"]);
    site.ok(&["backfill", "2026-01-10"]);
    assert_eq!(site.end_of("quiet@20260110"), 0);
    let said = site.run(&["logs", "quiet@20260110"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said:?}");
    assert!(said.err.contains("quiet@20260110 has printed nothing"), "{said:?}");
    assert_eq!(site.stop(), Some(0));
}
