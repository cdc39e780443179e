//! Looks for the deliveries of interfaces.
//!
//! A delivery with a check file counts when the check file is there, names all files that match the pattern, and sizes and
//! checksums are right. Without a check file it counts when no matching file has changed between two looks, by its size and the time of writing. What is
//! wrong, and the same at two looks, is reported once as such; what is right is repeated until the scheduler says that it
//! knows it.

mod known;
mod listing;
mod look;

use std::path::PathBuf;
use std::time::Duration;

use daybreak_bus::message::{Delivered, Watch};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use known::Known;
use look::Looker;

/// Looks for `wants` every `poll`, and at once when they change, until nobody listens to `found` any more.
///
/// Files are read on worker threads; however long a checksum takes, nobody waits for it but the delivery itself.
pub(crate) async fn watch(
    root: PathBuf,
    poll: Duration,
    mut wants: watch::Receiver<Vec<Watch>>,
    found: mpsc::UnboundedSender<Vec<Delivered>>,
) {
    let mut looker = Looker::new(root);
    let mut known = Known::default();
    loop {
        let list = wants.borrow_and_update().clone();
        if !list.is_empty() {
            let look = tokio::task::spawn_blocking(move || {
                let deliveries = looker.look(&list);
                (looker, list, deliveries)
            });
            let Ok((back, list, deliveries)) = look.await else {
                // A panic in there is a bug, and the looker is gone with what it remembers.
                tracing::error!(
                    "looking for deliveries failed; this agent looks for no more until it is started again"
                );
                return;
            };
            looker = back;
            let news = known.news(&list, deliveries);
            if !news.is_empty() && found.send(news).is_err() {
                return;
            }
        }
        // An empty list needs no looks.
        let changed = if wants.borrow().is_empty() {
            wants.changed().await
        } else {
            timeout(poll, wants.changed()).await.unwrap_or(Ok(()))
        };
        if changed.is_err() {
            return;
        }
    }
}
