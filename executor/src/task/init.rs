//! The init texts of a platform (its tables, views, functions): each runs once per content.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::engine::{DbError, ResultSink, Row, Session, Value};
use super::hex::hex;
use super::log::{Counted, Log, Stopwatch};
use super::platform::Platform;
use super::text::{Binds, Place, SqlTextError, Statement, statements};

/// Why init texts did not run.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The table of texts that have run.
    #[error("the table daybreak_init cannot be read or written")]
    Table(#[from] DbError),
    /// A text is no SQL. Init texts have no binds: they belong to no period.
    #[error("init text {number}")]
    Text {
        /// Which text, from 1.
        number: usize,
        /// What is wrong.
        source: SqlTextError,
    },
    /// The database refused a statement.
    #[error("init text {number}, {place} (`{head}`)")]
    Statement {
        /// Which text, from 1.
        number: usize,
        /// Which statement of it.
        place: Place,
        /// Its first characters.
        head: String,
        /// Why.
        source: DbError,
    },
}

/// Runs the texts that this platform has not had yet, all in one transaction. Usually one SELECT finds none.
pub(super) async fn initialise(
    platform: &mut Platform,
    texts: &[String],
    log: &mut Log<'_>,
) -> Result<(), InitError> {
    if texts.is_empty() {
        return Ok(());
    }
    let session = &mut platform.session;
    let digests: Vec<String> = texts.iter().map(|text| hex(&Sha256::digest(text.as_bytes()))).collect();
    // An error here is most likely the missing table; if it is another one, the way below meets it again.
    if let Ok(done) = texts_done(session).await
        && digests.iter().all(|digest| done.contains(digest))
    {
        return Ok(());
    }
    // Of many jobs that start at once, the first to hold the lock runs the texts and the others find them done.
    session.begin_write().await?;
    session.execute("create table if not exists daybreak_init (sha256 text primary key)", Row::new()).await?;
    let done = texts_done(session).await?;
    for (i, (text, digest)) in texts.iter().zip(&digests).enumerate() {
        if !done.contains(digest) {
            let watch = Stopwatch::start();
            let count = Counted(run_text(session, i + 1, text).await?, "statement");
            let record = "insert into daybreak_init (sha256) values ($1) on conflict do nothing";
            session.execute(record, vec![digest.as_str().into()]).await?;
            log.line(format_args!("init text {} of {}: {count}, {watch}", i + 1, platform.name));
        }
    }
    session.commit().await?;
    Ok(())
}

async fn texts_done(session: &mut Session) -> Result<BTreeSet<String>, DbError> {
    let rows = session.query("select sha256 from daybreak_init", Row::new()).await?;
    Ok(rows.iter().flatten().filter_map(Value::as_text).map(str::to_owned).collect())
}

async fn run_text(session: &mut Session, number: usize, text: &str) -> Result<u64, InitError> {
    let found = statements(text, &Binds::new()).map_err(|source| InitError::Text { number, source })?;
    let count = found.len() as u64;
    for Statement { place, head, bound } in found {
        session.run(&bound.text, Row::new(), &mut Unseen).await.map_err(|source| InitError::Statement {
            number,
            place,
            head,
            source,
        })?;
    }
    Ok(count)
}

/// For statements whose rows nobody wants to see.
struct Unseen;

impl ResultSink for Unseen {
    fn columns(&mut self, _names: &[&str]) {}
    fn row(&mut self, _row: Row) {}
}
