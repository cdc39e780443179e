//! What whole-system tests are made of.

pub mod processes;
pub mod simulation;
pub mod witness;

use std::path::PathBuf;

/// The program `daybreak`. It lies where Cargo puts all of them, one above its tests; `DAYBREAK_PROGRAM` names another.
///
/// # Panics
/// It has not been built.
#[must_use]
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let built = test.ancestors().nth(2).expect("target/PROFILE/deps/TEST").join("daybreak");
    let program = std::env::var_os("DAYBREAK_PROGRAM").map_or(built, PathBuf::from);
    assert!(
        program.is_file(),
        "{} is missing: build it with `cargo build -p daybreak-cli`, or run the tests of the whole workspace",
        program.display()
    );
    program
}
