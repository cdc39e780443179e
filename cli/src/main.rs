//! The one binary, `daybreak`. Everything is in the library, where tests and benchmarks can reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    daybreak_cli::main(std::env::args_os())
}
