//! Jobs through everything: mailbox, journal, keeper, store.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use daybreak_scheduler::engine::command::{Action, Target};
use daybreak_scheduler::engine::state::State;

use crate::clock::stopwatch;
use crate::limits::{append_sync, median, spawn_rate, store_rate};
use crate::night::Night;
use crate::report::{Figure, Goal};

const NOOPS: usize = 30_000;
const TRUES: usize = 2_000;
const CHAIN: usize = 100;
/// How often the `/bin/true` jobs are run, each time between raw processes that they are compared with.
const ROUNDS: i8 = 7;

/// A flow of so many independent jobs.
fn independent(count: usize, task: &str) -> String {
    let mut flow = String::from("flow: bench\ncycle: day\njobs:\n");
    for n in 0..count {
        // One that nothing waits for and that waits for nothing has to say that it starts by itself.
        let _ = writeln!(flow, "  job{n:06}: {{start: T 00:00, {task}}}");
    }
    flow
}

/// `noop` jobs against what the store alone can do.
///
/// # Errors
/// Something does not run.
pub(crate) async fn noop() -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::Builder::new().tempdir_in("target")?;
    let (rate, _) = store_rate(dir.path(), 1_000, 90_000).await?;
    let mut night = Night::start(independent(NOOPS, "noop: true"), 512).await?;
    let took = night.run_day(0, NOOPS).await?;
    night.stop().await?;
    Ok(vec![Figure::new(
        "noop jobs, durable, through mailbox and journal",
        NOOPS as f64 / took.as_secs_f64(),
        "jobs/s",
        rate / 3.0,
        "batched SQLite transitions/s ÷ 3",
        Goal::AtLeast(0.5),
    )])
}

/// `/bin/true` jobs against raw spawn-and-wait, and the peers on the same commands.
///
/// # Errors
/// Something does not run.
pub(crate) async fn trues() -> anyhow::Result<Vec<Figure>> {
    let mut night = Night::start(independent(TRUES, "shell: /bin/true"), 2).await?;
    let mut rounds = Vec::new();
    let mut before = spawn_rate(TRUES, 2)?;
    for day in 0..ROUNDS {
        let took = night.run_planned_day(day, TRUES).await?;
        let after = spawn_rate(TRUES, 2)?;
        rounds.push((TRUES as f64 / took.as_secs_f64(), f64::midpoint(before, after)));
        before = after;
    }
    night.stop().await?;
    // The machine is not its own from one second to the next: the round with the middle ratio speaks.
    rounds.sort_by(|(a, raw_a), (b, raw_b)| (a / raw_a).total_cmp(&(b / raw_b)));
    let (ours, raw) = rounds[rounds.len() / 2];
    let against = "raw spawn-and-wait, 2 at a time, just before and after; middle of 7 rounds";
    let mut figures =
        vec![Figure::new("/bin/true jobs, 2 slots", ours, "jobs/s", raw, against, Goal::AtLeast(0.8))];
    for (name, rate) in peers()? {
        figures.push(Figure::new(&format!("/bin/true by {name}"), rate, "jobs/s", raw, against, Goal::Shown));
    }
    Ok(figures)
}

/// `make -j2`, `ninja -j2`, `xargs -P2` on the same commands; those that are not installed are left out.
fn peers() -> anyhow::Result<Vec<(&'static str, f64)>> {
    let dir = tempfile::tempdir()?;
    let mut makefile = format!("all: {}\n", (0..TRUES).map(|n| format!("j{n} ")).collect::<String>());
    let mut ninja = String::from("rule true\n  command = /bin/true $out\n");
    for n in 0..TRUES {
        let _ = write!(makefile, "j{n}:\n\t@/bin/true\n.PHONY: j{n}\n");
        let _ = writeln!(ninja, "build j{n}: true");
    }
    std::fs::write(dir.path().join("Makefile"), makefile)?;
    std::fs::write(dir.path().join("build.ninja"), ninja)?;
    let lines: String = (0..TRUES).map(|n| format!("{n}\n")).collect();
    std::fs::write(dir.path().join("lines"), lines)?;
    let commands: [(&str, &[&str]); 3] = [
        ("make -j2", &["make", "-s", "-j2"]),
        ("ninja -j2", &["ninja", "--quiet", "-j2"]),
        ("xargs -P2", &["xargs", "-P2", "-n1", "-a", "lines", "/bin/true"]),
    ];
    let timed = commands.into_iter().filter_map(|(name, command)| Some((name, timed(dir.path(), command)?)));
    Ok(timed.map(|(name, took)| (name, TRUES as f64 / took.as_secs_f64())).collect())
}

fn timed(dir: &Path, command: &[&str]) -> Option<Duration> {
    let began = stopwatch();
    let run = Command::new(command[0]).args(&command[1..]).current_dir(dir).stdout(Stdio::null()).status();
    match run {
        Ok(status) if status.success() => Some(began.elapsed()),
        Ok(_) | Err(_) => {
            eprintln!("skipped: {} is not installed, or failed", command[0]);
            None
        }
    }
}

/// A chain of jobs: the median hop against the steps that it cannot do without.
///
/// # Errors
/// Something does not run.
pub(crate) async fn chain() -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::Builder::new().tempdir_in("target")?;
    let (_, commit) = store_rate(dir.path(), 1, 600).await?;
    let append = append_sync(dir.path())?;
    let spawn = Duration::from_secs_f64(1.0 / spawn_rate(400, 1)?);
    let mut flow =
        String::from("flow: bench\ncycle: day\njobs:\n  job000000: {start: T 00:00, shell: /bin/true}\n");
    for n in 1..CHAIN {
        let _ = writeln!(flow, "  job{n:06}: {{needs: [job{:06}], shell: /bin/true}}", n - 1);
    }
    let mut night = Night::start(flow, 2).await?;
    night.plan_day(0).await?;
    let mut seen = Vec::new();
    night.follow(CHAIN, &mut seen).await?;
    night.stop().await?;
    let ends: Vec<_> = seen.iter().filter(|seen| seen.to == State::Succeeded).collect();
    anyhow::ensure!(ends.windows(2).all(|pair| pair[0].job < pair[1].job), "a chain runs in its order");
    let hop = median(ends.windows(2).map(|pair| pair[1].at - pair[0].at).collect());
    let floor = commit + append + spawn;
    Ok(vec![Figure::new(
        "chain of 100: median hop",
        hop.as_secs_f64() * 1_000.0,
        "ms",
        floor.as_secs_f64() * 1_000.0,
        "commit + journal fsync + spawn, each alone",
        Goal::AtMost(2.0),
    )])
}

/// Idle cost of 10,000 waiting instances, and answers at 30,000 open ones.
///
/// # Errors
/// Something does not run.
pub(crate) async fn idle() -> anyhow::Result<Vec<Figure>> {
    const WATCHED: Duration = Duration::from_secs(10);
    let night = Night::start(waiting(10_000), 2).await?;
    night.plan_day(0).await?;
    night.planned(10_000).await?;
    let before = cpu_seconds();
    tokio::time::sleep(WATCHED).await;
    let share = (cpu_seconds() - before) / WATCHED.as_secs_f64();
    night.stop().await?;
    let night = Night::start(waiting(30_000), 2).await?;
    night.plan_day(0).await?;
    night.planned(30_000).await?;
    let target = night.handle().query(|core| core.select("job029999@20260110")).await??[0];
    let status = answer_time(&night, |core| drop(core.status(&Default::default()))).await?;
    let why = answer_time(&night, move |core| drop(core.why(Target { ..target }))).await?;
    let pass = pass_all(&night).await?;
    night.stop().await?;
    let answer = |name: &str, took: Duration| {
        let ms = took.as_secs_f64() * 1_000.0;
        Figure::new(
            &format!("{name} at 30,000 open instances"),
            ms,
            "ms",
            50.0,
            "goal 50 ms",
            Goal::AtMost(1.0),
        )
    };
    Ok(vec![
        Figure::new(
            "idle: 10,000 waiting instances",
            share * 100.0,
            "% of a core",
            1.0,
            "goal 1 %",
            Goal::AtMost(1.0),
        ),
        answer("status", status),
        answer("why", why),
        Figure::new(
            "one command that passes 30,000 instances, durable",
            pass.as_secs_f64(),
            "s",
            1.0,
            "one second",
            Goal::Shown,
        ),
    ])
}

/// Passes everything that waits with one command; the time until it is confirmed.
async fn pass_all(night: &Night) -> anyhow::Result<Duration> {
    let targets = night.handle().query(|core| core.select("job*@20260110")).await??;
    let began = stopwatch();
    let answer = night.command("pass-all", Action::Pass { targets }).await?;
    anyhow::ensure!(answer.done.len() == 30_000, "only {} were passed", answer.done.len());
    Ok(began.elapsed())
}

/// So many jobs behind one that waits for a hand.
fn waiting(count: usize) -> String {
    let mut flow = String::from("flow: bench\ncycle: day\njobs:\n  job000000: {start: manual, noop: true}\n");
    for n in 1..count {
        let _ = writeln!(flow, "  job{n:06}: {{needs: [job{:06}], noop: true}}", n - 1);
    }
    flow
}

/// Median time from the question to the answer, as the API asks.
async fn answer_time(
    night: &Night,
    question: impl Fn(&daybreak_scheduler::engine::Core) + Clone + Send + 'static,
) -> anyhow::Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..20 {
        let question = question.clone();
        let began = stopwatch();
        night.handle().query(move |core| question(core)).await?;
        times.push(began.elapsed());
    }
    Ok(median(times))
}

/// CPU time of this process so far, all threads.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / 100.0
}
