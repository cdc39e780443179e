//! What must not be passed on of whoever started the agent: open files, and signals that it ignores.
//!
//! `flock lock daybreak up` leaves the lock's file open in the agent: a keeper or a job that had it too would hold the lock
//! after the agent's end. `nohup` ignores SIGHUP: a job that inherits that ignores it as well.
#![expect(
    unsafe_code,
    reason = "no crate that is here already has these two calls for descriptors and signals by number"
)]

use std::io;

use signal_hook::consts::{SIGKILL, SIGPIPE, SIGSTOP};

/// Closes every descriptor above standard error when another program is executed. Those of our own are made like this already.
pub(crate) fn close_files_on_exec() -> io::Result<()> {
    let own: Vec<i32> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|&fd| fd > 2)
        .collect();
    for fd in own {
        // SAFETY: changes a flag of a descriptor that may be anybody's, and closes none; a number that is none is an error.
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
    Ok(())
}

/// Signals that are ignored mean again what they mean. Not SIGPIPE: the standard library ignores it for this process, and
/// puts it back for what it starts.
pub(crate) fn heed_signals() {
    for signal in (1..=libc::SIGRTMAX()).filter(|signal| ![SIGKILL, SIGSTOP, SIGPIPE].contains(signal)) {
        let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: asks only; the pointer is valid for a write of its type for the duration of the call.
        let asked = unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) };
        // SAFETY: zeroes are valid for it, and the call has filled it in.
        let ignored = asked == 0 && unsafe { action.assume_init() }.sa_sigaction == libc::SIG_IGN;
        if ignored {
            // SAFETY: the default needs no handler.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
    }
}
