//! Waiting for children.
#![expect(
    unsafe_code,
    reason = "wait4 alone returns the status together with the resources used, and no crate wraps it for any child"
)]

use std::io;

use super::protocol::Usage;

/// A child that was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reaped {
    pub(super) pid: i32,
    pub(super) status: Status,
    /// Of the process and of all that it had waited for itself.
    pub(super) usage: Usage,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Code(i32),
    Signal(i32),
}

/// The next child that has ended, if any has; never waits.
pub(super) fn next() -> Option<Reaped> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    let pid = loop {
        // SAFETY: both pointers are valid for writes of their types for the duration of the call.
        let pid = unsafe { libc::wait4(-1, &raw mut status, libc::WNOHANG, usage.as_mut_ptr()) };
        if pid >= 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            break pid;
        }
    };
    if pid <= 0 {
        // 0: children, but none has ended. -1: no children.
        return None;
    }
    // SAFETY: `rusage` is made of integers, for which zeroes are valid, and wait4 has filled it in.
    let usage = unsafe { usage.assume_init() };
    let status = if libc::WIFSIGNALED(status) {
        Status::Signal(libc::WTERMSIG(status))
    } else {
        Status::Code(libc::WEXITSTATUS(status))
    };
    Some(Reaped { pid, status, usage: usage_of(&usage) })
}

fn usage_of(usage: &libc::rusage) -> Usage {
    let micros = |time: libc::timeval| time.tv_sec.cast_unsigned() * 1_000_000 + time.tv_usec.cast_unsigned();
    Usage {
        cpu_us: micros(usage.ru_utime) + micros(usage.ru_stime),
        rss_kib: u64::try_from(usage.ru_maxrss).unwrap_or(0),
    }
}
