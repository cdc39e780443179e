//! The exit codes of `daybreak`, a public interface: `docs/exit-codes.md` explains them to the people who write scripts.

/// Everything that was asked for was done.
pub const OK: u8 = 0;

/// The program did its work, and the work itself failed: jobs failed, `check` found errors.
pub const WORK_FAILED: u8 = 1;

/// The command line is not understood.
pub const USAGE: u8 = 2;

/// Something is left that does not go on by itself; the output says what waits and why.
pub const UNFINISHED: u8 = 3;

/// What was named does not exist, or its state does not allow it, or the token does not.
pub const REFUSED: u8 = 4;

/// There is no server to talk to, or it went away before it answered.
pub const NO_SERVER: u8 = 5;

/// The data directory, the store or something else on this machine does not do what is needed.
pub const STORE: u8 = 6;

/// A mistake in Daybreak itself. The number is what a Rust program that panics ends with.
pub const BUG: u8 = 101;

/// All codes with their names in the documentation.
pub const ALL: [(u8, &str); 8] = [
    (OK, "OK"),
    (WORK_FAILED, "WORK_FAILED"),
    (USAGE, "USAGE"),
    (UNFINISHED, "UNFINISHED"),
    (REFUSED, "REFUSED"),
    (NO_SERVER, "NO_SERVER"),
    (STORE, "STORE"),
    (BUG, "BUG"),
];

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn documented_under_the_same_number_and_name() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/exit-codes.md");
        let page = std::fs::read_to_string(path).expect("docs/exit-codes.md is part of the repository");
        for (code, name) in ALL {
            let row = format!("| {code} | `{name}` |");
            assert!(page.contains(&row), "docs/exit-codes.md has no row that begins with `{row}`");
        }
    }
}
