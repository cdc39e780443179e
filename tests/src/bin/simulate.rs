//! Replays seeds of the simulation: `cargo run -p daybreak-tests --bin simulate -- --seed 42 --trace`.

use std::process::ExitCode;

use clap::Parser;
use daybreak_tests::simulation::mutant::Mutant;
use daybreak_tests::simulation::trace::Trace;
use daybreak_tests::simulation::world::{Setup, World};

/// Plays worlds in which everything goes wrong, and judges what the scheduler makes of them.
#[derive(Debug, Parser)]
struct Arguments {
    /// The first seed.
    #[arg(long)]
    seed: u64,
    /// How many seeds from there on.
    #[arg(long, default_value_t = 1)]
    count: u64,
    /// Tell every step.
    #[arg(long)]
    trace: bool,
    /// Put a bug in.
    #[arg(long)]
    mutant: Option<Mutant>,
    /// Go on after a failure.
    #[arg(long)]
    all: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (mut steps, mut inputs, mut failures) = (0, 0, 0);
    for seed in arguments.seed..arguments.seed + arguments.count {
        if arguments.trace {
            println!("seed {seed}");
        }
        let trace = if arguments.trace { Trace::Print } else { Trace::Off };
        match World::new(Setup { seed, mutant: arguments.mutant, trace }).run() {
            Ok((summary, _)) => {
                steps += summary.steps;
                inputs += summary.inputs;
                if arguments.count == 1 {
                    println!("seed {seed}: {summary:?}");
                }
            }
            Err(failure) => {
                println!("{failure}");
                failures += 1;
                if !arguments.all {
                    break;
                }
            }
        }
    }
    println!("{} seeds, {failures} failed, {steps} steps, {inputs} inputs", arguments.count);
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
