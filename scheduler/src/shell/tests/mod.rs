//! The shell as its users see it. Time is paused: it jumps ahead when everybody waits.

mod clock;
mod commits;
mod leads;
mod night;
mod requests;
