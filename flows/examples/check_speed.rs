//! How long a large tree takes to compile and check: 10,000 jobs in 200 files, unless other numbers are given.
//!
//! `cargo run --release -p daybreak-flows --example check_speed [JOBS [FILES]]`

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::fmt::Write as _;
use std::time::Instant;

use daybreak_flows::compile;
use daybreak_flows::source::SourceTree;

const ROUNDS: usize = 5;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse().expect("a number"));
    let jobs = numbers.next().unwrap_or(10_000);
    let files = numbers.next().unwrap_or(200);
    let tree = warehouse(jobs, files);
    let bytes: usize = tree.files.values().map(String::len).sum();
    println!("{jobs} jobs in {files} flow files, {} files and {} KiB in all", tree.files.len(), bytes / 1024);
    let mut times: Vec<u128> = (0..ROUNDS).map(|_| round(&tree, jobs)).collect();
    times.sort_unstable();
    println!("median of {ROUNDS}: {} ms (best {}, worst {})", times[ROUNDS / 2], times[0], times[ROUNDS - 1]);
}

/// Compiles once; milliseconds.
fn round(tree: &SourceTree, jobs: usize) -> u128 {
    let start = Instant::now();
    let compiled = compile(tree);
    let elapsed = start.elapsed().as_millis();
    for problem in compiled.problems.iter().take(10) {
        println!("{problem}");
    }
    let definitions = compiled.definitions.expect("the tree has no errors");
    assert!(definitions.jobs.len() >= jobs, "{} jobs", definitions.jobs.len());
    elapsed
}

/// A warehouse as it grows in years: feeds by the hour and the day, three layers with needs in the layer before, on
/// their own yesterday and on dimensions of the month before, months that sum the days, copies and SQL files.
fn warehouse(jobs: usize, files: usize) -> SourceTree {
    let mut tree = SourceTree::default();
    let root = "zone: Asia/Shanghai\n\
                platforms: {yt: {url: \"sqlite:yt.db\"}, mpp: {url: \"sqlite:mpp.db\"}}\n\
                calendars: {work: {weekdays: mon-fri, holidays: [2013-01-01], workdays: [2013-01-05]}}\n\
                resources: {conn: 20}\n\
                defaults: {timeout: 30m, retry: 3 every 1m x2 max 10m, duty: 值班 138-0000-0000}\n";
    tree.files.insert("daybreak.yaml".to_owned(), root.to_owned());
    let per_file = jobs / files;
    for file in 0..files {
        let folder = format!("layer{}/flow{file}", file % 4);
        let (text, sql) = flow(file, per_file);
        tree.files.insert(format!("{folder}/flow{file}.yaml"), text);
        for (name, text) in sql {
            tree.files.insert(format!("{folder}/{name}.sql"), text);
        }
    }
    tree
}

fn flow(file: usize, jobs: usize) -> (String, Vec<(String, String)>) {
    let mut text = String::new();
    let mut sql = Vec::new();
    let line = "cycle: day\nstart: T+1 01:30\ndefaults: {platform: yt, layer: dwd, uses: {conn: 1}}\n";
    write!(text, "flow: flow{file}\ntitle: Part {file} of the warehouse\n{line}")
        .expect("a String takes everything");
    let feeds = (jobs / 10).max(2);
    text.push_str("feeds:\n");
    for n in 0..feeds {
        let cycle = if n % 4 == 0 { "hour" } else { "day" };
        writeln!(
            text,
            "  feed_{file}_{n}:\n    cycle: {cycle}\n    code: \"0{n}\"\n    due: +40m\n    \
             files: in/feed_{file}_{n}_{{{{ {cycle} }}}}.csv.gz\n    check: in/feed_{file}_{n}_{{{{ {cycle} }}}}.chk\n    \
             load: {{into: yt.ods_{file}_{n}, replace: \"{cycle} = :{cycle}\", set: {{{cycle}: \":{cycle}\"}}}}",
        )
        .expect("a String takes everything");
    }
    text.push_str("jobs:\n");
    for n in 0..jobs - feeds {
        job(&mut text, &mut sql, file, n);
    }
    (text, sql)
}

/// One job of ten kinds; none needs the fifth, which has a calendar of its own.
fn job(text: &mut String, sql: &mut Vec<(String, String)>, file: usize, n: usize) {
    let name = format!("job_{file}_{n}");
    let near = |back: usize| format!("job_{file}_{}", n - back);
    let beside = if file > 0 { format!(", job_{}_{n}", file - 1) } else { String::new() };
    let fields = match n % 10 {
        0 => format!("needs: [feed_{file}_0@each]"),
        1 => format!("needs: [{}, feed_{file}_1]", near(1)),
        2 => format!("needs: [{}], copy: {{from: yt.a_{n}, to: mpp.b_{n}, rows: \"day = :day\"}}", near(1)),
        3 => format!("needs: [{}], shell: ./run.sh \"$PERIOD\", priority: 5", near(2)),
        4 => format!("needs: [{}@-6..0], calendar: work", near(1)),
        5 => format!("cycle: month, start: T+1 day 2 03:00, needs: [{}@each]", near(3)),
        6 => format!("cron: \"30 2 * * *\", lag: 1, needs: [{}]", near(4)),
        7 => format!("needs: [{}, {name}@prev{beside}], promise: T+1 07:00, level: 2", near(1)),
        8 => format!("needs: [{}, {}@month-1{beside}]", near(1), near(3)),
        _ => format!("needs: [{}, {}, {name}@prev{beside}]", near(1), near(2)),
    };
    writeln!(text, "  {name}: {{{fields}}}").expect("a String takes everything");
    if !matches!(n % 10, 2 | 3) {
        let bind = if n % 10 == 5 { "month" } else { "day" };
        sql.push((
            name.clone(),
            format!(
                "-- What {name} does\ndelete from {name} where {bind} = :{bind};\ninsert into {name} ({bind}, a, b)\n\
                 select :{bind}, a, 'it''s :text' from source_{file} where {bind} = :{bind} and x <> 0;\n"
            ),
        ));
    }
}
