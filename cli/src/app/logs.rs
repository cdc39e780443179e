//! The output of attempts, read where the agent of this process keeps it.

use daybreak_bus::message::AttemptKey;
use daybreak_executor::layout;
use daybreak_executor::logs::LogReader;
use daybreak_scheduler::api::{LogError, LogPiece, LogSource};

/// The logs of the agent with this data directory.
#[derive(Debug, Clone)]
pub struct LocalLogs(LogReader);

impl LocalLogs {
    /// Those of the agent with this data directory.
    #[must_use]
    pub fn new(data: layout::DataDir) -> Self {
        Self(LogReader::new(data))
    }
}

impl LogSource for LocalLogs {
    async fn read(
        &self,
        agent: &str,
        attempt: AttemptKey,
        offset: u64,
        limit: usize,
    ) -> Result<LogPiece, LogError> {
        let reader = self.0.clone();
        let failed = |source| LogError::Failed { agent: agent.to_owned(), source };
        let read = tokio::task::spawn_blocking(move || reader.read(attempt, offset, limit)).await;
        let chunk = read.map_err(|error| failed(error.into()))?.map_err(|error| failed(error.into()))?;
        Ok(LogPiece { bytes: chunk.bytes, next: chunk.next })
    }
}
