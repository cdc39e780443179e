//! A night in which everything is lost once: the leader, an agent, the broker's connections.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use daybreak_tests::witness::{self, Event};

use crate::site::{Site, stopwatch};

const LAYERS: usize = 12;
const WIDTH: usize = 5;

const WORK: &str = r#"#!/bin/sh
echo "$DAYBREAK_ATTEMPT $1@$PERIOD start" >>witness
sleep "$2"
echo "$DAYBREAK_ATTEMPT $1@$PERIOD success" >>witness
"#;

fn flow() -> String {
    let mut text = "flow: layers\ncycle: day\nstart: T+1 01:30\njobs:\n".to_owned();
    for layer in 0..LAYERS {
        for at in 0..WIDTH {
            let (job, next) = (format!("j_{layer:02}_{at}"), (at + 1) % WIDTH);
            let needs = match layer.checked_sub(1) {
                Some(before) => format!("j_{before:02}_{at}, j_{before:02}_{next}"),
                None => String::new(),
            };
            writeln!(text, "  {job}: {{needs: [{needs}], shell: ./work.sh {job} 0.{:03}}}", 50 + 40 * at)
                .expect("a string takes all");
        }
    }
    text
}

/// Waits until some job of a layer has started.
fn reach(site: &Site, layer: usize) {
    let prefix = format!("j_{layer:02}_");
    site.until("a layer starts", || {
        let lines = witness::read(&site.witness());
        let started = |line: &witness::Line| line.event == Event::Start && line.instance.starts_with(&prefix);
        lines.iter().any(started).then_some(())
    });
}

#[test]
fn a_night_survives_the_loss_of_everything_once() {
    let mut site = Site::start();
    site.write("tree/daybreak.yaml", "zone: UTC\ndefaults: {from: 2026-01-01}\n");
    site.write("tree/layers.yaml", &flow());
    site.write("work/work.sh", WORK);
    site.ok(&["apply", "tree", "--yes"]);
    site.ok(&["backfill", "20260110", "--yes"]);

    reach(&site, 1);
    let first = site.leader();
    let standby = 1 - first;
    let refused = site.ask(standby, &["freeze"]);
    assert_eq!(refused.status.code(), Some(5), "who stands by takes no commands: {refused:?}");
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(words.contains(&format!("s{first} ")), "it says who leads: {words}");

    site.kill_scheduler(first);
    let died = stopwatch();
    assert_eq!(site.leader(), standby);
    println!("the leader was killed; {:.1} s later another leads", died.elapsed().as_secs_f64());

    reach(&site, 4);
    site.kill_agent(0);
    site.start_agent(0);
    println!("an agent was killed and started again");

    reach(&site, 6);
    site.broker.close_connections().expect("rabbitmqctl works");
    println!("the broker closed all connections");

    reach(&site, 8);
    site.start_scheduler(first);
    site.until("it stands by", || {
        let said = site.ask(first, &["status"]);
        String::from_utf8_lossy(&said.stderr).contains("stands by").then_some(())
    });
    let stopped = stopwatch();
    assert_eq!(site.stop_scheduler(standby), Some(0));
    assert_eq!(site.leader(), first);
    println!("the leader was stopped; {:.1} s later the other leads", stopped.elapsed().as_secs_f64());

    let total = LAYERS * WIDTH;
    site.until("everything has succeeded", || {
        (site.ok(&["status"])["counts"]["succeeded"] == total).then_some(())
    });
    let lines = witness::read(&site.witness());
    let courses = witness::courses(&lines).expect("each attempt ran once, and none beside another");
    let attempts: BTreeMap<&str, usize> =
        courses.keys().fold(BTreeMap::new(), |mut counts, (instance, _)| {
            *counts.entry(*instance).or_default() += 1;
            counts
        });
    assert_eq!(attempts.len(), total);
    assert!(
        attempts.values().all(|&count| count == 1),
        "an instance needed more than one attempt: {attempts:?}"
    );
}
