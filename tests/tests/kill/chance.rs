//! Chance, which says its seed so that a run can be repeated as far as real processes let themselves be repeated.

use daybreak_tests::simulation::random::Random;

/// A source from `DAYBREAK_SEED`, or from the time; the seed is the first line that the test prints.
pub(crate) fn seeded() -> Random {
    let seed = match std::env::var("DAYBREAK_SEED") {
        Ok(text) => text.parse().expect("DAYBREAK_SEED is a number"),
        Err(_) => std::time::UNIX_EPOCH.elapsed().expect("it is later than 1970").as_nanos() as u64,
    };
    println!("DAYBREAK_SEED={seed}");
    Random::new(seed)
}
