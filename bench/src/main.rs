//! `make bench`: this machine's limits, the peers and Daybreak side by side, in one run.

mod check;
mod check_trees;
mod clock;
mod core_speed;
mod end_to_end;
mod graph;
mod limits;
mod makespan;
mod night;
mod recovery;
mod report;

use std::path::PathBuf;

use clap::Parser;

/// Measures Daybreak against this machine's limits and its peers.
#[derive(Debug, Parser)]
struct Args {
    /// Only the sections whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Folder of the real workflow graphs.
    #[arg(long, default_value = "../shared/data/graphs/wf")]
    workflows: PathBuf,
    /// Where the figures go.
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    std::fs::create_dir_all("target")?;
    let wanted = |name: &str| args.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let mut bench = Bench::default();
    if wanted("core") {
        bench.take("core", Ok(core_speed::measure()));
    }
    if wanted("check") {
        bench.take("check", check::measure());
    }
    if wanted("recovery") {
        bench.take("recovery", recovery::measure().await);
    }
    if wanted("noop") {
        bench.take("noop", end_to_end::noop().await);
    }
    if wanted("true") {
        bench.take("true", end_to_end::trues().await);
    }
    if wanted("chain") {
        bench.take("chain", end_to_end::chain().await);
    }
    if wanted("idle") {
        bench.take("idle", end_to_end::idle().await);
    }
    if wanted("makespan") {
        bench.take("makespan", makespan::measure(&args.workflows));
    }
    print!("{}", report::table(&bench.figures));
    report::write_json(&args.json, &bench.figures)?;
    anyhow::ensure!(bench.failed.is_empty(), "not measured: {}", bench.failed.join(", "));
    Ok(())
}

/// What has been measured so far. A section that fails does not take the others' figures with it.
#[derive(Default)]
struct Bench {
    figures: Vec<report::Figure>,
    failed: Vec<&'static str>,
}

impl Bench {
    fn take(&mut self, section: &'static str, measured: anyhow::Result<Vec<report::Figure>>) {
        match measured {
            Ok(figures) => {
                eprintln!("measured: {section}");
                self.figures.extend(figures);
            }
            Err(error) => {
                eprintln!("failed: {section}: {error:#}");
                self.failed.push(section);
            }
        }
    }
}
