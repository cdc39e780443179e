//! What a server does beside its work: moving old rows on, and noticing tokens that came or went.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use daybreak_scheduler::api::Tokens;
use daybreak_scheduler::ports::StoreError;
use daybreak_sql::retention::Maintained;

use super::Stop;
use crate::error::ExpectedError;
use crate::tokens::TokenFile;

/// Pause between two rounds of retention.
const RETENTION_EVERY: Duration = Duration::from_secs(3600);

/// How soon a token that was taken back is worth nothing, and a new one something.
const TOKENS_EVERY: Duration = Duration::from_millis(200);

/// Moves and deletes old rows once an hour, as `maintain` does it. A round that fails is tried again in the next: the store says elsewhere, and
/// more loudly, when it takes no writes.
///
/// # Errors
/// None: it ends only when it is told to.
pub async fn retain<F>(mut maintain: impl FnMut() -> F, mut stop: Stop) -> Result<(), ExpectedError>
where
    F: Future<Output = Result<Maintained, StoreError>>,
{
    loop {
        let round = tokio::select! {
            () = &mut stop => return Ok(()),
            // May be dropped at any moment: what a chunk has done stays done.
            round = maintain() => round,
        };
        match round {
            Ok(done) => tracing::debug!(?done, "old rows were moved on"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "old rows could not be moved on");
            }
        }
        tokio::select! {
            () = &mut stop => return Ok(()),
            () = tokio::time::sleep(RETENTION_EVERY) => {}
        }
    }
}

/// Reads the file of tokens again whenever it has changed: without a token in it, nobody is let in. A file that cannot be read changes nothing: whoever writes it
/// replaces it in one step, so it is damage, and shutting everybody out would help nobody.
///
/// # Errors
/// None: it ends only when it is told to.
pub async fn follow_tokens(path: PathBuf, tokens: Tokens, mut stop: Stop) -> Result<(), ExpectedError> {
    let mut seen = changed_at(&path);
    loop {
        tokio::select! {
            () = &mut stop => return Ok(()),
            () = tokio::time::sleep(TOKENS_EVERY) => {}
        }
        let now = changed_at(&path);
        if now == seen {
            continue;
        }
        seen = now;
        match TokenFile::read(&path).map(|file| file.accepted().map(|accepted| tokens.replace(&accepted))) {
            Ok(Ok(())) => tracing::info!("the tokens were read again"),
            Ok(Err(error)) => tracing::error!(%error, "the tokens stay what they were"),
            Err(error) => tracing::error!(%error, "the tokens stay what they were"),
        }
    }
}

/// Every change makes another file: two within one tick of the file system's clock differ too.
fn changed_at(path: &std::path::Path) -> Option<(u64, SystemTime)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.ino(), about.modified().ok()?))
}
