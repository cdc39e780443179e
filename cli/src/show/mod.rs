//! Answers as text: each function takes plain data and a [`Look`](crate::terminal::Look) and returns what is printed.

mod agents;
mod answer;
mod audit;
mod crons;
mod diff;
mod findings;
mod instance;
mod job;
mod list;
mod problems;
mod reasons;
mod states;
mod status;
mod timetable;
mod why;

pub use self::agents::agents;
pub use self::answer::{Listing, answer, preview, refusals};
pub use self::audit::audit;
pub use self::crons::crons;
pub use self::diff::{changes, diff};
pub use self::findings::{error, selection};
pub use self::instance::instance;
pub use self::job::job;
pub use self::list::{list, table as list_table};
pub use self::problems::problems;
pub use self::reasons::{brief, sentence};
pub use self::states::{exit, state, tone};
pub use self::status::{counts_line, status};
pub use self::timetable::timetable;
pub use self::why::why;
