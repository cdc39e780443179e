//! What a job gets from its flow and from the folders above: the nearest wins, maps are put together.

use daybreak_flows::compile;
use daybreak_flows::model::{Definitions, Job, OnNoPeriod, When};
use daybreak_flows::period::Cycle;
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::Span;
use daybreak_flows::trigger::Trigger;

const ROOT: &str = "
zone: Asia/Shanghai
from: 2013-01-01
platforms: {yt: {url: 'sqlite:yt.db'}, mpp: {url: 'sqlite:mpp.db'}}
calendars: {work: {weekdays: mon-fri}}
resources: {a: 9, b: 9}
params: {region: east, limit: '10'}
defaults: {timeout: 1h, layer: ods, uses: {a: 1}, env: {X: root, Y: root}, labels: [root], on_no_period: wait, calendar: work}
";
const FOLDER: &str = "
params: {region: north}
defaults: {layer: dwd, platform: yt, uses: {a: 2}, env: {Y: folder}, slots: 2}
";
const FLOW: &str = "
flow: f
cycle: day
start: T+1 01:30
zone: UTC
defaults: {layer: dwa, env: {Z: flow}, when: all_done, source: noaa, due: +1h}
jobs:
  plain: {noop: true}
  own: {noop: true, layer: app, timeout: 5m, platform: MPP, labels: [x, y], uses: {b: 3}, env: {X: job}, params: {limit: '20'}, when: all_succeeded, zone: Europe/Berlin}
  own_start: {noop: true, start: event, needs: [plain, {job: own, on_no_period: prev}]}
  own_cycle: {noop: true, cycle: month, needs: [plain@each]}
  own_cycle_again: {noop: true, cycle: day, start: manual}
  run: {noop: true, cycle: none}
feeds:
  feed: {code: 04113}
";
const FLAT: &str = "
flow: flat
cycle: day
cron: '0 2 * * *'
lag: 1
until: 2020-01-01
calendar: work
jobs:
  by_cron: {noop: true, start: T+1 03:00}
  by_flow: {shell: 'true'}
  by_load: {load: {into: mpp.t, files: x.csv, replace: all}}
  by_copy: {copy: {from: mpp.t, to: yt.t}}
";

fn definitions() -> Definitions {
    let files = [
        ("daybreak.yaml", ROOT),
        ("deep/daybreak.yaml", FOLDER),
        ("deep/er/f.yaml", FLOW),
        ("flat.yaml", FLAT),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let compiled = compile(&SourceTree { files: files.into() });
    compiled.definitions.unwrap_or_else(|| panic!("{:#?}", compiled.problems))
}

fn job<'d>(definitions: &'d Definitions, name: &str) -> &'d Job {
    &definitions.jobs[definitions.job_named(name).unwrap() as usize]
}

fn pairs(map: &std::collections::BTreeMap<String, String>) -> Vec<(&str, &str)> {
    map.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn the_nearest_value_wins() {
    let all = definitions();
    let plain = job(&all, "plain");
    assert_eq!(plain.layer.as_deref(), Some("dwa"));
    assert_eq!(plain.timeout, Some(Span::hours(1)));
    assert_eq!(plain.slots, 2);
    assert_eq!(plain.when, When::AllDone);
    assert_eq!(plain.zone.name(), "UTC");
    assert_eq!(plain.from.map(|day| day.to_string()).as_deref(), Some("2013-01-01"));
    assert_eq!(all.platforms[plain.platform.unwrap() as usize].name, "yt");
    let own = job(&all, "OWN");
    assert_eq!(own.layer.as_deref(), Some("app"));
    assert_eq!(own.timeout, Some(Span::minutes(5)));
    assert_eq!(own.zone.name(), "Europe/Berlin");
    assert_eq!(own.when, When::AllSucceeded);
    assert_eq!(
        all.platforms[own.platform.unwrap() as usize].name,
        "mpp",
        "names are found without their case"
    );
    assert_eq!(own.labels, ["x", "y"], "lists replace each other");
    assert_eq!(plain.labels, ["root"]);
}

#[test]
fn maps_are_put_together() {
    let all = definitions();
    let uses = |name: &str| -> Vec<(String, u32)> {
        let uses = job(&all, name).uses.iter();
        uses.map(|(resource, units)| (all.resources[*resource as usize].name.clone(), *units)).collect()
    };
    assert_eq!(uses("plain"), [("a".to_owned(), 2)]);
    assert_eq!(uses("own"), [("a".to_owned(), 2), ("b".to_owned(), 3)]);
    assert_eq!(pairs(&job(&all, "own").env), [("X", "job"), ("Y", "folder"), ("Z", "flow")]);
    assert_eq!(pairs(&job(&all, "own").params), [("limit", "20"), ("region", "north")]);
    assert_eq!(pairs(&job(&all, "by_flow").params), [("limit", "10"), ("region", "east")]);
}

#[test]
fn a_start_belongs_to_its_cycle() {
    let all = definitions();
    let trigger = |name: &str| job(&all, name).trigger.clone();
    assert!(matches!(trigger("plain"), Trigger::Clock(_)));
    assert_eq!(trigger("own_start"), Trigger::Event);
    assert_eq!(trigger("own_cycle"), Trigger::Event, "a job with its own cycle never inherits a start");
    assert_eq!(trigger("own_cycle_again"), Trigger::Manual);
    assert_eq!(trigger("run"), Trigger::Manual, "without a cycle only a hand starts it");
    assert_eq!(trigger("feed"), Trigger::Event, "an interface is met by its arrival");
    assert!(matches!(trigger("by_flow"), Trigger::Cron(_)));
    assert!(matches!(trigger("by_cron"), Trigger::Clock(_)), "an own start replaces the flow's cron");
    assert_eq!(job(&all, "own_cycle").cycle, Cycle::Month);
    assert_eq!(job(&all, "by_flow").until.map(|day| day.to_string()).as_deref(), Some("2020-01-01"));
}

#[test]
fn needs_take_the_jobs_rule_unless_they_have_their_own() {
    let all = definitions();
    let rules: Vec<(String, OnNoPeriod)> = job(&all, "own_start")
        .needs
        .iter()
        .map(|need| (all.jobs[need.job as usize].name.clone(), need.on_no_period))
        .collect();
    assert_eq!(rules, [("plain".to_owned(), OnNoPeriod::Wait), ("own".to_owned(), OnNoPeriod::Prev)]);
}

#[test]
fn interfaces_inherit_what_concerns_them() {
    let all = definitions();
    let feed = job(&all, "feed").feed.clone().unwrap();
    assert_eq!(feed.code.as_deref(), Some("04113"), "numbers of interfaces are text");
    assert_eq!(feed.source.as_deref(), Some("noaa"));
    assert!(feed.due.is_some());
    assert_eq!(job(&all, "plain").feed, None);
}

#[test]
fn jobs_without_a_platform_run_where_their_task_works() {
    let all = definitions();
    let platform = |name: &str| job(&all, name).platform.map(|ix| all.platforms[ix as usize].name.as_str());
    assert_eq!(platform("by_flow"), None);
    assert_eq!(platform("by_load"), Some("mpp"));
    assert_eq!(platform("by_copy"), Some("yt"));
}

#[test]
fn jobs_are_ordered_by_lower_cased_name() {
    let all = definitions();
    let names: Vec<String> = all.jobs.iter().map(|job| job.name.to_lowercase()).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert!(names.iter().all(|name| all.job_named(name).is_some()));
    let flows: Vec<&str> = all.flows.iter().map(|flow| flow.name.as_str()).collect();
    assert_eq!(flows, ["f", "flat"]);
    assert_eq!(all.flows[job(&all, "by_cron").flow as usize].name, "flat");
}
