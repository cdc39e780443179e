//! How things look in a terminal, and how they look in a pipe.

mod look;
mod screen;
mod table;
mod times;

pub use self::look::{Look, Tone};
pub use self::screen::{ColorChoice, Screen};
pub use self::table::{Cell, Table};
pub use self::times::{Clockface, span};
