//! Deliveries that the receiver has not fetched yet.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::link::Delivery;

/// Where a connection puts deliveries, and the receiver takes them. Bounded by what the broker hands out before the first is settled.
pub(super) struct Inbox<M> {
    waiting: Arc<Mutex<VecDeque<Delivery<M>>>>,
    filled: Arc<Notify>,
}

impl<M> Clone for Inbox<M> {
    fn clone(&self) -> Self {
        Self { waiting: Arc::clone(&self.waiting), filled: Arc::clone(&self.filled) }
    }
}

impl<M> Inbox<M> {
    pub(super) fn new() -> Self {
        Self { waiting: Arc::default(), filled: Arc::default() }
    }

    pub(super) fn put(&self, delivery: Delivery<M>) {
        self.waiting().push_back(delivery);
        self.filled.notify_one();
    }

    /// Forgets what an earlier connection delivered: the broker delivers it again. A receiver that is busy for hours would find a
    /// copy of everything for every connection that broke meanwhile.
    pub(super) fn clear(&self) {
        let old = std::mem::take(&mut *self.waiting());
        // Not under the lock: dropping a delivery tells its connection.
        drop(old);
    }

    /// The next one. Cancel safe: nothing is taken before it is returned. There is one receiver.
    pub(super) async fn next(&self) -> Delivery<M> {
        loop {
            if let Some(delivery) = self.waiting().pop_front() {
                return delivery;
            }
            // What came in since the look has left its permit.
            self.filled.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Delivery<M>>> {
        // Every critical section leaves the queue whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
