//! The loop. It holds no policy: what goes into a batch is decided in [`super::turn`], what a commit has taught us in
//! [`super::commit`], what is sent in [`super::parcel`], everything else in the core.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use daybreak_bus::link::{Delivery, Receipt};
use daybreak_bus::message::FromAgent;
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::Span;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::accept::{Waiting, respond};
use super::carrier::Outgoing;
use super::commit::{Commit, Verdict, pause_after};
use super::compile::nothing;
use super::error::{RequestError, ShellError, in_words};
use super::event;
use super::handle::{Defined, Desk, Health, Reply, Request};
use super::names::Names;
use super::pace::Pace;
use super::parcel::{self, Sorted};
use super::ranks::RankPlan;
use super::recover::{cannot, compile_row};
use super::trust::Trust;
use super::turn::Turn;
use super::watch::WatchPlan;
use crate::engine::Core;
use crate::engine::input::Input;
use crate::engine::output::Effect;
use crate::ports::{Clock, Position, Store, StoreError};
use crate::rows::Batch;

/// A scheduler that has recovered.
pub(super) struct Running<'a, S: Store, C> {
    pub(super) store: &'a mut S,
    pub(super) history: S::History,
    pub(super) clock: &'a C,
    pub(super) desk: &'a mut Desk,
    /// Absent where nobody else can lead.
    pub(super) trust: Option<Trust>,
    /// Where the store stands, as far as its answers have arrived.
    pub(super) at: Position,
    pub(super) incoming: mpsc::Receiver<Delivery<FromAgent>>,
    pub(super) outgoing: mpsc::UnboundedSender<Outgoing>,
    pub(super) core: Core,
    /// What the store holds, while it takes no writes and somebody asks.
    pub(super) picture: Option<Core>,
    /// Decided, and to be performed after the next commit.
    pub(super) effects: Vec<Effect>,
    pub(super) pace: Pace,
    pub(super) names: Names,
    /// The files of the version in force.
    pub(super) source: Arc<SourceTree>,
    pub(super) watch: WatchPlan,
    pub(super) ranks: RankPlan,
    /// Commands that are applied and not yet answered, by id.
    pub(super) waiting: BTreeMap<String, Waiting>,
}

impl<S: Store, C: Clock> Running<'_, S, C> {
    /// Works for ever.
    ///
    /// # Errors
    /// Why it cannot go on.
    pub(super) async fn work(mut self) -> Result<Infallible, ShellError> {
        self.announce_definitions();
        // What recovery decided: agents are asked for their lists before anything else (P10).
        self.turn(Turn::default()).await?;
        self.desk.health.send_replace(Health::Ready);
        loop {
            let turn = self.gather().await?;
            self.turn(turn).await?;
        }
    }

    /// Waits until there is something to do, then takes all that is pending.
    async fn gather(&mut self) -> Result<Turn, ShellError> {
        let nap = self.nap();
        let mut turn = Turn::default();
        tokio::select! {
            delivery = self.incoming.recv() => turn.take_delivery(delivery.ok_or(ShellError::LinkClosed)?),
            Some(request) = self.desk.requests.recv() => turn.take_request(request),
            ranks = self.ranks.finished() => turn.inputs.push(Input::Ranks(ranks)),
            () = tokio::time::sleep(nap) => {}
        }
        // People first: they are few, and agents can fill a turn by themselves.
        while turn.takes_requests()
            && let Ok(request) = self.desk.requests.try_recv()
        {
            turn.take_request(request);
        }
        while turn.has_room()
            && let Ok(delivery) = self.incoming.try_recv()
        {
            turn.take_delivery(delivery);
        }
        Ok(turn)
    }

    fn nap(&self) -> Duration {
        let core = self.pace.nap(self.clock.boot(), self.core.next_wakeup());
        let plans = [self.watch.due(), self.ranks.due()];
        let now = Instant::now();
        let core = self.trust.map_or(core, |trust| core.min(until(self.clock.boot(), trust.due())));
        plans.into_iter().flatten().map(|due| due.saturating_duration_since(now)).fold(core, Duration::min)
    }

    async fn turn(&mut self, turn: Turn) -> Result<(), ShellError> {
        // Answers from memory are words too.
        self.keep_lead().await?;
        for question in turn.questions {
            question(Ok(&self.core));
        }
        let (now, news) = self.pace.advance(self.clock.now(), self.clock.boot());
        if let Some(news) = news {
            self.core.apply(now, news, &mut self.effects);
        }
        // What has been said meanwhile comes before the clock: after a pause, unread signs of life are no silence (P8).
        for input in turn.inputs {
            self.core.apply(now, input, &mut self.effects);
        }
        if self.core.next_wakeup() <= now {
            self.core.apply(now, Input::Tick, &mut self.effects);
        }
        for (command, reply) in turn.commands {
            self.take_command(now, command, reply).await;
        }
        let defining = turn.define.and_then(|(proposal, reply)| self.take_definitions(now, proposal, reply));
        let batch = self.core.take_batch();
        self.commit(&batch).await?;
        self.keep_lead().await?;
        turn.receipts.into_iter().for_each(Receipt::settle);
        self.after_commit(&batch, defining);
        for (agent, list) in turn.spoke {
            self.watch.heard(agent, list);
        }
        self.perform();
        Ok(())
    }

    /// Makes a batch durable, however long it takes, or finds that this process must not go on (P1, P2).
    async fn commit(&mut self, batch: &Batch) -> Result<(), ShellError> {
        // What leads to no row is known already, or concerns nothing that there is. Settling it without the fence loses nothing:
        // agents repeat their reports until a receipt names them, and a receipt only names what is durable.
        if batch.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::of(batch);
        let mut tries = 0;
        // The first try may be the one that reached the store.
        let asked = self.clock.boot();
        loop {
            match commit.try_once(self.store).await {
                Verdict::Durable => break,
                Verdict::Again => {}
                Verdict::Pause(error) => {
                    tries += 1;
                    self.wait_for_store(pause_after(tries), in_words(&error)).await;
                }
                Verdict::Over(error) => return Err(cannot("go on")(error)),
            }
        }
        self.at = Position { term: batch.term, seq: batch.seq, now: batch.now };
        if let Some(trust) = &mut self.trust {
            trust.extended(asked);
        }
        self.store_is_back(tries);
        Ok(())
    }

    /// Makes sure that nobody else leads before anything leaves or is answered: the store hears a word when one is due, and is waited for
    /// when the last one is too long ago.
    async fn keep_lead(&mut self) -> Result<(), ShellError> {
        let mut tries = 0;
        while let Some(trust) = self.trust {
            let asked = self.clock.boot();
            if asked < trust.due() && trust.holds(asked) {
                break;
            }
            let renewed = self.store.renew(self.at.term, self.at.seq).await;
            let boot = self.clock.boot();
            let trust = self.trust.get_or_insert(trust);
            match renewed {
                Ok(()) => trust.extended(asked),
                Err(StoreError::Failed { .. } | StoreError::Unknown { .. }) if trust.holds(boot) => {
                    trust.failed(boot);
                    break;
                }
                Err(error @ (StoreError::Failed { .. } | StoreError::Unknown { .. })) => {
                    tries += 1;
                    self.wait_for_store(pause_after(tries), in_words(&error)).await;
                }
                Err(
                    error @ (StoreError::Fenced { .. }
                    | StoreError::InUse { .. }
                    | StoreError::Newer { .. }
                    | StoreError::Row { .. }),
                ) => return Err(cannot("go on")(error)),
            }
        }
        self.store_is_back(tries);
        Ok(())
    }

    fn store_is_back(&mut self, tries: u32) {
        if tries > 0 {
            self.picture = None;
            tracing::info!(tries, "the store takes writes again");
            self.desk.health.send_replace(Health::Ready);
        }
    }

    /// Refuses commands meanwhile. Memory is ahead of the store: questions are answered from what the store holds (P11).
    async fn wait_for_store(&mut self, pause: Duration, reason: String) {
        let message = "the store takes no writes; nothing is acknowledged until it does";
        let since = self.desk.store_is_down(&reason, self.clock.now(), message);
        let over = Instant::now() + pause;
        while let Ok(Some(request)) = tokio::time::timeout_at(over, self.desk.requests.recv()).await {
            let refusal = RequestError::StoreDown { reason: reason.clone(), since: Some(since) };
            match request {
                Request::Query(question) => question(self.picture().await.ok_or(refusal)),
                request @ (Request::Command { .. } | Request::Define { .. }) => request.refuse(refusal),
            }
        }
        // Without anybody left who could ask, the pause is still a pause.
        tokio::time::sleep_until(over).await;
    }

    /// What the store holds, read once for as long as it takes no writes; `None` if it cannot be read either.
    async fn picture(&mut self) -> Option<&Core> {
        if self.picture.is_none() {
            let snapshot = self.store.load().await.ok()?;
            let version = snapshot.definition.as_ref().map_or(0, |row| row.version);
            let definitions = match &snapshot.definition {
                // A new version may be what cannot be written.
                Some(row) if version != self.core.version() => {
                    compile_row(row, &Arc::new(row.source.clone())).await.ok()?
                }
                None if version != self.core.version() => Arc::new(nothing()),
                Some(_) | None => Arc::clone(self.core.definitions()),
            };
            self.picture = Some(self.core.committed(snapshot, definitions));
        }
        self.picture.as_ref()
    }

    fn after_commit(&mut self, batch: &Batch, defining: Option<(Reply<Defined>, Arc<SourceTree>)>) {
        if !batch.jobs.is_empty() || batch.definition.is_some() {
            self.names.learn(&batch.jobs, &self.core);
        }
        if let Some((reply, source)) = defining {
            self.source = source;
            self.announce_definitions();
            respond(reply, Ok(Defined { version: self.core.version(), applied: true }));
        } else if !batch.durations.is_empty() {
            self.ranks.durations_changed();
        }
    }

    fn announce_definitions(&mut self) {
        self.ranks.definitions_changed();
        self.send(Outgoing::Definitions {
            version: self.core.version(),
            definitions: Arc::clone(self.core.definitions()),
            names: self.names.clone(),
        });
    }

    /// Carries out what the core decided, now that it is durable.
    fn perform(&mut self) {
        let Sorted { parcels, answers, events, watch_changed, adopted } =
            parcel::sort(mem::take(&mut self.effects));
        if let Some(by) = adopted {
            self.pace.adopt(by);
        }
        events.iter().for_each(event::alert);
        for parcel in parcels {
            self.send(Outgoing::Parcel(parcel));
        }
        for (id, answer) in answers {
            for reply in self.waiting.remove(&id).into_iter().flat_map(|waiting| waiting.replies) {
                respond(reply, Ok(answer.clone()));
            }
        }
        // Names cost more than everything else here: only for those who look.
        if self.desk.events.receiver_count() > 0 {
            for event in events {
                let line = event::line(&self.core, self.core.now(), event);
                // The last follower may just have gone.
                let _ = self.desk.events.send(line);
            }
        }
        if watch_changed {
            self.watch.changed();
        }
        self.send_watch_lists();
        self.ranks.start_due(&self.core);
    }

    fn send_watch_lists(&mut self) {
        let agents: Vec<String> = self.watch.take_due(Instant::now()).cloned().collect();
        let mut entries = 0;
        for agent in &agents {
            let awaited = self.core.awaited(agent);
            entries += awaited.len();
            self.send(Outgoing::Watch { agent: agent.clone(), awaited });
        }
        if !agents.is_empty() {
            self.watch.sent(u32::try_from(entries).unwrap_or(u32::MAX));
        }
    }

    fn send(&self, outgoing: Outgoing) {
        // Without a carrier the next look at the inbox ends the loop.
        let _ = self.outgoing.send(outgoing);
    }
}

/// How long it takes until `due`, `boot` after the boot.
fn until(boot: Span, due: Span) -> Duration {
    Duration::from_millis(u64::try_from(due.0 - boot.0).unwrap_or(0))
}
