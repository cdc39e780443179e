//! The output of attempts, read where the agent of this process keeps it.

use daybreak_bus::message::AttemptKey;
use daybreak_executor::layout;
use daybreak_executor::logs::LogReader;
use daybreak_scheduler::api::{LogError, LogPiece, LogSource};

/// The logs of the agent with this data directory.
#[derive(Debug, Clone)]
pub struct LocalLogs(pub layout::DataDir);

impl LogSource for LocalLogs {
    async fn read(
        &self,
        agent: &str,
        attempt: AttemptKey,
        offset: u64,
        limit: usize,
    ) -> Result<LogPiece, LogError> {
        let data = self.0.clone();
        let read = move || {
            // Made anew for each piece, so that a secret that was added since is hidden too.
            let reader = LogReader::new(data)?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(reader.read(attempt, offset, limit)?)
        };
        let failed = |source| LogError::Failed { agent: agent.to_owned(), source };
        let chunk =
            tokio::task::spawn_blocking(read).await.map_err(|error| failed(error.into()))?.map_err(failed)?;
        Ok(LogPiece { bytes: chunk.bytes, next: chunk.next })
    }
}
