//! `plan`: when everything of a day would start and end.

use std::sync::Arc;

use daybreak_flows::time::{Timestamp, Zone};

use super::{Outcome, tree_or_server};
use crate::args::{Global, PlanArgs};
use crate::error::ExpectedError;
use crate::plan::timetable;
use crate::show;
use crate::terminal::{Clockface, Screen};

pub(super) fn run(global: &Global, screen: &Screen, args: &PlanArgs) -> Result<Outcome, ExpectedError> {
    let definitions = Arc::new(tree_or_server(global, screen, args.tree.as_deref())?);
    let plan = timetable(&definitions, args.date, args.slots)
        .map_err(|source| ExpectedError::Part { part: "plan", source: source.into() })?;
    let zone = if global.utc { Zone::UTC } else { plan.zone.clone() };
    // Most of a day's work is done on the next date: that one goes without saying.
    let next = args.date.tomorrow().unwrap_or(args.date).to_zoned(zone.tz().clone());
    let face = Clockface::new(zone, next.map_or(Timestamp::MIN, |midnight| midnight.timestamp().into()));
    screen.show(&plan, |look| show::timetable(look, &face, &plan))?;
    Ok(Outcome::Done)
}
