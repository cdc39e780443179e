//! The carrier owns the link: it renders and sends what the loop hands over, and hands in what agents say. The loop never waits
//! for it, so that neither a full mailbox nor a long rendering holds up a commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use daybreak_bus::link::{Delivery, LinkError, SchedulerLink};
use daybreak_bus::message::{Dispatch, FromAgent, Question, Term, ToAgent, Watch};
use daybreak_flows::model::{Definitions, JobIx};
use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Span;
use tokio::sync::mpsc;

use super::error::in_words;
use super::names::Names;
use super::parcel::{Assignment, Content, Parcel};
use super::render;
use super::size;
use super::versions::{VersionError, Versions};
use crate::engine::Awaited;
use crate::ports::History;
use crate::rows::JobId;

/// Pause between two tries to read a definition version.
const PAUSE: Duration = Duration::from_secs(1);

/// What the loop hands over, in the order in which it is to be done.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// From now on this version is in force.
    Definitions {
        /// Its number.
        version: u64,
        /// What it says.
        definitions: Arc<Definitions>,
        /// Names of the numbers.
        names: Names,
    },
    /// A message.
    Parcel(Parcel),
    /// The deliveries that an agent should look for.
    Watch {
        /// Its name.
        agent: String,
        /// All of them.
        awaited: Vec<Awaited>,
    },
}

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Carrier<L, H> {
    link: L,
    term: Term,
    grace: Span,
    versions: Versions<H>,
    /// Rendered deliveries of the last list of each agent: lists change little from one to the next.
    watched: BTreeMap<String, BTreeMap<(JobId, Ordinal), Watch>>,
    outgoing: mpsc::UnboundedReceiver<Outgoing>,
    incoming: mpsc::Sender<Delivery<FromAgent>>,
}

impl<L: SchedulerLink, H: History> Carrier<L, H> {
    pub(super) fn new(
        link: L,
        term: Term,
        grace: Span,
        history: H,
        outgoing: mpsc::UnboundedReceiver<Outgoing>,
        incoming: mpsc::Sender<Delivery<FromAgent>>,
    ) -> Self {
        Self {
            link,
            term,
            grace,
            versions: Versions::new(history),
            watched: BTreeMap::new(),
            outgoing,
            incoming,
        }
    }

    /// Works until the loop has gone or the transport is closed.
    pub(super) async fn run(mut self) {
        while let Some(work) = self.next().await {
            match work {
                Work::HandIn(permit, delivery) => drop(permit.send(delivery)),
                Work::Send(outgoing) => {
                    if let Err(LinkError::Closed) = self.perform(outgoing).await {
                        return;
                    }
                }
            }
        }
    }

    async fn next(&mut self) -> Option<Work> {
        let hand_in = async {
            // Room first: what has been received must not be lost when something is to be sent meanwhile.
            let permit = self.incoming.clone().reserve_owned().await.ok()?;
            let delivery = self.link.receive().await?;
            Some(Work::HandIn(permit, delivery))
        };
        tokio::select! {
            work = hand_in => work,
            outgoing = self.outgoing.recv() => outgoing.map(Work::Send),
        }
    }

    async fn perform(&mut self, outgoing: Outgoing) -> Result<(), LinkError> {
        match outgoing {
            Outgoing::Definitions { version, definitions, names } => {
                self.versions.put(version, definitions, names);
                self.watched.clear();
                Ok(())
            }
            Outgoing::Parcel(Parcel { agent, content }) => {
                for message in self.messages(content).await {
                    self.send(&agent, message).await?;
                }
                Ok(())
            }
            Outgoing::Watch { agent, awaited } => {
                let feeds = self.rendered(&agent, awaited);
                self.send(&agent, ToAgent::Watch { term: self.term, feeds }).await
            }
        }
    }

    /// A message that the transport does not take is dropped: reconciliation says it again.
    async fn send(&mut self, agent: &str, message: ToAgent) -> Result<(), LinkError> {
        let sent = self.link.send(agent, message).await;
        match sent {
            Ok(()) | Err(LinkError::Closed) => sent,
            Err(error @ LinkError::NoMailbox { .. }) => {
                tracing::debug!(agent, %error, "message dropped");
                Ok(())
            }
        }
    }

    async fn messages(&mut self, content: Content) -> Vec<ToAgent> {
        let term = self.term;
        match content {
            Content::Query(number) => vec![ToAgent::Query(Question { term, number })],
            Content::Revoke(attempts) => vec![ToAgent::Revoke { term, attempts }],
            Content::Kill(attempts) => vec![ToAgent::Kill { term, attempts }],
            Content::Renew { incarnation, accepted_up_to, reported_up_to } => {
                vec![ToAgent::Renew { term, incarnation, accepted_up_to, reported_up_to }]
            }
            Content::Receipt { incarnation, up_to } => vec![ToAgent::Receipt { term, incarnation, up_to }],
            Content::Dispatch { incarnation, items } => {
                let parts = size::split(self.dispatches(items).await);
                parts.into_iter().map(|items| ToAgent::Dispatch { term, incarnation, items }).collect()
            }
        }
    }

    async fn dispatches(&mut self, items: Vec<Assignment>) -> Vec<Dispatch> {
        let grace = self.grace;
        let mut dispatches = Vec::with_capacity(items.len());
        for item in items {
            let rendered = match self.defined(item).await {
                Ok((definitions, ix)) => render::dispatch(definitions, ix, item, grace),
                Err(error) => render::failing(item, grace, &error),
            };
            dispatches.push(rendered);
        }
        dispatches
    }

    /// The job of an attempt. Waits for a store that cannot be read: an attempt that is left out would never be sent, because an
    /// agent that accepts later numbers has passed its number.
    async fn defined(&mut self, item: Assignment) -> Result<(&Definitions, JobIx), VersionError> {
        while let Err(error @ VersionError::Store { .. }) = self.versions.ensure(item.version).await {
            tracing::warn!(error = in_words(&error), "attempts are not sent");
            tokio::time::sleep(PAUSE).await;
        }
        self.versions.job(item.version, item.key.job)
    }

    fn rendered(&mut self, agent: &str, awaited: Vec<Awaited>) -> Vec<Watch> {
        let mut before = self.watched.remove(agent).unwrap_or_default();
        let mut list = BTreeMap::new();
        for item in awaited {
            let at = (item.job, item.ordinal);
            let watch = match before.remove(&at) {
                Some(watch) => Some(Watch { known: item.known, ..watch }),
                None => self.watch(&item),
            };
            list.extend(watch.map(|watch| (at, watch)));
        }
        let feeds = list.values().cloned().collect();
        self.watched.insert(agent.to_owned(), list);
        feeds
    }

    fn watch(&self, awaited: &Awaited) -> Option<Watch> {
        let version = self.versions.current();
        let (definitions, ix) = self.versions.job(version, awaited.job).ok()?;
        render::watch(definitions, ix, awaited).unwrap_or_else(|error| {
            // `check` renders every pattern, so that this is a period that it did not foresee.
            tracing::error!(
                job = definitions.jobs[ix as usize].name,
                error = in_words(&*error),
                "files not looked for"
            );
            None
        })
    }
}

/// What comes next.
enum Work {
    HandIn(mpsc::OwnedPermit<Delivery<FromAgent>>, Delivery<FromAgent>),
    Send(Outgoing),
}
