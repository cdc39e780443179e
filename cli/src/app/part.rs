//! Parts of the process that run side by side, and how they end.

use std::error::Error;
use std::future::Future;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::ExpectedError;

/// Running parts in the order in which they were started.
#[derive(Debug, Default)]
pub struct Parts {
    running: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    stop: watch::Sender<bool>,
    /// Absent once its end has been told.
    task: Option<JoinHandle<Result<(), ExpectedError>>>,
}

impl Parts {
    /// Starts a part. `begin` is given the future that tells it to stop.
    pub fn spawn<F, E>(&mut self, name: &'static str, begin: impl FnOnce(Stop) -> F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Error + Send + Sync + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        let work = begin(Box::pin(async move {
            let mut stopped = stopped;
            // An error means that the sender is gone, which is a reason to stop as well.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        }));
        let task = tokio::spawn(async move {
            work.await.map_err(|source| ExpectedError::Part { part: name, source: source.into() })
        });
        self.running.push(Part { name, stop, task: Some(task) });
    }

    /// Waits until a part ends that was not asked to. Cancel safe.
    pub async fn failure(&mut self) -> ExpectedError {
        let (ended, _, _) =
            futures::future::select_all(self.running.iter_mut().map(|part| Box::pin(part.wait()))).await;
        ended
    }

    /// Stops one part, by name, before the others.
    ///
    /// # Errors
    /// It failed on its way out.
    pub async fn stop_part(&mut self, name: &str) -> Result<(), ExpectedError> {
        let found = self.running.iter().position(|part| part.name == name);
        match found.map(|at| self.running.remove(at)) {
            Some(part) => part.stop().await,
            None => Ok(()),
        }
    }

    /// Stops the parts, the last one first, each before the next.
    ///
    /// # Errors
    /// The first failure; the other parts are stopped all the same.
    pub async fn stop(mut self) -> Result<(), ExpectedError> {
        let mut result = Ok(());
        while let Some(part) = self.running.pop() {
            let ended = part.stop().await;
            result = result.and(ended);
        }
        result
    }
}

impl Part {
    async fn stop(self) -> Result<(), ExpectedError> {
        self.stop.send_replace(true);
        match self.task {
            Some(task) => joined(task.await),
            None => Ok(()),
        }
    }

    /// The end of a part that nobody asked to end.
    async fn wait(&mut self) -> ExpectedError {
        let Some(task) = &mut self.task else { return std::future::pending().await };
        let ended = joined(task.await);
        self.task = None;
        match ended {
            Err(error) => error,
            Ok(()) => {
                ExpectedError::Part { part: self.name, source: "it ended although nobody asked it to".into() }
            }
        }
    }
}

/// Tells a part to stop.
pub type Stop = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// A panic of a part is a bug of ours: it goes on in whoever waits for the part.
fn joined(result: Result<Result<(), ExpectedError>, tokio::task::JoinError>) -> Result<(), ExpectedError> {
    match result {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Nobody aborts parts: the runtime is being shut down.
            Err(_) => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn parts_stop_in_reverse_order() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut parts = Parts::default();
        for name in ["store", "scheduler", "agent"] {
            let order = Arc::clone(&order);
            parts.spawn(name, move |stop| async move {
                stop.await;
                order.lock().expect("nobody panics with it").push(name);
                Ok::<_, io::Error>(())
            });
        }
        parts.stop().await.expect("all end well");
        assert_eq!(*order.lock().expect("nobody panics with it"), ["agent", "scheduler", "store"]);
    }

    #[tokio::test]
    async fn a_part_that_fails_says_so_by_name() {
        let mut parts = Parts::default();
        parts.spawn("scheduler", |stop| async move {
            stop.await;
            Ok::<_, io::Error>(())
        });
        parts.spawn("agent", |_| async { Err(io::Error::other("no journal")) });
        assert!(matches!(parts.failure().await, ExpectedError::Part { part: "agent", .. }));
    }

    #[tokio::test]
    async fn a_part_that_just_ends_is_a_failure_too() {
        let mut parts = Parts::default();
        parts.spawn("agent", |_| async { Ok::<_, io::Error>(()) });
        assert!(matches!(parts.failure().await, ExpectedError::Part { part: "agent", .. }));
    }
}
