//! The consuming connection: deliveries to the receiver, and what became of them back to the broker.

use std::sync::Arc;

use futures::future::{self, BoxFuture};
use futures::stream;
use futures::{FutureExt, Stream, StreamExt};
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicNackOptions, BasicQosOptions};
use lapin::types::ShortString;
use lapin::{Acker, Channel, Consumer as Deliveries, Event};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, interval, timeout};

use super::content::{Garbage, Seal};
use super::inbox::Inbox;
use super::limits::{CLOSE_MAX, PREFETCH, PROBE_EVERY, TICK};
use super::quarantine::Quarantine;
use super::settings::Endpoint;
use super::settlements::{Book, Tag, Word};
use super::state::{Board, Half, Side};
use super::supervisor::Work;
use super::wire::{Failure, Wire, call};
use crate::link::{Delivery, Outcome, Receipt};
use crate::seal::Mark;

/// What one end consumes, and how it understands it.
pub(super) trait Audience: Send {
    /// What it is told.
    type Message: Send + 'static;

    /// Waits until it is known what to consume.
    fn ready(&mut self) -> impl Future<Output = ()> + Send;

    /// Begins to consume, on a channel that [`begin`] has opened.
    fn open(&mut self, wire: &Wire) -> impl Future<Output = Result<Opened, Failure>> + Send;

    /// The message and what tells it from others; `None` if it was for the link itself.
    ///
    /// # Errors
    /// The bytes are no message, or not believed.
    fn understand(&self, key: &str, bytes: &[u8]) -> Result<Option<(Self::Message, Mark)>, Garbage>;

    /// Waits until something else is to be consumed.
    fn changed(&mut self) -> impl Future<Output = ()> + Send;
}

/// A channel with its consumers.
pub(super) struct Opened {
    pub(super) channel: Channel,
    pub(super) deliveries: Vec<Deliveries>,
}

/// A new channel with a bounded number of deliveries under way.
pub(super) async fn begin(wire: &Wire) -> Result<Channel, Failure> {
    let channel = wire.channel().await?;
    limit(&channel).await?;
    Ok(channel)
}

async fn limit(channel: &Channel) -> Result<(), Failure> {
    call("answer", channel.basic_qos(PREFETCH, BasicQosOptions::default())).await
}

/// What became of a delivery.
struct Settled {
    session: u64,
    tag: Tag,
    acker: Acker,
    outcome: Outcome,
}

pub(super) struct Consumer<A: Audience> {
    pub(super) endpoint: Endpoint,
    /// How the broker's tools show the connection.
    pub(super) name: String,
    pub(super) audience: A,
    pub(super) seal: Arc<Seal>,
    pub(super) board: Arc<Board>,
    pub(super) closing: watch::Receiver<bool>,
    pub(super) inbox: Inbox<A::Message>,
    pub(super) quarantine: Quarantine,
    pub(super) settlements: Settlements,
}

/// What comes back from receivers, and which connection it belongs to.
pub(super) struct Settlements {
    say: mpsc::UnboundedSender<Settled>,
    said: mpsc::UnboundedReceiver<Settled>,
    session: u64,
    book: Book<Acker>,
    telling: Option<Telling>,
}

impl Settlements {
    pub(super) fn new() -> Self {
        let (say, said) = mpsc::unbounded_channel();
        Self { say, said, session: 0, book: Book::new(), telling: None }
    }

    fn begin_session(&mut self) {
        self.session += 1;
        self.book = Book::new();
        self.telling = None;
    }

    fn receipt(&self, tag: Tag, acker: Acker, seal: Arc<Seal>, mark: Mark) -> Receipt {
        let (say, session) = (self.say.clone(), self.session);
        Receipt::new(move |outcome| {
            if outcome == Outcome::Settled {
                seal.keep(mark);
            }
            // A link that has ended: the broker delivers again.
            let _ = say.send(Settled { session, tag, acker, outcome });
        })
    }

    fn settle(&mut self, tag: Tag, acker: Acker) {
        self.book.note(tag, acker, Outcome::Settled);
    }

    /// What was delivered by an earlier connection is delivered again by this one: its settlement says nothing to the broker.
    fn note(&mut self, settled: Settled) {
        let Settled { session, tag, acker, outcome } = settled;
        if session == self.session {
            self.book.note(tag, acker, outcome);
        }
    }

    /// Tells the broker one word, when there is one. Cancel safe.
    async fn tell(&mut self) -> Result<(), Failure> {
        loop {
            if let Some(telling) = &mut self.telling {
                let told = telling.await;
                self.telling = None;
                return if told? { Ok(()) } else { Err(Failure::new("a delivery of this channel is stale")) };
            }
            if !self.begin_word()
                && let Some(settled) = self.said.recv().await
            {
                self.note(settled);
            }
        }
    }

    /// Tells everything that has come back by now.
    async fn tell_all(&mut self) -> Result<(), Failure> {
        while self.begin_word() {
            self.tell().await?;
        }
        Ok(())
    }

    /// One word at a time: they must not overtake each other. Whether one is on its way.
    fn begin_word(&mut self) -> bool {
        while let Ok(settled) = self.said.try_recv() {
            self.note(settled);
        }
        if self.telling.is_none() {
            self.telling = self.book.next().map(on_its_way);
        }
        self.telling.is_some()
    }
}

/// One word on its way to the broker; `false` if it is about a delivery that the broker does not know any more.
type Telling = BoxFuture<'static, Result<bool, Failure>>;

/// What has happened.
#[expect(clippy::large_enum_variant, reason = "made and taken apart at once")]
enum Step {
    Broker(Option<Event>),
    Delivery(Option<lapin::Result<lapin::message::Delivery>>),
    Told(Result<(), Failure>),
    Answered(Result<(), Failure>),
    Changed,
    Tick,
    Closing,
}

impl<A: Audience> Work for Consumer<A> {
    const SIDE: Side = Side::Consuming;

    async fn session(&mut self) -> Result<(), Failure> {
        let mut closing = self.closing.clone();
        let opened = tokio::select! {
            opened = self.open() => opened,
            // Nothing has been received yet.
            _ = closing.wait_for(|closing| *closing) => return Ok(()),
        };
        let (wire, opened) = opened?;
        self.settlements.begin_session();
        self.inbox.clear();
        self.board.set(Side::Consuming, Half::Up);
        let channel = opened.channel.clone();
        let tags: Vec<_> = opened.deliveries.iter().map(Deliveries::tag).collect();
        self.consume(&wire, opened).await?;
        // What is not told within the time comes again.
        let _ = timeout(CLOSE_MAX, self.take_leave(&channel, tags)).await;
        wire.close().await;
        Ok(())
    }
}

impl<A: Audience> Consumer<A> {
    async fn open(&mut self) -> Result<(Wire, Opened), Failure> {
        self.audience.ready().await;
        let wire = Wire::connect(&self.endpoint, self.name.clone()).await?;
        let opened = self.audience.open(&wire).await?;
        Ok((wire, opened))
    }

    /// What was settled before the end must not come again. The broker's answer to a cancellation comes after everything before it.
    async fn take_leave(&mut self, channel: &Channel, tags: Vec<ShortString>) -> Result<(), Failure> {
        self.settlements.tell_all().await?;
        for tag in tags {
            call("end a delivery", channel.basic_cancel(tag, BasicCancelOptions::default())).await?;
        }
        Ok(())
    }

    /// Works until something is wrong, or (`Ok`) the link is closed.
    async fn consume(&mut self, wire: &Wire, opened: Opened) -> Result<(), Failure> {
        let Opened { channel, deliveries } = opened;
        let mut deliveries = ended_by_the_first(deliveries);
        let mut events = std::pin::pin!(wire.events());
        let mut ticks = interval(TICK);
        let mut closing = self.closing.clone();
        let mut probe: BoxFuture<'_, Result<(), Failure>> = future::pending().boxed();
        let mut heard_at = Instant::now();
        loop {
            let step = tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => Step::Closing,
                event = events.next() => Step::Broker(event),
                _ = ticks.tick() => Step::Tick,
                told = self.settlements.tell() => Step::Told(told),
                answer = &mut probe => Step::Answered(answer),
                delivery = deliveries.next() => Step::Delivery(delivery.flatten()),
                () = self.audience.changed() => Step::Changed,
            };
            match step {
                Step::Closing => return Ok(()),
                Step::Broker(event) => hear(event)?,
                Step::Delivery(delivery) => {
                    self.take(delivery)?;
                    heard_at = Instant::now();
                }
                Step::Told(told) => told?,
                Step::Answered(answer) => {
                    answer?;
                    heard_at = Instant::now();
                    probe = future::pending().boxed();
                }
                Step::Changed => {
                    return Err(Failure::new("the agent has a new journal, and so another mailbox"));
                }
                Step::Tick if heard_at.elapsed() >= PROBE_EVERY => {
                    // Says again what was said at the beginning: a round trip that changes nothing and needs no permission.
                    let channel = channel.clone();
                    probe = async move { limit(&channel).await }.boxed();
                    heard_at = Instant::now();
                }
                Step::Tick => {}
            }
        }
    }

    fn take(&mut self, delivery: Option<lapin::Result<lapin::message::Delivery>>) -> Result<(), Failure> {
        let delivery = match delivery {
            Some(Ok(delivery)) => delivery,
            Some(Err(error)) => return Err(Failure::of("receive", &error)),
            // The broker says no more than that.
            None => return Err(Failure::new("the broker delivers no more: the queue was deleted")),
        };
        let tag = delivery.delivery_tag;
        self.settlements.book.delivered(tag);
        match self.audience.understand(delivery.routing_key.as_str(), &delivery.data) {
            Ok(Some((message, mark))) => {
                let receipt = self.settlements.receipt(tag, delivery.acker, Arc::clone(&self.seal), mark);
                self.inbox.put(Delivery { message, receipt });
            }
            Ok(None) => self.settlements.settle(tag, delivery.acker),
            Err(Garbage { is_harmless: true, reason, .. }) => {
                tracing::debug!(reason, "message dropped");
                self.settlements.settle(tag, delivery.acker);
            }
            Err(garbage) => {
                self.quarantine.take(&delivery, &garbage);
                self.settlements.settle(tag, delivery.acker);
            }
        }
        Ok(())
    }
}

fn on_its_way(word: Word<Acker>) -> Telling {
    let settled = |multiple| BasicAckOptions { multiple };
    match word {
        Word::UpTo(acker) => acknowledge(acker, settled(true)),
        Word::One(acker) => acknowledge(acker, settled(false)),
        Word::Back(acker) => give_back(acker),
    }
}

fn acknowledge(acker: Acker, options: BasicAckOptions) -> Telling {
    async move { call("take an acknowledgement", acker.ack(options)).await }.boxed()
}

fn give_back(acker: Acker) -> Telling {
    let options = BasicNackOptions { multiple: false, requeue: true };
    async move { call("take a delivery back", acker.nack(options)).await }.boxed()
}

fn hear(event: Option<Event>) -> Result<(), Failure> {
    match event {
        Some(Event::Error(error)) => Err(Failure::of("keep the connection", &error)),
        // Who only consumes is not blocked.
        Some(_) => Ok(()),
        None => Err(Failure::new("the connection has ended")),
    }
}

/// All deliveries; `None` as soon as one of the consumers has ended.
fn ended_by_the_first(
    deliveries: Vec<Deliveries>,
) -> impl Stream<Item = Option<lapin::Result<lapin::message::Delivery>>> + Unpin {
    let to_the_end = |one: Deliveries| one.map(Some).chain(stream::once(future::ready(None))).boxed();
    stream::select_all(deliveries.into_iter().map(to_the_end))
}
