//! placeholder

pub mod task;
