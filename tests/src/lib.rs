//! What whole-system tests are made of.

pub mod simulation;
