//! `make bench`: this machine's limits, the peers and Daybreak side by side, in one run.

mod clock;
mod core_speed;
mod graph;
mod makespan;
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

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let wanted = |name: &str| args.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let mut figures = Vec::new();
    if wanted("core") {
        figures.extend(core_speed::measure());
    }
    if wanted("makespan") {
        figures.extend(makespan::measure(&args.workflows)?);
    }
    print!("{}", report::table(&figures));
    report::write_json(&args.json, &figures)
}
