//! One session that writes, and its transactions.

use std::time::Duration;

use sqlx::postgres::{PgArguments, PgQueryResult};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, PgConnection, Postgres};

use super::connection::{self, within};
use super::settings::{Limits, Target};
use super::trouble::{Trouble, is_commit_refused};

/// `BEGIN` for a transaction that writes or locks.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// `BEGIN` for reading: one picture of everything.
pub(super) const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Connects when it is needed, and again after a connection was lost.
#[derive(Debug)]
pub(super) struct Session {
    target: Target,
    /// Nothing while a transaction has it. Whoever goes away in the middle takes it along: the server rolls back.
    connection: Option<PgConnection>,
}

/// A transaction. One that is dropped closes its connection, and the server rolls back.
#[derive(Debug)]
pub(super) struct Transaction<'a> {
    home: &'a mut Option<PgConnection>,
    connection: PgConnection,
    limits: Limits,
}

/// A commit that did not go well.
#[derive(Debug)]
pub(super) enum CommitFailed {
    /// Nothing was committed.
    Refused(Trouble),
    /// It may have been committed.
    Unknown(Trouble),
}

impl CommitFailed {
    /// For work that may be repeated.
    pub(super) fn trouble(self) -> Trouble {
        match self {
            Self::Refused(trouble) | Self::Unknown(trouble) => trouble,
        }
    }
}

impl Session {
    pub(super) const fn new(target: Target) -> Self {
        Self { target, connection: None }
    }

    /// Begins a transaction with these statements, which are sent together; gives how many rows they changed. A connection that was lost
    /// while nothing was going on is made anew: nothing has happened yet.
    pub(super) async fn begin(&mut self, statements: String) -> Result<(Transaction<'_>, u64), Trouble> {
        let limits = self.target.limits;
        let mut kept = self.connection.take();
        loop {
            let is_kept = kept.is_some();
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => connection::connect(&self.target).await?,
            };
            // Statements of this crate with numbers in them, and nothing else.
            let begin = sqlx::raw_sql(AssertSqlSafe(statements.clone())).execute(&mut connection);
            match within(limits.answer, begin).await {
                Ok(done) => {
                    let home = &mut self.connection;
                    return Ok((Transaction { home, connection, limits }, done.rows_affected()));
                }
                Err(trouble) if is_kept && trouble.is_session_lost() => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Says good-bye to the server.
    pub(super) async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection::close(self.target.limits.answer, connection).await;
        }
    }
}

impl Transaction<'_> {
    /// The connection, for work that keeps to [`Transaction::limit`] by itself.
    pub(super) const fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// How long an answer may take.
    pub(super) const fn limit(&self) -> Duration {
        self.limits.answer
    }

    /// Runs one statement.
    pub(super) async fn execute(
        &mut self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<PgQueryResult, Trouble> {
        within(self.limits.answer, query.execute(&mut self.connection)).await
    }

    /// Lets single statements take this long from now on: for work that nobody waits for.
    pub(super) async fn take_time(&mut self, limit: Duration) -> Result<(), Trouble> {
        let ms = limit.as_millis();
        let set = format!("SET LOCAL statement_timeout = {ms}; SET LOCAL lock_timeout = {ms}");
        within(self.limits.answer, sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut self.connection)).await?;
        self.limits.answer = limit;
        Ok(())
    }

    /// Commits. Durable when it returns `Ok`.
    pub(super) async fn commit(self) -> Result<(), CommitFailed> {
        let Self { home, mut connection, limits } = self;
        let commit = sqlx::raw_sql("COMMIT").execute(&mut connection);
        match tokio::time::timeout(limits.answer, commit).await {
            Ok(Ok(_)) => {
                *home = Some(connection);
                Ok(())
            }
            Ok(Err(error)) if is_commit_refused(&error) => Err(CommitFailed::Refused(error.into())),
            Ok(Err(error)) => Err(CommitFailed::Unknown(error.into())),
            Err(_) => Err(CommitFailed::Unknown(Trouble::NoAnswer(limits.answer))),
        }
    }

    /// Rolls back. Where that does not work the connection is given up, which does the same.
    pub(super) async fn rollback(self) {
        let Self { home, mut connection, limits } = self;
        if within(limits.answer, sqlx::raw_sql("ROLLBACK").execute(&mut connection)).await.is_ok() {
            *home = Some(connection);
        }
    }

    /// Ends the transaction: commits what went well, rolls everything else back.
    pub(super) async fn end<T>(self, work: Result<T, Trouble>) -> Result<T, Trouble> {
        match work {
            Ok(value) => {
                self.commit().await.map_err(CommitFailed::trouble)?;
                Ok(value)
            }
            Err(trouble) => {
                self.rollback().await;
                Err(trouble)
            }
        }
    }
}

/// A statement with numbers in place of its placeholders, for where none can be bound.
pub(super) fn with_numbers(statement: &str, numbers: &[i64]) -> String {
    let mut text = statement.to_owned();
    // From the last one: `$1` is the beginning of `$10`.
    for (at, number) in numbers.iter().enumerate().rev() {
        text = text.replace(&format!("${}", at + 1), &format!("({number})"));
    }
    text
}
