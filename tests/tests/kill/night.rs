//! The first three nights of the demo, with a server that is killed twenty times.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::chance::seeded;
use crate::site::{Site, repository};

/// The platforms' own table of markers, made before its triggers can be. Every attempt that commits writes its marker in
/// the same transaction, so that one that commits twice is written down twice.
const WITNESS: &str = "create table if not exists daybreak_attempt (
    job integer not null,
    ordinal integer not null,
    attempt integer not null,
    incarnation integer not null,
    name text not null,
    period text not null,
    finished_at text not null default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    rows_read integer not null,
    rows_written integer not null,
    primary key (job, ordinal, attempt)
);
create table witness (name text, period text, attempt integer);
create trigger witness_first after insert on daybreak_attempt begin
    insert into witness values (new.name, new.period, new.attempt);
end;
create trigger witness_again after update on daybreak_attempt begin
    insert into witness values (new.name, new.period, new.attempt);
end;
";

/// What the sources deliver in one go: arguments of `deliver`, and after how many more successes the server may be killed.
type Piece = (Vec<String>, usize);

/// Twenty pieces: the registers in two, and for each day its weather in five before its flights. Each lets more succeed
/// than is waited for, whatever has become of the earlier ones.
fn pieces() -> Vec<Piece> {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut pieces = vec![(words("--only planes* 201212"), 2), (words("--without planes* 201212"), 4)];
    for day in ["20130101", "20130102", "20130103"] {
        for hours in ["0[0-4]", "0[5-9]", "1[0-4]", "1[5-9]", "2[0-3]"] {
            pieces.push((words(&format!("--only weather_{day}{hours}* {day}")), 4));
        }
        pieces.push((words(&format!("--only flights* {day}")), 25));
    }
    pieces
}

fn run(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("a script of the repository");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {arguments:?}: {text}{error}", program.display());
    text
}

/// The demo's definitions, with a witness in both databases.
fn night() -> Site {
    let mut site = Site::new();
    let tree = site.path("tree");
    run(Path::new("cp"), &["-r", text(&repository("examples/night/flows")), text(&tree)]);
    let settings = std::fs::read_to_string(tree.join("daybreak.yaml")).expect("copied");
    let watched = settings.replace("init: [schema/", "init: [schema/witness.sql, schema/");
    assert_eq!(watched.matches("witness.sql").count(), 2, "both platforms are watched");
    site.write("tree/daybreak.yaml", &watched);
    site.write("tree/schema/witness.sql", WITNESS);
    for folder in ["in", "work", "outbox"] {
        std::fs::create_dir(site.work(folder)).expect("a folder");
    }
    site.up();
    site.ok(&["backfill", "2012-12-01..2013-01-03", "--yes"]);
    site.ok(&["feed", "empty", "feed_weather@2013010100", "--why", "no file exists", "--yes"]);
    site
}

fn text(path: &Path) -> &str {
    path.to_str().expect("plain names")
}

#[test]
fn the_night_survives_twenty_kills() {
    let mut random = seeded();
    let mut site = night();
    let deliver = repository("examples/night/deliver");
    let landing = site.work("in");
    let pieces = pieces();
    assert_eq!(pieces.len(), 20);
    for (at, (piece, most)) in pieces.iter().enumerate() {
        let before = site.count("succeeded");
        let arguments: Vec<&str> = piece.iter().map(String::as_str).chain([text(&landing)]).collect();
        run(&deliver, &arguments);
        let watch = site.watch();
        let wanted = before + 1 + random.below(*most) as u64;
        watch.until("the night goes on", || site.count("succeeded") >= wanted);
        watch.some_changes(random.below(12));
        site.kill();
        site.launch();
        if random.chance(25) {
            // Once more, in the middle of the recovery.
            watch.some_changes(random.below(20));
            site.kill();
            site.launch();
        }
        site.ready();
        println!("kill {}: {:?}, after {wanted} successes or more", at + 1, piece);
    }
    site.settle();

    let counts = &site.json(&["status"])["counts"];
    assert_eq!(counts["succeeded"], counts["total"], "{counts}");
    assert_reports(&site);
    assert_once(&site);
    assert_eq!(site.stop(), Some(0));
}

/// Every report equals the computation from the files with plain awk.
fn assert_reports(site: &Site) {
    let (exported, computed) = (site.path("exported"), site.path("computed"));
    std::fs::create_dir(&exported).expect("a folder");
    let verify = repository("examples/night/verify");
    run(&verify.join("compute.sh"), &[text(&site.work("in")), text(&computed)]);
    for entry in std::fs::read_dir(&computed).expect("made by the script") {
        let name = entry.expect("readable").file_name();
        let report = name.to_str().and_then(|name| name.strip_suffix(".csv")).expect("REPORT.csv");
        let table = format!("mpp.{report}");
        let csv = site.ok(&["export", &table, "--agent-root", text(&site.path("work"))]);
        std::fs::write(exported.join(&name), csv).expect("a file");
    }
    let said = run(&verify.join("compare.sh"), &[text(&exported), text(&computed)]);
    assert!(said.contains("all 15 reports"), "{said}");
}

/// Each instance needed one attempt, each attempt committed once, and the store and the databases tell the same.
fn assert_once(site: &Site) {
    let told = site.store("v_attempt");
    for row in &told {
        assert_eq!(
            (row[3].as_str(), row[10].as_str()),
            ("1", "success"),
            "one attempt for each instance: {row:?}"
        );
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for db in ["sqlite:yt.db", "sqlite:mpp.db"] {
        let csv = site.ok(&["export", "witness", "--db", db, "--agent-root", text(&site.path("work"))]);
        for row in csv.lines().skip(1) {
            *seen.entry(row.to_owned()).or_default() += 1;
        }
    }
    let twice: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "these committed more than once: {twice:?}");
    assert!(seen.keys().all(|row| row.ends_with(",1")), "attempts nobody asked for: {seen:?}");
    // Milestones and deliveries that were declared empty write nothing.
    assert!(
        seen.len() > 150 && seen.len() <= told.len(),
        "{} commits of {} attempts",
        seen.len(),
        told.len()
    );
    let logs = run(Path::new("find"), &[text(&site.path("data/agent/logs")), "-name", "*.log"]);
    for log in logs.lines() {
        let log_text = std::fs::read_to_string(log).expect("a log");
        assert!(!log_text.contains("has committed before"), "{log}: started a second time: {log_text}");
    }
}
