//! `--show-settings`: what is set, and where.

use super::Outcome;
use crate::error::ExpectedError;
use crate::say;
use crate::settings::Given;
use crate::terminal::{Cell, Screen, Table};

pub(super) fn show(screen: &Screen, given: &[Given]) -> Result<Outcome, ExpectedError> {
    screen.show(&given, |look| {
        let catalogue = look.catalogue;
        let heads = ["head-setting", "head-value", "head-origin"].map(|key| say!(catalogue, key));
        let mut table = Table::new(look, &heads);
        for Given { key, value, origin } in given {
            table.row([Cell::new(key), Cell::new(value), Cell::new(origin)]);
        }
        table.to_string()
    })?;
    Ok(Outcome::Done)
}
