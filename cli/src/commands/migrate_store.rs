//! `migrate-store`: from the data directory into a PostgreSQL database.

use daybreak_sql::copy::{Copied, copy_store};
use daybreak_sql::postgres::PostgresSettings;
use serde::Serialize;

use super::{Outcome, runtime};
use crate::args::{Global, MigrateStoreArgs};
use crate::data::DataDir;
use crate::error::ExpectedError;
use crate::say;
use crate::terminal::{Cell, Look, Screen, Table};

/// What `migrate-store --json` prints.
#[derive(Serialize)]
struct Migrated<'a> {
    rows: u64,
    tables: Vec<TableView<'a>>,
}

#[derive(Serialize)]
struct TableView<'a> {
    table: &'a str,
    rows: u64,
}

pub(super) fn run(
    global: &Global,
    screen: &Screen,
    args: &MigrateStoreArgs,
) -> Result<Outcome, ExpectedError> {
    let data = DataDir::at(global.data());
    let settings =
        PostgresSettings { password_file: args.password_file.clone(), ..PostgresSettings::new(&args.to) };
    let copied = runtime()?.block_on(copy_store(data.path(), &settings))?;
    let tables = copied.tables.iter().map(|(table, rows)| TableView { table, rows: *rows }).collect();
    screen.show(&Migrated { rows: copied.rows(), tables }, |look| show(look, &copied))?;
    screen.note(&say!(screen.catalogue(), "migrate-store-done", rows = copied.rows()));
    Ok(Outcome::Done)
}

fn show(look: Look, copied: &Copied) -> String {
    let heads = ["head-table", "head-rows"].map(|key| say!(look.catalogue, key));
    let mut table = Table::new(look, &heads);
    for (name, rows) in &copied.tables {
        table.row([Cell::new(name), Cell::count(*rows)]);
    }
    table.to_string()
}
