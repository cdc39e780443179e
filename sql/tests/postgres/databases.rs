//! A server with as many databases as a test wants.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use daybreak_servers::postgres::{DATABASE, PostgresServer};
use daybreak_sql::postgres::{PostgresSettings, PostgresStore};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};

/// A running server.
pub(crate) struct Databases {
    pub(crate) server: Mutex<PostgresServer>,
    made: AtomicU32,
}

impl Databases {
    pub(crate) fn start() -> Self {
        let server = Mutex::new(PostgresServer::start().expect("starts"));
        Self { server, made: AtomicU32::new(0) }
    }

    /// Makes a database; gives its name.
    pub(crate) async fn make(&self) -> String {
        let name = format!("store_{}", self.made.fetch_add(1, Ordering::Relaxed));
        let make = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(make).execute(&mut self.connect(DATABASE).await).await.expect("makes a database");
        name
    }

    /// Where a database is.
    pub(crate) fn url(&self, name: &str) -> String {
        self.server.lock().expect("no panic").url(name)
    }

    /// A connection of some other program.
    pub(crate) async fn connect(&self, name: &str) -> PgConnection {
        let options: PgConnectOptions = self.url(name).parse().expect("an address");
        options.disable_statement_logging().connect().await.expect("connects")
    }

    /// The store in a database.
    pub(crate) async fn open(&self, name: &str) -> PostgresStore {
        PostgresStore::open(&PostgresSettings::new(&self.url(name))).await.expect("opens")
    }

    /// Lets a user in by password only.
    pub(crate) fn ask_for_password(&self, user: &str) {
        let server = self.server.lock().expect("no panic");
        let file = server.data().join("pg_hba.conf");
        let rules = fs::read_to_string(&file).expect("reads");
        fs::write(&file, format!("host all {user} 127.0.0.1/32 scram-sha-256\n{rules}")).expect("writes");
        server.reload().expect("reads its settings again");
    }
}
