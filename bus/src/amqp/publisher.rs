//! The publishing connection: many messages under way, each confirmed by the broker before it counts as sent.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::StreamExt;
use lapin::message::BasicReturnMessage;
use lapin::options::ConfirmSelectOptions;
use lapin::{Confirmation, Event};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, interval};

use super::flight::{Done, Flight};
use super::limits::{BLOCKED_MAX, CALL_MAX, CLOSE_MAX, PROBE_EVERY, TICK};
use super::mailboxes::Mailboxes;
use super::names::Names;
use super::outbox::Order;
use super::settings::{Endpoint, QueueKind};
use super::state::{Board, Half, Side};
use super::supervisor::Work;
use super::topology;
use super::wire::{Failure, Wire, call};

/// Whose connection it is.
pub(super) enum Role {
    /// Declares everything, and knows whose mailboxes there are.
    Scheduler { mailboxes: Arc<Mailboxes>, kind: QueueKind },
    /// May declare nothing.
    Agent,
}

pub(super) struct Publisher {
    pub(super) endpoint: Endpoint,
    /// How the broker's tools show the connection.
    pub(super) name: String,
    pub(super) names: Names,
    pub(super) role: Role,
    pub(super) board: Arc<Board>,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    pub(super) closing: watch::Receiver<bool>,
    pub(super) dropped: Arc<AtomicU64>,
    /// To be done before what comes in: left over from an earlier connection.
    pub(super) waiting: VecDeque<Order>,
}

/// What has happened.
#[expect(clippy::large_enum_variant, reason = "made and taken apart at once")]
enum Step {
    Broker(Option<Event>),
    Done(Done),
    Confirmed(u64, lapin::Result<Confirmation>),
    Order(Option<Order>),
    Tick,
    Closing,
}

impl Work for Publisher {
    const SIDE: Side = Side::Publishing;

    async fn session(&mut self) -> Result<(), Failure> {
        let wire = Wire::connect(&self.endpoint, self.name.clone()).await?;
        let channel = wire.channel().await?;
        self.prepare(&wire).await?;
        call("confirm", channel.confirm_select(ConfirmSelectOptions::default())).await?;
        let mut flight = Flight::new(channel, self.endpoint.user());
        let ended = self.publish(&wire, &mut flight).await;
        self.waiting = flight.take_back().chain(self.waiting.drain(..)).collect();
        ended?;
        wire.close().await;
        Ok(())
    }

    fn while_away(&mut self) {
        while let Ok(order) = self.orders.try_recv() {
            self.waiting.push_back(order);
        }
        let now = Instant::now();
        let mut late = 0;
        // An agent that waits for its mailbox says so every second.
        let mut said = BTreeSet::new();
        self.waiting.retain(|order| match order {
            Order::Publish(parcel) if parcel.until <= now => {
                late += 1;
                false
            }
            Order::Publish(_) => true,
            Order::Declare { agent, incarnation } => said.insert((true, agent.clone(), *incarnation)),
            Order::Delete { agent, incarnation } => said.insert((false, agent.clone(), *incarnation)),
        });
        self.count_dropped(late, "they waited too long for the broker");
    }
}

impl Publisher {
    /// The broker may have lost everything: all that should be there is declared again.
    async fn prepare(&self, wire: &Wire) -> Result<(), Failure> {
        let Role::Scheduler { mailboxes, kind } = &self.role else { return Ok(()) };
        let channel = wire.channel().await?;
        topology::declare(&channel, &self.names, *kind).await?;
        for (agent, incarnation) in mailboxes.all_present() {
            let mailbox = self.names.mailbox(&agent, incarnation);
            topology::declare_mailbox(&channel, &self.names, *kind, &mailbox).await?;
        }
        call("close a channel", channel.close(200, "done".into())).await
    }

    async fn publish(&mut self, wire: &Wire, flight: &mut Flight) -> Result<(), Failure> {
        let mut events = std::pin::pin!(wire.events());
        let mut ticks = interval(TICK);
        let mut closing = self.closing.clone();
        let mut last_moment = None;
        // The first round trip: whether messages are taken shows only when one is sent.
        flight.probe(self.exchange());
        loop {
            let is_free = flight.is_free();
            let (doing, confirms) = flight.parts();
            let step = tokio::select! {
                biased;
                event = events.next() => Step::Broker(event),
                _ = ticks.tick() => Step::Tick,
                done = doing => Step::Done(done),
                Some((number, confirmation)) = confirms.next() => Step::Confirmed(number, confirmation),
                order = next(&mut self.waiting, &mut self.orders), if is_free => Step::Order(order),
                _ = closing.wait_for(|closing| *closing), if last_moment.is_none() => Step::Closing,
            };
            match step {
                Step::Broker(event) => self.hear(flight, event)?,
                Step::Done(done) => self.finish(flight, done)?,
                Step::Confirmed(number, confirmation) => self.confirmed(flight, number, confirmation)?,
                Step::Order(Some(order)) => self.begin(wire, flight, order),
                Step::Order(None) => return Ok(()),
                Step::Tick => self.look_at_clocks(flight)?,
                Step::Closing => last_moment = Some(Instant::now() + CLOSE_MAX),
            }
            if last_moment.is_some_and(|at| self.is_done(flight) || Instant::now() >= at) {
                return Ok(());
            }
        }
    }

    fn is_done(&self, flight: &Flight) -> bool {
        flight.is_empty() && self.waiting.is_empty() && self.orders.is_empty()
    }

    fn exchange(&self) -> String {
        match self.role {
            Role::Scheduler { .. } => self.names.exchange_to_agents(),
            Role::Agent => self.names.exchange_of_agents(),
        }
    }

    fn hear(&self, flight: &mut Flight, event: Option<Event>) -> Result<(), Failure> {
        match event {
            Some(Event::ConnectionBlocked(reason)) => {
                tracing::error!(reason, "the broker takes no messages");
                self.board.set(Side::Publishing, Half::Blocked(reason.clone()));
                flight.block(reason);
                Ok(())
            }
            Some(Event::ConnectionUnblocked) => {
                tracing::info!("the broker takes messages again");
                flight.unblock();
                self.board.set(Side::Publishing, Half::Up);
                Ok(())
            }
            Some(Event::Error(error)) => Err(Failure::of("keep the connection", &error)),
            Some(_) => Ok(()),
            None => Err(Failure::new("the connection has ended")),
        }
    }

    fn begin(&mut self, wire: &Wire, flight: &mut Flight, order: Order) {
        match (order, &self.role) {
            (Order::Publish(parcel), _) if parcel.until <= Instant::now() => {
                self.count_dropped(1, "it waited too long for the broker");
            }
            (Order::Publish(parcel), _) => flight.publish(parcel),
            (Order::Declare { agent, incarnation }, Role::Scheduler { kind, .. }) => {
                let (names, kind) = (self.names.clone(), *kind);
                let mailbox = names.mailbox(&agent, incarnation);
                let on = wire.new_channel();
                flight.arrange(async move {
                    let channel = on.await?;
                    topology::declare_mailbox(&channel, &names, kind, &mailbox).await?;
                    call("close a channel", channel.close(200, "done".into())).await
                });
            }
            (Order::Delete { agent, incarnation }, Role::Scheduler { .. }) => {
                let mailbox = self.names.mailbox(&agent, incarnation);
                let on = wire.new_channel();
                flight.arrange(async move {
                    let channel = on.await?;
                    topology::delete_mailbox(&channel, &mailbox).await?;
                    call("close a channel", channel.close(200, "done".into())).await
                });
            }
            (Order::Declare { .. } | Order::Delete { .. }, Role::Agent) => {}
        }
    }

    fn finish(&self, flight: &mut Flight, done: Done) -> Result<(), Failure> {
        match done {
            Done::Handed(number, Ok(confirm)) => {
                flight.await_confirm(number, confirm);
                Ok(())
            }
            Done::Handed(_, Err(error)) => Err(Failure::of("publish", &error)),
            Done::Arranged(Ok(())) => {
                flight.heard();
                Ok(())
            }
            // What is wrong with one mailbox must not keep messages from the others.
            Done::Arranged(Err(failure)) if failure.is_refusal() => {
                tracing::error!("a mailbox could not be made or removed: {failure}");
                Ok(())
            }
            Done::Arranged(Err(failure)) => Err(failure),
        }
    }

    fn confirmed(
        &self,
        flight: &mut Flight,
        number: u64,
        confirmation: lapin::Result<Confirmation>,
    ) -> Result<(), Failure> {
        match confirmation.map_err(|error| Failure::of("publish", &error))? {
            Confirmation::Ack(None) => {}
            Confirmation::Ack(Some(returned)) => self.take_return(&returned),
            Confirmation::Nack(_) => self.count_dropped(1, "the broker could not keep it"),
            Confirmation::NotRequested => return Err(Failure::new("the broker confirms nothing")),
        }
        flight.confirmed(number);
        if !flight.is_blocked() {
            self.board.set(Side::Publishing, Half::Up);
        }
        Ok(())
    }

    /// Looks at what came back, not at what was confirmed with it: when several are confirmed at once, the library may give the
    /// returned message with the confirmation of another one.
    fn take_return(&self, returned: &BasicReturnMessage) {
        let key = returned.delivery.routing_key.as_str();
        if let (Role::Scheduler { mailboxes, .. }, Some((agent, incarnation))) =
            (&self.role, self.names.owner(key))
        {
            tracing::warn!(agent, incarnation, "message dropped: the mailbox is gone");
            mailboxes.gone(agent, incarnation);
        }
        self.count_dropped(1, "there is no queue for it");
    }

    fn look_at_clocks(&mut self, flight: &mut Flight) -> Result<(), Failure> {
        let now = Instant::now();
        if let Some((reason, since)) = flight.blocked() {
            if now.duration_since(since) > BLOCKED_MAX {
                return Err(Failure::blocked(reason.to_owned()));
            }
            self.while_away();
            return Ok(());
        }
        if flight.oldest().is_some_and(|since| now.duration_since(since) > CALL_MAX) {
            return Err(Failure::new(format!("the broker confirmed nothing for {} s", CALL_MAX.as_secs())));
        }
        if flight.is_free() && flight.is_empty() && now.duration_since(flight.heard_at()) >= PROBE_EVERY {
            flight.probe(self.exchange());
        }
        Ok(())
    }

    fn count_dropped(&self, count: usize, why: &str) {
        if count > 0 {
            self.dropped.fetch_add(count as u64, Ordering::Relaxed);
            tracing::error!(count, "messages dropped: {why}; they will be repeated");
        }
    }
}

async fn next(waiting: &mut VecDeque<Order>, orders: &mut mpsc::UnboundedReceiver<Order>) -> Option<Order> {
    match waiting.pop_front() {
        Some(order) => Some(order),
        None => orders.recv().await,
    }
}
