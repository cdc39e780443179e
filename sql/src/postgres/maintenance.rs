//! What keeps the store small: retention.

use std::sync::Arc;

use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::ports::StoreError;
use daybreak_scheduler::rows::JobId;
use tokio::sync::Mutex;

use super::connection::within;
use super::retention;
use super::session::{BEGIN, BEGIN_READING, Session, Transaction};
use super::statements::LEADER_POSITION;
use super::trouble::Trouble;
use crate::retention::{CHUNK, Maintained, OPERATION, Place, Retention, before};
use crate::statements;

/// Works beside a [`super::PostgresStore`], in small transactions of its own that take turns with its commits: each holds the leader's row
/// for as long as it lasts. It decides nothing that only a leader may, so that any process may do it. Clones share the session.
#[derive(Debug, Clone)]
pub struct PostgresMaintenance {
    session: Arc<Mutex<Session>>,
    place: Arc<str>,
}

impl PostgresMaintenance {
    pub(super) const fn new(session: Arc<Mutex<Session>>, place: Arc<str>) -> Self {
        Self { session, place }
    }

    /// Moves and deletes what is old enough by the store's own time, chunk by chunk. May be called as often as one likes and dropped at any
    /// moment: what a chunk has done stays done.
    ///
    /// # Errors
    /// [`StoreError::Failed`]; the chunk under way was rolled back.
    pub async fn maintain(&self, keep: Retention) -> Result<Maintained, StoreError> {
        let done = self.maintain_in_chunks(keep).await;
        done.map_err(|trouble| trouble.failed(OPERATION, &self.place))
    }

    async fn maintain_in_chunks(&self, keep: Retention) -> Result<Maintained, Trouble> {
        let mut session = self.session.lock().await;
        let mut done = Maintained { strays: collect_strays(&mut session).await?, ..Maintained::default() };
        loop {
            let moved = move_chunk(&mut session, keep).await?;
            done.to_history += moved as u64;
            if moved < CHUNK {
                break;
            }
        }
        loop {
            let deleted = delete_chunk(&mut session, keep).await?;
            done.deleted += deleted as u64;
            if deleted < CHUNK {
                break;
            }
        }
        loop {
            let deleted = delete_commands(&mut session, keep).await?;
            done.commands_deleted += deleted;
            if deleted < CHUNK as u64 {
                break;
            }
        }
        Ok(done)
    }
}

/// A transaction that no batch runs beside, and the core's time at the last commit.
async fn begin(session: &mut Session) -> Result<(Transaction<'_>, Timestamp), Trouble> {
    let (mut transaction, _) = session.begin(BEGIN.to_owned()).await?;
    let query = sqlx::query_as::<_, (i64, i64, i64)>(LEADER_POSITION);
    let limit = transaction.limit();
    let (_, _, now_ms) = within(limit, query.fetch_one(transaction.connection())).await?;
    Ok((transaction, Timestamp(now_ms)))
}

async fn move_chunk(session: &mut Session, keep: Retention) -> Result<usize, Trouble> {
    let (mut transaction, now) = begin(session).await?;
    let moved = async {
        let old = before(now, keep.period_days);
        let keys = expired(&mut transaction, statements::EXPIRED_IN_PERIOD, old).await?;
        retention::move_on(&mut transaction, &keys, Place::Period, Place::History, now).await?;
        Ok(keys.len())
    };
    let moved = moved.await;
    transaction.end(moved).await
}

async fn delete_chunk(session: &mut Session, keep: Retention) -> Result<usize, Trouble> {
    let (mut transaction, now) = begin(session).await?;
    let deleted = async {
        let old = before(now, keep.history_days);
        let keys = expired(&mut transaction, statements::EXPIRED_IN_HISTORY, old).await?;
        retention::delete(&mut transaction, &keys, Place::History).await?;
        Ok(keys.len())
    };
    let deleted = deleted.await;
    transaction.end(deleted).await
}

async fn delete_commands(session: &mut Session, keep: Retention) -> Result<u64, Trouble> {
    let (mut transaction, now) = begin(session).await?;
    let query = sqlx::query(statements::COMMANDS_EXPIRE);
    let query = query.bind(before(now, keep.history_days).0).bind(CHUNK as i64);
    let deleted = transaction.execute(query).await.map(|done| done.rows_affected());
    transaction.end(deleted).await
}

/// Rows that were written for instances which had left the running tables. Looked for without a lock first: it takes a pass over the
/// running tables, and there is nearly never one.
async fn collect_strays(session: &mut Session) -> Result<u64, Trouble> {
    let (mut transaction, _) = session.begin(BEGIN_READING.to_owned()).await?;
    let found = strays(&mut transaction).await;
    if transaction.end(found).await?.is_empty() {
        return Ok(0);
    }
    let (mut transaction, now) = begin(session).await?;
    let moved = async {
        let keys = strays(&mut transaction).await?;
        retention::move_on(&mut transaction, &keys, Place::Running, Place::Period, now).await?;
        Ok(keys.len() as u64)
    };
    let moved = moved.await;
    transaction.end(moved).await
}

async fn expired(
    transaction: &mut Transaction<'_>,
    statement: &'static str,
    before: Timestamp,
) -> Result<Vec<(JobId, Ordinal)>, Trouble> {
    let query = sqlx::query_as::<_, (i64, i64)>(statement).bind(before.0).bind(CHUNK as i64);
    let limit = transaction.limit();
    keys(within(limit, query.fetch_all(transaction.connection())).await?)
}

/// Keys of rows in the running tables whose instance is archived.
async fn strays(transaction: &mut Transaction<'_>) -> Result<Vec<(JobId, Ordinal)>, Trouble> {
    let mut found = Vec::new();
    for statement in [statements::STRAY_ATTEMPTS, statements::STRAY_ARRIVALS] {
        let query = sqlx::query_as::<_, (i64, i64)>(statement).bind(CHUNK as i64);
        let limit = transaction.limit();
        found.extend(within(limit, query.fetch_all(transaction.connection())).await?);
    }
    found.sort_unstable();
    found.dedup();
    keys(found)
}

/// Keys in the widths of the core.
fn keys(found: Vec<(i64, i64)>) -> Result<Vec<(JobId, Ordinal)>, Trouble> {
    let narrow = found.into_iter().map(|(job, ordinal)| Ok((job.try_into()?, ordinal.try_into()?)));
    let keys: Result<_, std::num::TryFromIntError> = narrow.collect();
    keys.map_err(|error| Trouble::Damaged(Box::new(error)))
}
