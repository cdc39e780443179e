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
    let mut figures = Vec::new();
    if wanted("core") {
        figures.extend(core_speed::measure());
    }
    if wanted("check") {
        figures.extend(check::measure()?);
    }
    if wanted("recovery") {
        figures.extend(recovery::measure().await?);
    }
    if wanted("noop") {
        figures.extend(end_to_end::noop().await?);
    }
    if wanted("true") {
        figures.extend(end_to_end::trues().await?);
    }
    if wanted("chain") {
        figures.extend(end_to_end::chain().await?);
    }
    if wanted("idle") {
        figures.extend(end_to_end::idle().await?);
    }
    if wanted("makespan") {
        figures.extend(makespan::measure(&args.workflows)?);
    }
    print!("{}", report::table(&figures));
    report::write_json(&args.json, &figures)
}
