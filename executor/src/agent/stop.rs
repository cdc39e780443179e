//! The wish that an agent should stop.

use std::convert::Infallible;

use tokio::sync::oneshot;

/// Becomes ready, and stays so, when the other end is dropped.
pub(super) struct StopSignal {
    dropped: oneshot::Receiver<Infallible>,
    wanted: bool,
}

impl StopSignal {
    /// A signal, and what to drop to give it.
    pub(super) fn channel() -> (oneshot::Sender<Infallible>, Self) {
        let (leave, dropped) = oneshot::channel();
        (leave, Self { dropped, wanted: false })
    }

    /// Waits until somebody wants the agent to stop. Cancel safe; ready at once from then on.
    pub(super) async fn wanted(&mut self) {
        if !self.wanted {
            // Nothing can be sent: an end is the only thing to wait for.
            let _ = (&mut self.dropped).await;
            self.wanted = true;
        }
    }
}
