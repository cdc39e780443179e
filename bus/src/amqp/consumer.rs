//! The consuming connection: deliveries to the receiver, and what became of them back to the broker.

use std::sync::Arc;

use futures::future::{self, BoxFuture};
use futures::stream::{self, FuturesUnordered};
use futures::{FutureExt, Stream, StreamExt};
use lapin::options::{BasicAckOptions, BasicNackOptions, BasicQosOptions};
use lapin::{Acker, Channel, Consumer as Deliveries, Event};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, interval, timeout};

use super::content::{Garbage, Seal};
use super::limits::{CLOSE_MAX, PREFETCH, PROBE_EVERY, TICK};
use super::quarantine::Quarantine;
use super::settings::Endpoint;
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
    pub(super) inbox: mpsc::UnboundedSender<Delivery<A::Message>>,
    pub(super) quarantine: Quarantine,
    pub(super) settlements: Settlements,
}

/// What comes back from receivers, and which connection it belongs to.
pub(super) struct Settlements {
    say: mpsc::UnboundedSender<Settled>,
    said: mpsc::UnboundedReceiver<Settled>,
    session: u64,
}

impl Settlements {
    pub(super) fn new() -> Self {
        let (say, said) = mpsc::unbounded_channel();
        Self { say, said, session: 0 }
    }

    fn receipt(&self, acker: Acker, seal: Arc<Seal>, mark: Mark) -> Receipt {
        let (say, session) = (self.say.clone(), self.session);
        Receipt::new(move |outcome| {
            if outcome == Outcome::Settled {
                seal.keep(mark);
            }
            // A link that has ended: the broker delivers again.
            let _ = say.send(Settled { session, acker, outcome });
        })
    }
}

type Acks = FuturesUnordered<BoxFuture<'static, Result<bool, Failure>>>;

/// What has happened.
#[expect(clippy::large_enum_variant, reason = "made and taken apart at once")]
enum Step {
    Broker(Option<Event>),
    Delivery(Option<lapin::Result<lapin::message::Delivery>>),
    Settled(Settled),
    Acknowledged(Result<bool, Failure>),
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
        self.settlements.session += 1;
        self.board.set(Side::Consuming, Half::Up);
        let mut acks = Acks::new();
        self.consume(&wire, opened, &mut acks).await?;
        // What was settled before the end must not come again.
        while let Ok(settled) = self.settlements.said.try_recv() {
            self.settle(&acks, settled);
        }
        // What is not acknowledged within the time comes again.
        let _ = timeout(CLOSE_MAX, acks.for_each(|_| future::ready(()))).await;
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

    /// Works until something is wrong, or (`Ok`) the link is closed.
    async fn consume(&mut self, wire: &Wire, opened: Opened, acks: &mut Acks) -> Result<(), Failure> {
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
                Some(done) = acks.next() => Step::Acknowledged(done),
                Some(settled) = self.settlements.said.recv() => Step::Settled(settled),
                answer = &mut probe => Step::Answered(answer),
                delivery = deliveries.next() => Step::Delivery(delivery.flatten()),
                () = self.audience.changed() => Step::Changed,
            };
            match step {
                Step::Closing => return Ok(()),
                Step::Broker(event) => hear(event)?,
                Step::Delivery(delivery) => {
                    self.take(acks, delivery)?;
                    heard_at = Instant::now();
                }
                Step::Settled(settled) => self.settle(acks, settled),
                Step::Acknowledged(Ok(true)) => {}
                Step::Acknowledged(Ok(false)) => {
                    return Err(Failure::new("a delivery of this channel is stale"));
                }
                Step::Acknowledged(Err(failure)) => return Err(failure),
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

    fn take(
        &mut self,
        acks: &Acks,
        delivery: Option<lapin::Result<lapin::message::Delivery>>,
    ) -> Result<(), Failure> {
        let delivery = match delivery {
            Some(Ok(delivery)) => delivery,
            Some(Err(error)) => return Err(Failure::of("receive", &error)),
            // The broker says no more than that.
            None => return Err(Failure::new("the broker delivers no more: the queue was deleted")),
        };
        match self.audience.understand(delivery.routing_key.as_str(), &delivery.data) {
            Ok(Some((message, mark))) => {
                let receipt = self.settlements.receipt(delivery.acker, Arc::clone(&self.seal), mark);
                // Without a receiver the delivery is dropped here, and so returned.
                let _ = self.inbox.send(Delivery { message, receipt });
            }
            Ok(None) => acks.push(acknowledge(delivery.acker)),
            Err(Garbage { is_harmless: true, reason, .. }) => {
                tracing::debug!(reason, "message dropped");
                acks.push(acknowledge(delivery.acker));
            }
            Err(garbage) => {
                self.quarantine.take(&delivery, &garbage);
                acks.push(acknowledge(delivery.acker));
            }
        }
        Ok(())
    }

    /// What was delivered by an earlier connection is delivered again by this one: its settlement says nothing to the broker.
    fn settle(&self, acks: &Acks, settled: Settled) {
        let Settled { session, acker, outcome } = settled;
        if session != self.settlements.session {
            return;
        }
        acks.push(match outcome {
            Outcome::Settled => acknowledge(acker),
            Outcome::Returned => give_back(acker),
        });
    }
}

fn acknowledge(acker: Acker) -> BoxFuture<'static, Result<bool, Failure>> {
    async move { call("take an acknowledgement", acker.ack(BasicAckOptions::default())).await }.boxed()
}

fn give_back(acker: Acker) -> BoxFuture<'static, Result<bool, Failure>> {
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
