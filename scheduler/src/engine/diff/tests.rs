//! Two small trees in, the difference as text out.

use daybreak_flows::source::SourceTree;

use super::*;

const BEFORE: &str = "\
flow: dwd
cycle: day
start: T+1 01:30
jobs:
  dwd_flight: {shell: ./flight.sh, retry: 3 every 1m}
  dwd_delay: {needs: [dwd_flight], shell: ./delay.sh}
  rpt_delay: {needs: [dwd_delay], shell: ./report.sh, duty: night shift}
";

fn compiled(flow: &str) -> Definitions {
    let tree = SourceTree { files: [("dwd.yaml".to_owned(), flow.to_owned())].into() };
    let compiled = daybreak_flows::compile(&tree);
    compiled.definitions.unwrap_or_else(|| panic!("{:?}", compiled.problems))
}

/// Replaces each first text by the second one, and shows what that changes.
fn show(edits: &[(&str, &str)]) -> Vec<String> {
    let edited = edits.iter().fold(BEFORE.to_owned(), |flow, (from, to)| {
        assert!(flow.contains(from), "{from} is not in {flow}");
        flow.replacen(from, to, 1)
    });
    let DefinitionsDiff { added, removed, renamed, changed, shared } =
        diff(&compiled(BEFORE), &compiled(&edited));
    let added = added.iter().map(|name| format!("+ {name}"));
    let removed = removed.iter().map(|name| format!("- {name}"));
    let renamed = renamed.iter().map(|job| format!("{} -> {}", job.from, job.to));
    let changed = changed.iter().map(|job| {
        let needs = job.needs_added.iter().map(|need| format!(" +{need}"));
        let needs: String = needs.chain(job.needs_removed.iter().map(|need| format!(" -{need}"))).collect();
        format!("~ {} {}{needs}", job.job, job.keys.join(","))
    });
    let shared = shared.iter().map(|change| format!("{:?} {} {:?}", change.kind, change.name, change.change));
    added.chain(removed).chain(renamed).chain(changed).chain(shared).collect()
}

#[test]
fn comments_and_places_are_no_difference() {
    assert_eq!(show(&[("cycle: day", "# every day\ncycle: day")]), Vec::<String>::new());
}

#[test]
fn jobs_come_and_go() {
    let edit = ("rpt_delay: {needs: [dwd_delay]", "rpt_weather: {needs: [dwd_delay]");
    assert_eq!(show(&[edit]), ["+ rpt_weather", "- rpt_delay"]);
}

#[test]
fn keys_and_needs_are_named() {
    assert_eq!(
        show(&[
            ("retry: 3 every 1m", "timeout: 10m"),
            ("needs: [dwd_delay]", "needs: [dwd_delay@prev, dwd_flight]")
        ]),
        ["~ dwd_flight retry,timeout", "~ rpt_delay needs +dwd_delay@prev +dwd_flight -dwd_delay"]
    );
}

#[test]
fn a_rename_changes_nobody_who_waits() {
    let edits =
        [("dwd_delay: {", "dwd_late: {was: dwd_delay, "), ("needs: [dwd_delay]", "needs: [dwd_late]")];
    assert_eq!(show(&edits), ["dwd_delay -> dwd_late"]);
}

#[test]
fn other_case_is_no_rename() {
    assert_eq!(show(&[("  dwd_flight: {", "  DWD_Flight: {")]), Vec::<String>::new());
}

#[test]
fn open_instances_are_counted_by_what_becomes_of_them() {
    let diff = DefinitionsDiff {
        removed: vec!["Gone".to_owned()],
        renamed: vec![RenamedJob { from: "Old".to_owned(), to: "New".to_owned() }],
        changed: vec![ChangedJob {
            job: "New".to_owned(),
            keys: vec!["task".to_owned()],
            needs_added: Vec::new(),
            needs_removed: Vec::new(),
        }],
        ..DefinitionsDiff::default()
    };
    let fates = diff.fates();
    assert_eq!(
        fates.iter().map(|(name, fate)| (name.as_str(), *fate)).collect::<Vec<_>>(),
        [("gone", Fate::Goes), ("old", Fate::Changes)]
    );
    let mut effect = OpenEffect::default();
    for (name, state) in [
        ("gone", State::Waiting),
        ("gone", State::Running),
        ("gone", State::Succeeded),
        ("old", State::Retrying),
        ("old", State::Held),
        ("old", State::Dispatched),
    ] {
        effect.count(fates[name], state);
    }
    assert_eq!(effect, OpenEffect { rebound: 2, retired: 1, in_flight: 2 });
}
