//! The store in PostgreSQL, on real servers. A server takes its time to start: each test has one, and goes through many things.
#![cfg(feature = "postgres")]

mod copy;
mod databases;
mod disk;
mod maintenance;
mod proxy;
mod troubles;
mod views;

use databases::Databases;
use daybreak_sql::conformance::StoreFixture;
use daybreak_sql::postgres::PostgresStore;

/// A database of its own on a server that others share.
struct Fixture<'a> {
    databases: &'a Databases,
    name: String,
}

impl<'a> Fixture<'a> {
    async fn new(databases: &'a Databases) -> Self {
        Self { databases, name: databases.make().await }
    }
}

impl StoreFixture for Fixture<'_> {
    type S = PostgresStore;

    async fn open(&self) -> PostgresStore {
        self.databases.open(&self.name).await
    }
}

daybreak_sql::store_conformance!(every_guarantee_is_kept, databases = Databases::start(); Fixture::new(&databases).await);
daybreak_sql::shared_store_conformance!(a_lease_is_kept, databases = Databases::start(); Fixture::new(&databases).await);
