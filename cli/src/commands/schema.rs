//! `schema`: the JSON Schema of definition files.

use super::Outcome;
use crate::error::ExpectedError;
use crate::terminal::Screen;

pub(super) fn run(screen: &Screen) -> Result<Outcome, ExpectedError> {
    screen.print_json(&daybreak_flows::json_schema())?;
    Ok(Outcome::Done)
}
