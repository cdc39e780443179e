//! Trees of 10,000 jobs in 200 files, as `check` reads them.

use std::fmt::Write as _;

use daybreak_flows::source::SourceTree;

const FILES: usize = 200;
const JOBS_EACH: usize = 50;

/// Jobs in each of the trees.
pub(crate) const JOBS: usize = FILES * JOBS_EACH;

/// Needs in the same period and in the one before.
pub(crate) fn plain() -> SourceTree {
    let mut tree = SourceTree::default();
    tree.files.insert(
        "daybreak.yaml".to_owned(),
        "zone: Asia/Shanghai\nplatforms: {yt: {url: \"sqlite:yt.db\"}}\ndefaults: {platform: yt}\n"
            .to_owned(),
    );
    for file in 0..FILES {
        let mut flow = format!(
            "flow: flow{file:03}\ncycle: day\ndefaults: {{retry: 3 every 1m, timeout: 30m}}\njobs:\n"
        );
        for job in 0..JOBS_EACH {
            let n = file * JOBS_EACH + job;
            if n < FILES {
                let _ = writeln!(
                    flow,
                    "  job{n:05}: {{start: T+1 01:30, sql: \"delete from t where day = :day\"}}"
                );
            } else {
                let near = n - 1 - n % 17;
                let far = n / 3;
                let _ = writeln!(
                    flow,
                    "  job{n:05}: {{needs: [job{near:05}, job{far:05}, job{n:05}@prev], sql: \"delete from t where day = :day\"}}"
                );
            }
        }
        tree.files.insert(format!("flow{file:03}.yaml"), flow);
    }
    tree
}

/// Whatever makes a check look at many days: crontabs of many minutes and lags, calendars, exceptions, zones, templates,
/// SQL files, and a knot of days, weeks and months.
pub(crate) fn varied() -> SourceTree {
    let mut tree = SourceTree::default();
    tree.files.insert(
        "daybreak.yaml".to_owned(),
        "zone: Asia/Shanghai\nfrom: 2013-01-01\nplatforms: {yt: {url: \"sqlite:yt.db\"}, mpp: {url: \"sqlite:mpp.db\"}}\n\
         calendars: {work: {weekdays: mon-fri, files: holidays.txt}}\ndefaults: {platform: yt}\n"
            .to_owned(),
    );
    let holidays =
        (2013..2026).map(|year| format!("{year}-01-01..{year}-01-03 New Year\n{year}-10-01..{year}-10-07\n"));
    tree.files.insert("holidays.txt".to_owned(), holidays.collect());
    for file in 0..FILES {
        let zone = ["Asia/Shanghai", "America/New_York", "Europe/Berlin"][file % 3];
        let mut flow = format!("flow: flow{file:03}\ncycle: day\nzone: {zone}\njobs:\n");
        for job in 0..JOBS_EACH {
            let n = file * JOBS_EACH + job;
            if let Some(sql) = varied_job(&mut flow, file, n) {
                tree.files.insert(format!("sql/job{n:05}.sql"), sql);
            }
        }
        tree.files.insert(format!("sql/flow{file:03}.yaml"), flow);
    }
    tree
}

/// One job of ten kinds; the SQL file of those that have one.
fn varied_job(flow: &mut String, file: usize, n: usize) -> Option<String> {
    let (minute, hour) = (n * 7 % 60, n / 60 % 8);
    let near = |back: usize| format!("job{:05}", n - back);
    let body = match n % 10 {
        0 => format!("cron: \"{minute} {hour} * * *\", lag: {}", 1 + n % 3),
        1 => format!(
            "cycle: hour, cron: \"{minute} * * * *\", lag: {}, from: 2013-{:02}-01",
            n % 24,
            1 + n % 12
        ),
        2 => format!("start: T+1 0{hour}:{minute:02}, calendar: work, promise: T+2 09:00"),
        3 => format!("needs: [{}, job{n:05}@prev], except: {{month_end: {{start: T+1 08:00}}}}", near(3)),
        4 => format!("cycle: month, start: T+1 workday 3 09:00, calendar: work, needs: [{}@each]", near(4)),
        5 => format!(
            "needs: [{}@each], dir: \"in/{{{{ day | format('%Y/%m') }}}}/{{{{ day - 1 }}}}\"",
            near(4)
        ),
        6 => format!("cycle: week, needs: [{}@each]", near(1)),
        // Through the week back to the days of the month before: a knot in which time goes back.
        7 => format!("needs: [{}, job{n:05}@prev, {}@month-1]", near(4), near(3)),
        8 => format!("cycle: week, cron: \"{minute} 6 * * 1\", lag: 1, needs: [{}@prev]", near(2)),
        _ => format!(
            "needs: [{}], copy: {{from: yt.a{n}, to: \"mpp.b{n}_{{{{ month }}}}\", rows: \"day = :day\"}}",
            near(6)
        ),
    };
    let _ = writeln!(flow, "  job{n:05}: {{{body}}}");
    let bind = match n % 10 {
        1 => "hour",
        4 => "month",
        6 | 8 => "week",
        9 => return None,
        _ => "day",
    };
    Some(format!(
        "-- Part {file}\ndelete from t{n} where {bind} = :{bind};\ninsert into t{n} select :{bind}, a, 'it''s' from s where {bind} = :{bind};\n"
    ))
}
