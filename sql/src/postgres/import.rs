//! An empty database that a store is copied into.

use std::time::Duration;

use daybreak_scheduler::ports::StoreError;
use futures::TryStreamExt;
use sqlx::AssertSqlSafe;

use super::connection::within;
use super::session::{BEGIN, Session, Transaction};
use super::settings::{PostgresSettings, Target};
use super::store::PostgresStore;
use super::text;
use super::trouble::Trouble;
use crate::copy::{Copied, Singles, Sum, Table, tables};
use crate::sqlite::{COPY_OPERATION, Source};
use crate::statements::CONTROL_WRITE;

/// One table, or comparing it, may take this long.
const LIMIT: Duration = Duration::from_secs(3_600);
/// Sent together.
const BYTES: usize = 1 << 20;
/// So much higher is the term of the copy.
const TERMS: i64 = 1_000;

/// The database.
#[derive(Debug)]
pub(crate) struct Import {
    session: Session,
    place: String,
}

/// What went wrong on either side.
enum Failed {
    Source(StoreError),
    Target(Trouble),
}

impl<E: Into<Trouble>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Target(error.into())
    }
}

impl Import {
    /// Brings the database to the newest schema.
    pub(crate) async fn open(settings: &PostgresSettings) -> Result<Self, StoreError> {
        let store = PostgresStore::open(settings).await?;
        let place = store.place().to_owned();
        store.close().await;
        let target = Target::of(settings).map_err(|trouble| trouble.failed(COPY_OPERATION, &place))?;
        Ok(Self { session: Session::new(target), place })
    }

    pub(crate) async fn close(&mut self) {
        self.session.close().await;
    }
}

/// Copies everything in one transaction, and compares before it commits.
pub(crate) async fn import(target: &mut Import, source: &mut Source) -> Result<Copied, StoreError> {
    let Import { session, place } = target;
    let failed = |trouble: Trouble| trouble.failed(COPY_OPERATION, place);
    let (mut transaction, _) = session.begin(BEGIN.to_owned()).await.map_err(failed)?;
    match copy(&mut transaction, source).await {
        Ok(copied) => transaction.end(Ok(copied)).await.map_err(failed),
        Err(error) => {
            transaction.rollback().await;
            Err(match error {
                Failed::Source(error) => error,
                Failed::Target(trouble) => failed(trouble),
            })
        }
    }
}

async fn copy(transaction: &mut Transaction<'_>, source: &mut Source) -> Result<Copied, Failed> {
    transaction.take_time(LIMIT).await?;
    // Nobody begins a term meanwhile.
    let leader = sqlx::query_scalar::<_, i64>("SELECT term FROM leader WHERE one = 1 FOR UPDATE");
    let term = within(LIMIT, leader.fetch_one(transaction.connection())).await?;
    let tables = tables();
    if term > 0 {
        return Err(Trouble::NotEmpty { table: "leader".to_owned() }.into());
    }
    for table in &tables {
        let any = format!("SELECT EXISTS (SELECT 1 FROM {})", table.name);
        let any = sqlx::query_scalar::<_, bool>(AssertSqlSafe(any));
        if within(LIMIT, any.fetch_one(transaction.connection())).await? {
            return Err(Trouble::NotEmpty { table: table.name.clone() }.into());
        }
    }
    let mut copied = Copied::default();
    for table in &tables {
        let read = copy_table(transaction, source, table).await?;
        let written = sum(transaction, table).await?;
        if read != written {
            let (read, written) = (read.rows, written.rows);
            return Err(Trouble::NotTheSame { table: table.name.clone(), read, written }.into());
        }
        copied.tables.push((table.name.clone(), read.rows));
    }
    let singles = source.singles().await.map_err(Failed::Source)?;
    write_singles(transaction, singles).await?;
    Ok(copied)
}

async fn copy_table(
    transaction: &mut Transaction<'_>,
    source: &mut Source,
    table: &Table,
) -> Result<Sum, Failed> {
    let statement = format!("COPY {} ({}) FROM STDIN", table.name, table.columns());
    let mut copy = within(LIMIT, transaction.connection().copy_in_raw(&statement)).await?;
    let mut lines = source.lines(table);
    let (mut sum, mut pending) = (Sum::default(), Vec::with_capacity(BYTES));
    while let Some(line) = lines.try_next().await.map_err(Failed::Source)? {
        sum.add(&line);
        pending.extend_from_slice(&line);
        pending.push(b'\n');
        if pending.len() >= BYTES {
            within(LIMIT, copy.send(pending.as_slice())).await?;
            pending.clear();
        }
    }
    within(LIMIT, copy.send(pending.as_slice())).await?;
    within(LIMIT, copy.finish()).await?;
    Ok(sum)
}

/// What stands in the table now, in the server's own words.
async fn sum(transaction: &mut Transaction<'_>, table: &Table) -> Result<Sum, Trouble> {
    let statement = format!("COPY {} ({}) TO STDOUT", table.name, table.columns());
    let mut sum = Sum::default();
    let read = async {
        let mut lines = transaction.connection().copy_out_raw(&statement).await?;
        while let Some(line) = lines.try_next().await? {
            sum.add(line.strip_suffix(b"\n").unwrap_or(&line));
        }
        Ok(())
    };
    within(LIMIT, read).await?;
    Ok(sum)
}

async fn write_singles(transaction: &mut Transaction<'_>, singles: Singles) -> Result<(), Trouble> {
    let Singles { term, batch_seq, now_ms, control: (frozen, by_ms, since_ms) } = singles;
    let leader = "UPDATE leader SET term = $1, batch_seq = $2, now_ms = $3 WHERE one = 1";
    transaction.execute(sqlx::query(leader).bind(term + TERMS).bind(batch_seq).bind(now_ms)).await?;
    let control =
        sqlx::query(CONTROL_WRITE).bind(frozen.as_deref().map(text::stored)).bind(by_ms).bind(since_ms);
    transaction.execute(control).await?;
    // The next command comes after those that were copied.
    let seq = "SELECT setval(pg_get_serial_sequence('command', 'seq'), max(seq)) FROM command HAVING max(seq) IS NOT NULL";
    transaction.execute(sqlx::query(seq)).await?;
    Ok(())
}
