//! Thousands of worlds in which everything goes wrong, judged after every step, and bugs put in on purpose to see that the judge
//! is awake. The world and its judge are in `tests/src/simulation`; docs/testing.md tells what they do.
//!
//! `DAYBREAK_SEED=N` begins at another seed, `DAYBREAK_SEEDS=N` plays another number of them in each part.

use daybreak_tests::simulation::mutant::Mutant;
use daybreak_tests::simulation::world::{Failure, Setup, Summary, World};

/// Seeds that one test plays; there are twenty of these tests, so that all processors have something to do.
const PART: u64 = 100;

/// Seeds that have shown a bug once, or nearly.
const KEPT: [u64; 15] =
    [31, 63, 135, 181, 195, 676, 734, 1_105, 1_307, 2_136, 2_159, 2_171, 2_201, 5_050, 77_777];

fn number(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")),
        Err(_) => otherwise,
    }
}

fn play(seed: u64, mutant: Option<Mutant>) -> Result<Summary, Failure> {
    World::new(Setup { seed, mutant, ..Setup::default() }).run().map(|(summary, _)| summary)
}

/// Plays one part of all seeds. The first line says with which one it begins.
fn play_part(part: u64) {
    let count = number("DAYBREAK_SEEDS", PART);
    let first = number("DAYBREAK_SEED", 1) + part * count;
    println!("seeds {first}..{}", first + count);
    let mut total = Summary::default();
    for seed in first..first + count {
        let summary = play(seed, None).unwrap_or_else(|failure| panic!("{failure}"));
        total.processes += summary.processes;
        total.recoveries += summary.recoveries;
    }
    // A world in which nothing happens proves nothing.
    assert!(total.processes as u64 > 10 * count, "only {} processes were started", total.processes);
    assert!(total.recoveries > count, "only {} schedulers were started", total.recoveries);
}

macro_rules! parts {
    ($($name:ident $part:literal)*) => { $(
        #[test]
        fn $name() {
            play_part($part);
        }
    )* };
}

parts! {
    part_00 0 part_01 1 part_02 2 part_03 3 part_04 4 part_05 5 part_06 6 part_07 7 part_08 8 part_09 9
    part_10 10 part_11 11 part_12 12 part_13 13 part_14 14 part_15 15 part_16 16 part_17 17 part_18 18 part_19 19
}

#[test]
fn seeds_that_have_shown_something_once() {
    for seed in KEPT {
        println!("seed {seed}");
        play(seed, None).unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[test]
fn the_same_seed_is_the_same_world() {
    assert_eq!(play(7, None).expect("no bug"), play(7, None).expect("no bug"));
}

/// Every bug is caught, and by a rule that is about it.
#[test]
fn bugs_put_in_on_purpose_are_caught() {
    let mut missed = Vec::new();
    for mutant in Mutant::ALL {
        match (1..=400).find_map(|seed| play(seed, Some(mutant)).err()) {
            Some(failure) if mutant.caught_by().contains(&failure.violation.rule) => {
                println!("{mutant}: {failure}");
            }
            Some(failure) => missed.push(format!("{mutant} was caught by another rule: {failure}")),
            None => missed.push(format!("{mutant} was not caught")),
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
