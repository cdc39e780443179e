//! The ports of the scheduler, on PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::ports::{Claim, Position, SharedStore, Store, StoreError};
use daybreak_scheduler::rows::{Batch, Snapshot, Term};
use sqlx::postgres::PgPool;
use tokio::sync::Mutex;

use super::connection::{check_server, readers, within};
use super::history::PostgresHistory;
use super::maintenance::PostgresMaintenance;
use super::reader::PostgresReader;
use super::session::{BEGIN, BEGIN_READING, Session, Transaction};
use super::settings::{PostgresSettings, Target};
use super::trouble::Trouble;
use super::{commit, migrations, statements, text};
use crate::read;
use crate::record::{signed, unsigned};

/// One statement of a load may take longer than one that a leader waits for: a million instances are being sorted, and nobody leads yet.
const LOAD_LIMIT: Duration = Duration::from_secs(120);

/// The store in one database, which several processes may have open. One of them leads.
///
/// Connections are made when they are needed, and again when they were lost. Give each scheduler a store of its own.
#[derive(Debug)]
pub struct PostgresStore {
    session: Session,
    readers: PgPool,
    target: Target,
    place: Arc<str>,
    /// The lease of the current term.
    lease: Span,
}

impl PostgresStore {
    /// Connects, and migrates an older database; an empty one becomes a store.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a database of a newer program, [`StoreError::Failed`] with a [`Trouble`] for a wrong password, a server
    /// that is not there and so on. Nothing was changed.
    pub async fn open(settings: &PostgresSettings) -> Result<Self, StoreError> {
        const OPERATION: &str = "open the database";
        let target = Target::of(settings).map_err(|trouble| trouble.failed(OPERATION, "postgresql://…"))?;
        let failed = |trouble: Trouble| trouble.failed(OPERATION, &target.place);
        let mut session = Session::new(target.clone());
        let (mut transaction, _) = session.begin(BEGIN_READING.to_owned()).await.map_err(failed)?;
        let checked = check_server(&target, transaction.connection()).await;
        transaction.end(checked).await.map_err(failed)?;
        migrations::migrate(&mut session, migrations::ALL, &target.place).await?;
        let place = target.place.as_str().into();
        Ok(Self { session, readers: readers(&target), target, place, lease: settings.lease })
    }

    /// A handle for retention, with a session of its own.
    #[must_use]
    pub fn maintenance(&self) -> PostgresMaintenance {
        let session = Session::new(self.target.clone());
        PostgresMaintenance::new(Arc::new(Mutex::new(session)), Arc::clone(&self.place))
    }

    /// Where the store is, without secrets.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Closes all connections of this store: the tidy end, which nothing depends on.
    pub async fn close(mut self) {
        self.session.close().await;
        // A server that hangs is not waited for.
        let _ = tokio::time::timeout(self.target.limits.answer, self.readers.close()).await;
    }

    /// Runs a statement that gives the position.
    async fn claimed(
        transaction: &mut Transaction<'_>,
        statement: &'static str,
        holder: &str,
        lease: Span,
    ) -> Result<Option<Position>, Trouble> {
        let query = sqlx::query_as(statement).bind(text::stored(holder).into_owned()).bind(lease.0);
        let limit = transaction.limit();
        let row = within(limit, query.fetch_optional(transaction.connection())).await?;
        Ok(row.map(position))
    }

    /// Changes the leader's row in a transaction of its own; `false` if it is not where the statement wants it.
    async fn lease(
        &mut self,
        statement: &'static str,
        numbers: &[i64],
        operation: &'static str,
    ) -> Result<bool, StoreError> {
        let done = async {
            let (mut transaction, _) = self.session.begin(BEGIN.to_owned()).await?;
            let query = numbers.iter().fold(sqlx::query(statement), |query, number| query.bind(*number));
            let done = transaction.execute(query).await;
            transaction.end(done).await
        };
        let done = done.await.map_err(|trouble: Trouble| trouble.failed(operation, &self.place))?;
        Ok(done.rows_affected() == 1)
    }

    /// One try, in one transaction.
    async fn claim_if_free(&mut self, holder: &str, lease: Span) -> Result<Claim, Trouble> {
        let (mut transaction, _) = self.session.begin(BEGIN.to_owned()).await?;
        let claim = async {
            // Only looks first: whoever waits to lead asks again and again, and must not be in the way. Whoever came first meanwhile has
            // just changed the row, so that this ends soon.
            loop {
                if let Some(held) = held(&mut transaction).await? {
                    return Ok(held);
                }
                let claimed =
                    Self::claimed(&mut transaction, statements::LEADER_TRY_CLAIM, holder, lease).await?;
                if let Some(position) = claimed {
                    return Ok(Claim::Claimed(position));
                }
            }
        };
        let claim = claim.await;
        transaction.end(claim).await
    }
}

impl Store for PostgresStore {
    type History = PostgresHistory;

    async fn claim(&mut self, holder: &str) -> Result<Position, StoreError> {
        const OPERATION: &str = "begin a new term";
        let lease = self.lease;
        let claimed = async {
            let (mut transaction, _) = self.session.begin(BEGIN.to_owned()).await?;
            let claimed = Self::claimed(&mut transaction, statements::LEADER_CLAIM, holder, lease).await;
            transaction.end(claimed.and_then(|row| row.ok_or_else(no_leader))).await
        };
        claimed.await.map_err(|trouble: Trouble| trouble.failed(OPERATION, &self.place))
    }

    async fn load(&mut self) -> Result<Snapshot, StoreError> {
        const OPERATION: &str = "load the running tables";
        let failed = |trouble: Trouble| trouble.failed(OPERATION, &self.place);
        let (mut transaction, _) = self.session.begin(BEGIN_READING.to_owned()).await.map_err(failed)?;
        transaction.take_time(LOAD_LIMIT).await.map_err(failed)?;
        let (limit, connection) = (transaction.limit(), transaction.connection());
        let mut reader = PostgresReader { connection, limit, operation: OPERATION, place: &self.place };
        let snapshot = read::snapshot(&mut reader).await?;
        transaction.end(Ok(snapshot)).await.map_err(failed)
    }

    async fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        commit::commit(&mut self.session, batch, self.lease, &self.place).await
    }

    async fn position(&mut self) -> Result<Position, StoreError> {
        const OPERATION: &str = "read the position";
        let read = async {
            let (mut transaction, _) = self.session.begin(BEGIN.to_owned()).await?;
            let query = sqlx::query_as(statements::LEADER_POSITION);
            let limit = transaction.limit();
            let row = within(limit, query.fetch_one(transaction.connection())).await;
            transaction.end(row.map(position)).await
        };
        read.await.map_err(|trouble: Trouble| trouble.failed(OPERATION, &self.place))
    }

    fn history(&self) -> PostgresHistory {
        PostgresHistory::new(self.readers.clone(), self.target.limits, Arc::clone(&self.place))
    }
}

impl SharedStore for PostgresStore {
    async fn try_claim(&mut self, holder: &str, lease: Span) -> Result<Claim, StoreError> {
        let claim = self.claim_if_free(holder, lease).await;
        let claim = claim.map_err(|trouble| trouble.failed("ask to lead", &self.place))?;
        if matches!(claim, Claim::Claimed(_)) {
            self.lease = lease;
        }
        Ok(claim)
    }

    async fn renew(&mut self, term: Term, seq: u64) -> Result<(), StoreError> {
        let numbers = [signed(term), signed(seq), self.lease.0];
        let is_ours = self.lease(statements::LEADER_RENEW, &numbers, "renew the lease").await?;
        if is_ours { Ok(()) } else { Err(StoreError::Fenced { term, seq }) }
    }

    async fn resign(&mut self, term: Term) -> Result<(), StoreError> {
        let is_ours = self.lease(statements::LEADER_RESIGN, &[signed(term)], "give the term up").await?;
        if is_ours { Ok(()) } else { Err(StoreError::Fenced { term, seq: 0 }) }
    }
}

/// Who leads, if somebody does.
async fn held(transaction: &mut Transaction<'_>) -> Result<Option<Claim>, Trouble> {
    let query = sqlx::query_as::<_, (String, i64, Option<i64>)>(statements::LEADER_HELD);
    let limit = transaction.limit();
    let (holder, term, expires_in_ms) = within(limit, query.fetch_one(transaction.connection())).await?;
    let expires_in = expires_in_ms.filter(|ms| *ms > 0).map(Span);
    Ok(expires_in.map(|expires_in| Claim::Held {
        holder: text::restored(holder),
        term: unsigned(term),
        expires_in,
    }))
}

fn position((term, seq, now_ms): (i64, i64, i64)) -> Position {
    Position { term: unsigned(term), seq: unsigned(seq), now: Timestamp(now_ms) }
}

/// The one row of `leader` is not there.
fn no_leader() -> Trouble {
    Trouble::Damaged("the table `leader` has no row".into())
}
