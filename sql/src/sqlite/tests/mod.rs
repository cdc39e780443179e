//! What can only be tested from inside: every statement, and migrations step by step.

mod migrating;
mod plans;

use std::path::Path;

use sqlx::{ConnectOptions, SqliteConnection};

use super::{connection, migrations};

/// A writer's connection to a database in this folder, before any migration.
async fn connect(dir: &Path) -> SqliteConnection {
    connection::writer(&dir.join(connection::DATABASE)).connect().await.expect("connects")
}

/// A database with the newest schema.
async fn newest(dir: &Path) -> SqliteConnection {
    let mut connection = connect(dir).await;
    migrations::migrate(&mut connection, migrations::ALL, "here").await.expect("migrates");
    connection
}
