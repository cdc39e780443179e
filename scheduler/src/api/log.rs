//! The output of attempts, in pieces. Logs are addressed by attempt, never by path.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use daybreak_bus::message::AttemptKey;
use tokio::time::Instant;

use super::Api;
use super::error::ApiError;
use super::extract::Params;
use super::locate::locate;
use super::types::{ErrorCode, Finding, LOG_CHUNK_BYTES_MAX, LogChunk};
use crate::engine::view::InstanceView;
use crate::ports::History;
use crate::rows::AttemptRow;
use crate::shell::in_words;

/// Longest time that a follower's request stays open without anything new.
const FOLLOW_MAX: Duration = Duration::from_secs(20);

/// How often a log is looked at while somebody follows: nobody tells us that a file has grown.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A log that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The attempt has left no output: it has not started, or its log has been cleared away.
    #[error("there is no output")]
    Missing,
    /// The agent that has it cannot be asked now.
    #[error("failed to read the output at agent `{agent}`")]
    Failed {
        /// The agent's name.
        agent: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A piece of an attempt's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPiece {
    /// What was read; empty at the end of what there is so far.
    pub bytes: Vec<u8>,
    /// The offset to read from next. It is not always `offset + bytes.len()`: where a log outgrew its cap, its middle is missing.
    pub next: u64,
}

/// Where the output of attempts is.
pub trait LogSource: Clone + Send + Sync + 'static {
    /// About `limit` bytes of an attempt's output from byte `offset` on.
    ///
    /// # Errors
    /// See [`LogError`].
    fn read(
        &self,
        agent: &str,
        attempt: AttemptKey,
        offset: u64,
        limit: usize,
    ) -> impl Future<Output = Result<LogPiece, LogError>> + Send;
}

/// What is asked for.
struct Asked {
    attempt: Option<u32>,
    offset: u64,
    follow: bool,
}

fn asked(params: &Params) -> Result<Asked, ApiError> {
    let mut reader = params.reader(&["attempt", "offset", "follow"]);
    let asked = Asked {
        attempt: reader.one("attempt", "1"),
        offset: reader.one("offset", "0").unwrap_or(0),
        follow: reader.one("follow", "true").unwrap_or(false),
    };
    reader.finish(asked)
}

/// `GET /v1/log/{job}/{period}`: with `follow` it waits a while for something new.
pub(super) async fn log<H: History, L: LogSource>(
    State(api): State<Api<H, L>>,
    Path((job, period)): Path<(String, String)>,
    params: Params,
) -> Result<Json<LogChunk>, ApiError> {
    let Asked { attempt, offset, follow } = asked(&params)?;
    let instance = locate(&api, job, period).await?.into_view();
    let until = Instant::now() + FOLLOW_MAX;
    let row = loop {
        let begun = attempt_of(&api.history, &instance, attempt).await;
        // What has not begun may begin yet.
        match begun {
            Err(_) if follow && !is_over(&api, &instance).await? => {}
            begun => break begun?,
        }
        if Instant::now() >= until {
            return Ok(Json(LogChunk { next_offset: offset, ..LogChunk::default() }));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    loop {
        // Asked before reading: what the attempt wrote before its end is read after it.
        let over = has_ended(&api, &instance, row.attempt).await?;
        let chunk = read(&api.logs, &row, offset, over).await?;
        if !follow || !chunk.text.is_empty() || chunk.ended || Instant::now() >= until {
            return Ok(Json(chunk));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The asked attempt; without a number the newest one.
async fn attempt_of<H: History>(
    history: &H,
    instance: &InstanceView,
    attempt: Option<u32>,
) -> Result<AttemptRow, ApiError> {
    let attempts = history.attempts(instance.target.job, instance.target.ordinal).await?;
    let name = format!("{}@{}", instance.job, instance.period);
    let Some(newest) = attempts.last().map(|row| row.attempt) else {
        return Err(ApiError::not_found(Finding::NotStarted { name }));
    };
    let attempt = attempt.unwrap_or(newest);
    let found = attempts.into_iter().find(|row| row.attempt == attempt);
    found.ok_or_else(|| ApiError::not_found(Finding::NoAttempt { name, attempt, newest }))
}

/// Whether no attempt of it begins any more, unless a person wants one.
async fn is_over<H, L>(api: &Api<H, L>, instance: &InstanceView) -> Result<bool, ApiError> {
    let target = instance.target;
    let now = api.handle.query(move |core| core.instance(target)).await?;
    Ok(now.is_none_or(|now| now.state.is_terminal()))
}

/// Whether an attempt writes no more.
async fn has_ended<H, L>(api: &Api<H, L>, instance: &InstanceView, attempt: u32) -> Result<bool, ApiError> {
    let target = instance.target;
    let now = api.handle.query(move |core| core.instance(target)).await?;
    Ok(now.is_none_or(|now| now.attempt != attempt || !now.state.is_occupying()))
}

async fn read<L: LogSource>(
    logs: &L,
    row: &AttemptRow,
    offset: u64,
    over: bool,
) -> Result<LogChunk, ApiError> {
    let key = AttemptKey { job: row.job, ordinal: row.ordinal, attempt: row.attempt };
    let LogPiece { bytes, next } = match logs.read(&row.agent, key, offset, LOG_CHUNK_BYTES_MAX).await {
        Ok(piece) => piece,
        Err(LogError::Missing) => LogPiece { bytes: Vec::new(), next: offset },
        Err(error @ LogError::Failed { .. }) => {
            let finding = Finding::OutputUnread { reason: in_words(&error) };
            return Err(ApiError::of(ErrorCode::Unavailable, finding));
        }
    };
    // Until a read gives nothing: a piece may be short although more follows, where the middle of a log is missing.
    let last = over && bytes.is_empty();
    let (text, used) = text_of(&bytes, over && bytes.len() < LOG_CHUNK_BYTES_MAX);
    Ok(LogChunk { attempt: row.attempt, text, next_offset: next - (bytes.len() - used) as u64, ended: last })
}

/// Bytes as text, and how many of them. A character that is not yet complete is left for the next piece, unless there is none.
fn text_of(bytes: &[u8], last: bool) -> (String, usize) {
    let incomplete = match bytes.utf8_chunks().last() {
        Some(chunk)
            if !last
                && std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none()) =>
        {
            chunk.invalid().len()
        }
        _ => 0,
    };
    let used = bytes.len() - incomplete;
    (String::from_utf8_lossy(&bytes[..used]).into_owned(), used)
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn characters_are_not_cut_apart() {
        let bytes = "账期".as_bytes();
        let cases: [(&[u8], bool, &str, usize); 7] = [
            (bytes, false, "账期", 6),
            (&bytes[..5], false, "账", 3),
            (&bytes[..4], false, "账", 3),
            (&bytes[..1], false, "", 0),
            (&bytes[..5], true, "账\u{fffd}", 5),
            (b"a\xff", false, "a\u{fffd}", 2),
            (b"", false, "", 0),
        ];
        for (bytes, last, text, used) in cases {
            assert_eq!(text_of(bytes, last), (text.to_owned(), used), "{bytes:?}");
        }
    }
}
