//! Work that computes for long, away from the threads that serve everybody.

use std::panic;

/// Runs `work` on a thread of its own. A panic in it goes on in the caller.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failure) => match failure.try_into_panic() {
            Ok(cause) => panic::resume_unwind(cause),
            // Only a runtime that shuts down cancels such work, and then nobody waits for the result any more.
            Err(_) => std::future::pending().await,
        },
    }
}
