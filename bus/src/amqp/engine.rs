//! What both ends have in common: two supervised connections on a thread of their own.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, watch};

use super::consumer::{Audience, Consumer, Settlements};
use super::content::Seal;
use super::inbox::Inbox;
use super::names::Names;
use super::outbox::{Order, Outbox};
use super::publisher::{Publisher, Role};
use super::quarantine::Quarantine;
use super::settings::{AmqpError, AmqpSettings, Endpoint, check_prefix};
use super::state::{Board, LinkState};
use super::supervisor::supervise;
use crate::link::Delivery;

/// How a link is, and how it is ended. Cheap to clone.
#[derive(Clone)]
pub struct LinkControl {
    state: watch::Receiver<LinkState>,
    closing: Arc<watch::Sender<bool>>,
    outbox: Outbox,
    quarantined: Arc<AtomicU64>,
}

impl LinkControl {
    /// How the link is, and how it changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<LinkState> {
        self.state.clone()
    }

    /// Messages that were received and were none, since the start.
    #[must_use]
    pub fn quarantined(&self) -> u64 {
        self.quarantined.load(Ordering::Relaxed)
    }

    /// Messages that could not be sent and were given up, since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.outbox.dropped()
    }

    /// Ends the link: what is under way is finished, if the broker answers, and nothing more is received or sent.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    pub(super) fn is_closed(&self) -> bool {
        *self.closing.borrow()
    }
}

/// The next delivery; `None` once the link is closed.
pub(super) async fn receive<M>(inbox: &Inbox<M>, control: &LinkControl) -> Option<Delivery<M>> {
    let mut closing = control.closing.subscribe();
    tokio::select! {
        biased;
        _ = closing.wait_for(|closing| *closing) => None,
        delivery = inbox.next() => Some(delivery),
    }
}

/// A link before it is started.
pub(super) struct Engine {
    receiver: String,
    names: Names,
    board: Arc<Board>,
    publisher: Publisher,
    control: LinkControl,
}

impl Engine {
    /// `receiver` is `scheduler` or the agent's name.
    pub(super) fn new(settings: &AmqpSettings, receiver: &str, role: Role) -> Result<Self, AmqpError> {
        check_prefix(&settings.prefix)?;
        let endpoint = Endpoint::new(settings)?;
        let names = Names::new(&settings.prefix);
        let board = Arc::new(Board::new());
        let (outbox, orders): (Outbox, mpsc::UnboundedReceiver<Order>) = Outbox::new(board.watch());
        let closing = Arc::new(watch::Sender::new(false));
        let publisher = Publisher {
            endpoint,
            name: format!("daybreak {receiver} publishes"),
            names: names.clone(),
            role,
            board: Arc::clone(&board),
            orders,
            closing: closing.subscribe(),
            dropped: outbox.counter(),
            waiting: VecDeque::new(),
        };
        let control = LinkControl { state: board.watch(), closing, outbox, quarantined: Arc::default() };
        Ok(Self { receiver: receiver.to_owned(), names, board, publisher, control })
    }

    pub(super) fn names(&self) -> Names {
        self.names.clone()
    }

    pub(super) fn outbox(&self) -> Outbox {
        self.control.outbox.clone()
    }

    pub(super) fn control(&self) -> LinkControl {
        self.control.clone()
    }

    /// Starts the link's thread. Both ends block theirs now and then, for a commit or for the sync of a journal, and a broker
    /// that hears nothing closes the connection.
    pub(super) fn run<A: Audience + 'static>(
        self,
        audience: A,
        seal: Arc<Seal>,
    ) -> Result<Inbox<A::Message>, AmqpError> {
        let Self { receiver, names, board, publisher, control } = self;
        let inbox = Inbox::new();
        let deliveries = inbox.clone();
        let consumer = Consumer {
            endpoint: publisher.endpoint.clone(),
            name: format!("daybreak {receiver} consumes"),
            audience,
            seal,
            board: Arc::clone(&board),
            closing: control.closing.subscribe(),
            inbox,
            quarantine: Quarantine {
                names,
                receiver,
                outbox: control.outbox.clone(),
                count: control.quarantined,
                logged: BTreeSet::new(),
            },
            settlements: Settlements::new(),
        };
        let closing = publisher.closing.clone();
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(AmqpError::Thread)?;
        let work = move || {
            let both = async {
                tokio::join!(
                    supervise(publisher, Arc::clone(&board), closing.clone()),
                    supervise(consumer, Arc::clone(&board), closing.clone()),
                )
            };
            runtime.block_on(both);
            // A try to connect may still be under way on the library's thread.
            runtime.shutdown_background();
        };
        std::thread::Builder::new().name("amqp".to_owned()).spawn(work).map_err(AmqpError::Thread)?;
        Ok(deliveries)
    }
}
