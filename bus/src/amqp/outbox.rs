//! What waits to be published: bounded, and never waited for longer than there is hope.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lapin::types::FieldTable;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout};

use super::limits::{CALL_MAX, KEEP_MAX, ROOM_UNIT_BYTES, ROOM_UNITS};
use super::names::PROBE;
use super::state::LinkState;
use crate::message::Incarnation;

/// What the publisher is to do, in this order.
pub(super) enum Order {
    Publish(Parcel),
    /// A mailbox that has to be there.
    Declare {
        agent: String,
        incarnation: Incarnation,
    },
    /// A mailbox that has no reader any more.
    Delete {
        agent: String,
        incarnation: Incarnation,
    },
}

/// A message on its way to the broker.
pub(super) struct Parcel {
    pub(super) letter: Arc<Letter>,
    /// Dropped when it is still here then.
    pub(super) until: Instant,
    /// Its place; given back when it is confirmed or dropped.
    _room: Option<OwnedSemaphorePermit>,
}

/// What is published, and where.
pub(super) struct Letter {
    pub(super) exchange: String,
    pub(super) key: String,
    pub(super) bytes: Vec<u8>,
    pub(super) headers: FieldTable,
    /// Survives a restart of the broker.
    pub(super) durable: bool,
    /// Comes back if there is no queue for it.
    pub(super) mandatory: bool,
}

impl Parcel {
    /// A message that takes no room and is of no use in another connection.
    pub(super) fn probe(exchange: String) -> Self {
        let letter = Letter {
            exchange,
            key: PROBE.to_owned(),
            bytes: Vec::new(),
            headers: FieldTable::default(),
            durable: false,
            mandatory: false,
        };
        Self { letter: Arc::new(letter), until: Instant::now(), _room: None }
    }
}

/// The way to the publisher.
#[derive(Clone)]
pub(super) struct Outbox {
    orders: mpsc::UnboundedSender<Order>,
    room: Arc<Semaphore>,
    state: watch::Receiver<LinkState>,
    dropped: Arc<AtomicU64>,
}

impl Outbox {
    pub(super) fn new(state: watch::Receiver<LinkState>) -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (orders, receiver) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(ROOM_UNITS as usize));
        (Self { orders, room, state, dropped: Arc::default() }, receiver)
    }

    /// Hands a message over. While messages go out, waits for room; a message that finds none when they do not is dropped:
    /// whoever sends repeats it later (P14).
    pub(super) async fn publish(&self, letter: Letter) {
        let units = units(&letter);
        let room = match Arc::clone(&self.room).try_acquire_many_owned(units) {
            Ok(room) => Some(room),
            Err(_) => self.wait_for_room(units).await,
        };
        match room {
            Some(room) => self.hand_over(letter, room),
            None => self.drop_letter(&letter),
        }
    }

    /// Hands a small message over that nobody repeats and nobody waits for. Not more than there is room for.
    pub(super) fn publish_if_room(&self, letter: Letter) {
        match Arc::clone(&self.room).try_acquire_many_owned(units(&letter)) {
            Ok(room) => self.hand_over(letter, room),
            Err(_) => self.drop_letter(&letter),
        }
    }

    pub(super) fn order(&self, order: Order) {
        // A link that is closing does nothing more.
        let _ = self.orders.send(order);
    }

    /// Messages that were given up since the start.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }

    fn hand_over(&self, letter: Letter, room: OwnedSemaphorePermit) {
        let until = Instant::now() + KEEP_MAX;
        self.order(Order::Publish(Parcel { letter: Arc::new(letter), until, _room: Some(room) }));
    }

    async fn wait_for_room(&self, units: u32) -> Option<OwnedSemaphorePermit> {
        let mut state = self.state.clone();
        let room = Arc::clone(&self.room).acquire_many_owned(units);
        tokio::select! {
            room = timeout(CALL_MAX, room) => room.ok()?.ok(),
            _ = state.wait_for(|state| !state.is_up()) => None,
        }
    }

    fn drop_letter(&self, letter: &Letter) {
        let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
        let key = &letter.key;
        tracing::error!(key, dropped, "message dropped: too many wait for the broker; it will be repeated");
    }
}

fn units(letter: &Letter) -> u32 {
    let units = letter.bytes.len().div_ceil(ROOM_UNIT_BYTES).max(1);
    u32::try_from(units).unwrap_or(ROOM_UNITS).min(ROOM_UNITS)
}
