//! How connections are made, and the limit of everything that is asked over them.

use std::time::Duration;

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};

use super::settings::Target;
use super::trouble::Trouble;

/// Readers at the same time: requests of people, not of the scheduler.
const READERS: u32 = 4;
/// The oldest server that will do.
const OLDEST: u32 = 14;

/// Waits for an answer, and no longer. What was asked may still be under way on the server: the connection is not to be used again.
///
/// # Errors
/// The database's own, or [`Trouble::NoAnswer`].
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result.map_err(Trouble::from),
        Err(_) => Err(Trouble::NoAnswer(limit)),
    }
}

/// A new connection.
pub(super) async fn connect(target: &Target) -> Result<PgConnection, Trouble> {
    within(target.limits.answer, target.options.connect()).await
}

/// Readers of history, connected when they are first needed; they cannot write.
pub(super) fn readers(target: &Target) -> PgPool {
    let options = target
        .options
        .clone()
        .application_name("daybreak history")
        .options([("default_transaction_read_only", "on")]);
    PgPoolOptions::new()
        .max_connections(READERS)
        .min_connections(0)
        // Whoever acquires has a limit of its own, which says better what is wrong.
        .acquire_timeout(target.limits.answer.saturating_mul(2))
        .connect_lazy_with(options)
}

/// Whether this server will do.
///
/// # Errors
/// [`Trouble::OldServer`], [`Trouble::Encoding`], [`Trouble::ReadOnly`].
pub(super) async fn check_server(target: &Target, connection: &mut PgConnection) -> Result<(), Trouble> {
    let found = connection.server_version_num().unwrap_or(0) / 10_000;
    if found < OLDEST {
        return Err(Trouble::OldServer { found, least: OLDEST });
    }
    let settings = "SELECT current_setting('server_encoding'), current_setting('fsync'),
        current_setting('full_page_writes'), pg_is_in_recovery()";
    let query = sqlx::query_as::<_, (String, String, String, bool)>(settings);
    let (encoding, fsync, full_pages, is_standby) =
        within(target.limits.answer, query.fetch_one(connection)).await?;
    if encoding != "UTF8" {
        return Err(Trouble::Encoding(encoding));
    }
    if is_standby {
        return Err(Trouble::ReadOnly("the server is in recovery".into()));
    }
    if fsync != "on" || full_pages != "on" {
        tracing::warn!(
            place = target.place,
            fsync,
            full_page_writes = full_pages,
            "the server loses what was committed when its host fails: set both to `on`"
        );
    }
    Ok(())
}

/// Says good-bye to the server; nothing depends on it.
pub(super) async fn close(limit: Duration, connection: PgConnection) {
    let _ = within(limit, connection.close()).await;
}
