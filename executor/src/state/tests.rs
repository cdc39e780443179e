//! The rules of the protocol, agent's side, each by its number in ARCHITECTURE.md; then random walks over all inputs.

mod bench;
mod rules;
mod walk;
