//! `--show-settings`: what is set, and where.

use super::Outcome;
use crate::error::ExpectedError;
use crate::say;
use crate::settings::Given;
use crate::terminal::{Cell, Screen, Table};

pub(super) fn show(screen: &Screen, given: &[Given]) -> Result<Outcome, ExpectedError> {
    screen.show(&given, |look| {
        let catalogue = look.catalogue();
        let mut table = Table::new(
            look,
            [
                say!(catalogue, "column-setting"),
                say!(catalogue, "column-value"),
                say!(catalogue, "column-origin"),
            ],
        );
        for Given { key, value, origin } in given {
            table.row([Cell::plain(key), Cell::plain(value), Cell::plain(origin)]);
        }
        table.finish()
    })?;
    Ok(Outcome::Done)
}
