//! The real program, its server and its keeper killed with SIGKILL at random moments, and what must be true afterwards.
//!
//! What ran is not asked of the program but of witnesses that it does not know: a file to which the jobs themselves
//! append, and triggers in the platforms' databases. The seed of all chance is printed; `DAYBREAK_SEED=N` takes it again.

mod chance;
mod keeper;
mod layers;
mod night;
mod site;
mod tree;
mod watch;
mod witness;
