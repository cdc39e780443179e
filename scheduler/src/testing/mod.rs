//! A scheduler among doubles: a store in memory, agents that the test plays, a clock that goes only as fast as everybody waits.

pub(crate) mod agent;
pub(crate) mod journal;
pub(crate) mod store;
pub(crate) mod world;
