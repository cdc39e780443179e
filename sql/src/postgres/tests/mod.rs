//! What can only be tested from inside: every statement, and migrations step by step.

mod migrating;
mod plans;

use daybreak_servers::postgres::{DATABASE, PostgresServer};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::session::Session;
use super::settings::{PostgresSettings, Target};

/// Another database of the server.
async fn database(server: &PostgresServer, name: &str) -> Target {
    let mut connection = PgConnection::connect(&server.url(DATABASE)).await.expect("connects");
    let make = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(make).execute(&mut connection).await.expect("makes a database");
    Target::of(&PostgresSettings::new(&server.url(name))).expect("understands")
}

fn session(target: &Target) -> Session {
    Session::new(target.clone())
}
