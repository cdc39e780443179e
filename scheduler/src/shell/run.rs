//! The loop. It holds no policy: what goes into a batch is decided in [`super::turn`], what a commit has taught us in
//! [`super::commit`], what is sent in [`super::parcel`], everything else in the core.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use daybreak_bus::link::{Delivery, SchedulerLink};
use daybreak_bus::message::FromAgent;
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::{Span, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::carrier::{Carrier, Outgoing};
use super::commit::{Commit, Verdict, pause_after};
use super::error::{RequestError, ShellError, in_words};
use super::event;
use super::handle::{Defined, Desk, Handle, Health, Proposal, Reply, connect};
use super::names::Names;
use super::pace::Pace;
use super::parcel::{self, Sorted};
use super::ranks::RankPlan;
use super::recover::{Recovered, cannot, recover};
use super::turn::Turn;
use super::watch::WatchPlan;
use crate::engine::command::{Answer, Command};
use crate::engine::input::Input;
use crate::engine::output::Effect;
use crate::engine::{self, Core};
use crate::ports::{Clock, History, Store};
use crate::rows::{Batch, DefinitionRow};

/// Messages from agents that may wait for the loop while it commits.
const INBOX_MAX: usize = 4_096;

/// How a scheduler behaves where neither definitions nor operators say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who leads, for people who look at the store: host and process.
    pub holder: String,
    /// Time between TERM and KILL.
    pub grace: Span,
    /// The core's own.
    pub core: engine::Settings,
}

/// A scheduler that has not started yet.
#[derive(Debug)]
pub struct Scheduler<S, L, C> {
    store: S,
    link: L,
    clock: C,
    settings: Settings,
    desk: Desk,
}

impl<S: Store, L: SchedulerLink, C: Clock> Scheduler<S, L, C> {
    /// A scheduler, and the way to it. Requests wait until it runs.
    pub fn new(store: S, link: L, clock: C, settings: Settings) -> (Self, Handle) {
        let (handle, desk) = connect();
        (Self { store, link, clock, settings, desk }, handle)
    }

    /// Recovers from the store and works until `stop` is ready.
    ///
    /// Stopping is no different from a crash, only quicker: a batch under way is durable or not, and the next start recovers (P14).
    ///
    /// # Errors
    /// See [`ShellError`]. The process should end, and start again.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> Result<(), ShellError> {
        tokio::select! {
            result = self.work() => result,
            () = stop => Ok(()),
        }
    }

    async fn work(mut self) -> Result<(), ShellError> {
        let Settings { holder, grace, core } = self.settings;
        let recovered = recover(&mut self.store, &holder, &self.clock, core).await?;
        let history = self.store.history();
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let (hand_in, incoming) = mpsc::channel(INBOX_MAX);
        let mut carriers = JoinSet::new();
        carriers
            .spawn(Carrier::new(self.link, recovered.term, grace, history.clone(), to_send, hand_in).run());
        let Recovered { term: _, core, effects, pace, names, watch, source } = recovered;
        let running = Running {
            store: self.store,
            history,
            clock: self.clock,
            desk: self.desk,
            incoming,
            outgoing,
            core,
            effects,
            pace,
            names,
            source,
            watch,
            ranks: RankPlan::default(),
            waiting: BTreeMap::new(),
        };
        let result = running.work().await;
        if let Some(Err(failure)) = carriers.try_join_next()
            && let Ok(cause) = failure.try_into_panic()
        {
            std::panic::resume_unwind(cause);
        }
        result
    }
}

/// Those who wait for the answer of one command.
struct Waiting {
    command: Command,
    replies: Vec<Reply<Answer>>,
}

struct Running<S: Store, C> {
    store: S,
    history: S::History,
    clock: C,
    desk: Desk,
    incoming: mpsc::Receiver<Delivery<FromAgent>>,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    core: Core,
    /// Decided, and to be performed after the next commit.
    effects: Vec<Effect>,
    pace: Pace,
    names: Names,
    source: Arc<SourceTree>,
    watch: WatchPlan,
    ranks: RankPlan,
    waiting: BTreeMap<String, Waiting>,
}

impl<S: Store, C: Clock> Running<S, C> {
    async fn work(mut self) -> Result<(), ShellError> {
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
        while turn.has_room()
            && let Ok(delivery) = self.incoming.try_recv()
        {
            turn.take_delivery(delivery);
        }
        while turn.takes_requests()
            && let Ok(request) = self.desk.requests.try_recv()
        {
            turn.take_request(request);
        }
        Ok(turn)
    }

    fn nap(&self) -> Duration {
        let core = self.pace.nap(self.clock.now(), self.core.next_wakeup());
        let plans = [self.watch.due(), self.ranks.due()];
        let now = Instant::now();
        plans.into_iter().flatten().map(|due| due.saturating_duration_since(now)).fold(core, Duration::min)
    }

    async fn turn(&mut self, turn: Turn) -> Result<(), ShellError> {
        for question in turn.questions {
            question(Ok(&self.core));
        }
        let now = self.pace.advance(self.clock.now());
        if self.core.next_wakeup() <= now {
            self.core.apply(now, Input::Tick, &mut self.effects);
        }
        for input in turn.inputs {
            self.core.apply(now, input, &mut self.effects);
        }
        for (command, reply) in turn.commands {
            self.take_command(now, command, reply).await;
        }
        let defining = turn.define.and_then(|(proposal, reply)| self.take_definitions(now, proposal, reply));
        let batch = self.core.take_batch();
        self.commit(&batch).await?;
        turn.receipts.into_iter().for_each(daybreak_bus::link::Receipt::settle);
        self.after_commit(&batch, defining);
        for (agent, list) in turn.spoke {
            self.watch.heard(agent, list);
        }
        self.perform(now);
        Ok(())
    }

    /// Applies a command unless it has been given before (I5): then its answer is given again.
    async fn take_command(&mut self, now: Timestamp, command: Command, reply: Reply<Answer>) {
        if let Some(waiting) = self.waiting.get_mut(&command.id) {
            match is_same(&waiting.command, &command) {
                true => waiting.replies.push(reply),
                false => respond(reply, Err(RequestError::IdTaken { id: command.id })),
            }
            return;
        }
        match self.history.command(&command.id).await {
            Ok(None) => {
                let waiting = Waiting { command: command.clone(), replies: vec![reply] };
                self.waiting.insert(command.id.clone(), waiting);
                self.core.apply(now, Input::Command(command), &mut self.effects);
            }
            Ok(Some(row)) if is_same(&row.command, &command) => respond(reply, Ok(row.answer)),
            Ok(Some(_)) => respond(reply, Err(RequestError::IdTaken { id: command.id })),
            Err(error) => respond(reply, Err(RequestError::StoreDown { reason: in_words(&error) })),
        }
    }

    /// Applies a proposal that is still based on what is in force. Gives what to reply after the commit.
    fn take_definitions(
        &mut self,
        now: Timestamp,
        proposal: Proposal,
        reply: Reply<Defined>,
    ) -> Option<(Reply<Defined>, Arc<SourceTree>)> {
        let found = self.core.version();
        if proposal.base_version != found {
            respond(reply, Err(RequestError::OtherVersion { expected: proposal.base_version, found }));
            return None;
        }
        if found > 0 && *proposal.source == *self.source {
            respond(reply, Ok(Defined { version: found, applied: false }));
            return None;
        }
        let Proposal { source, definitions, who, why, .. } = proposal;
        let row = DefinitionRow { version: found + 1, at: now, who, why, source: SourceTree::clone(&source) };
        self.core.apply(now, Input::Define { definitions, row: Box::new(row) }, &mut self.effects);
        Some((reply, source))
    }

    /// Makes a batch durable, however long it takes, or finds that this process must not go on (P1, P2).
    async fn commit(&mut self, batch: &Batch) -> Result<(), ShellError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::of(batch);
        let mut tries = 0;
        loop {
            match commit.try_once(&mut self.store).await {
                Verdict::Durable => break,
                Verdict::Again => {}
                Verdict::Pause(error) => {
                    tries += 1;
                    self.wait_for_store(pause_after(tries), in_words(&error)).await;
                }
                Verdict::Over(error) => return Err(cannot("go on")(error)),
            }
        }
        if tries > 0 {
            tracing::info!(tries, "the store takes writes again");
            self.desk.health.send_replace(Health::Ready);
        }
        Ok(())
    }

    /// Sends everybody away who asks meanwhile: memory is ahead of the store, so that no question has an answer (P11).
    async fn wait_for_store(&mut self, pause: Duration, reason: String) {
        let health = Health::StoreDown { reason: reason.clone() };
        if self.desk.health.send_replace(health.clone()) != health {
            tracing::error!(reason, "the store takes no writes; nothing is acknowledged until it does");
        }
        let over = Instant::now() + pause;
        while let Ok(Some(request)) = tokio::time::timeout_at(over, self.desk.requests.recv()).await {
            request.refuse(RequestError::StoreDown { reason: reason.clone() });
        }
        // Without anybody left who could ask, the pause is still a pause.
        tokio::time::sleep_until(over).await;
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
    fn perform(&mut self, now: Timestamp) {
        let Sorted { parcels, answers, events, watch_changed } = parcel::sort(mem::take(&mut self.effects));
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
                let line = event::line(&self.core, now, event);
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
        for agent in self.watch.take_due(Instant::now()) {
            let list = Outgoing::Watch { agent: agent.clone(), awaited: self.core.awaited(agent) };
            // Without a carrier the next look at the inbox ends the loop.
            let _ = self.outgoing.send(list);
        }
    }

    fn send(&self, outgoing: Outgoing) {
        // Without a carrier the next look at the inbox ends the loop.
        let _ = self.outgoing.send(outgoing);
    }
}

fn respond<T>(reply: Reply<T>, result: Result<T, RequestError>) {
    // Whoever asked may have gone.
    let _ = reply.send(result);
}

/// Whether a command is a repetition of another one with the same id. Its targets do not count: what a selection names may have
/// grown since.
fn is_same(first: &Command, again: &Command) -> bool {
    first.who == again.who
        && first.preview == again.preview
        && mem::discriminant(&first.action) == mem::discriminant(&again.action)
}
