//! An agent as a process of its own, with its keeper and real jobs: the tests play the scheduler.

mod desk;
mod ends;
mod feeds;
mod flood;
mod restart;
mod secrets;
mod shell;
