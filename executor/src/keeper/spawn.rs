//! Starting one process.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::protocol::Start;

/// Name of the variable with the attempt's key, `JOB:ORDINAL:ATTEMPT`.
pub(super) const ATTEMPT: &str = "DAYBREAK_ATTEMPT";
/// Name of the variable with the keeper's directory: keys alone are unique only within one installation.
pub(super) const KEEPER: &str = "DAYBREAK_KEEPER";

/// Starts the attempt's main process in a process group of its own; returns its pid, which is the group's as well.
///
/// Nothing here needs a closure before `exec`, so that the standard library takes `posix_spawn`: the cost does not depend on
/// the size of this process. Signals that the standard library ignores for itself are put back to their defaults by it.
pub(super) fn spawn(start: &Start, marks: [(&str, &str); 2], log: &File) -> io::Result<i32> {
    let Some((program, arguments)) = start.argv.split_first() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no program was named"));
    };
    match start_program(program, arguments, start, marks, log) {
        // A script without `#!`: what a shell would do with it.
        Err(error) if error.raw_os_error() == Some(libc::ENOEXEC) => {
            let arguments = [std::slice::from_ref(program), arguments].concat();
            start_program("/bin/sh", &arguments, start, marks, log)
        }
        other => other,
    }
}

fn start_program(
    program: &str,
    arguments: &[String],
    start: &Start,
    marks: [(&str, &str); 2],
    log: &File,
) -> io::Result<i32> {
    let child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(&start.env)
        .envs(marks)
        .current_dir(&start.dir)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        .process_group(0)
        .spawn()?;
    Ok(child.id().cast_signed())
}
