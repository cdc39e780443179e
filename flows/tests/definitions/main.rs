//! Definitions from their text to findings, schemas and rendered tasks.

mod arbitrary;
mod check;
mod circles;
mod golden;
mod inheritance;
mod night;
mod reference;
mod render;
mod schema;
