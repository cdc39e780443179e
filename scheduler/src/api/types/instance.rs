//! Instances, their attempts and their output on the wire.

use daybreak_bus::message::Ended;
use daybreak_flows::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::Filter;
use crate::engine::view::{InstanceView, NeedView};

/// The query string of a [`Filter`], as `GET /v1/status` and `GET /v1/instances` read it: one pair a value, under
/// `job`, `flow`, `period`, `state`, `platform`, `layer`, `interfaces`, `limit`.
#[must_use]
pub fn filter_query(filter: &Filter) -> Vec<(&'static str, String)> {
    let Filter { jobs, flows, periods, states, platforms, layers, interfaces, limit } = filter;
    let lists = [
        ("job", jobs),
        ("flow", flows),
        ("period", periods),
        ("state", states),
        ("platform", platforms),
        ("layer", layers),
    ];
    let values =
        lists.into_iter().flat_map(|(key, values)| values.iter().map(move |value| (key, value.clone())));
    let interfaces = interfaces.map(|only| ("interfaces", only.to_string()));
    let limit = limit.map(|limit| ("limit", limit.to_string()));
    values.chain(interfaces).chain(limit).collect()
}

/// `GET /v1/instances`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceList {
    /// Ordered by start of the period, then by job name.
    pub instances: Vec<InstanceView>,
    /// How many there are, those beyond `limit` included.
    #[serde(default)]
    pub total: u64,
}

/// `GET /v1/show/{job}/{period}`: everything that is known about one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowView {
    /// The instance.
    pub instance: InstanceView,
    /// It has left the running tables: reasons and needs are empty.
    pub archived: bool,
    /// What it waits or waited for.
    pub needs: Vec<NeedView>,
    /// All attempts, ascending.
    pub attempts: Vec<AttemptView>,
    /// Interfaces: all deliveries, ascending.
    pub arrivals: Vec<ArrivalView>,
}

/// One attempt of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptView {
    /// From 1.
    pub attempt: u32,
    /// Which agent had it.
    pub agent: String,
    /// Definition version that it was bound to.
    pub version: u64,
    /// When it was sent.
    pub dispatched_at: Timestamp,
    /// When its task started, by the agent's clock.
    pub started_at: Option<Timestamp>,
    /// When it ended, by the agent's clock.
    pub ended_at: Option<Timestamp>,
    /// How it ended, with counts and last words.
    pub ended: Option<Ended>,
    /// Why nobody can tell how it ends, for people; without `ended` nobody can to this day.
    #[serde(default)]
    pub lost: Option<String>,
}

/// One delivery of an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalView {
    /// From 1 within the period.
    pub delivery: u32,
    /// When the scheduler learned of it.
    pub at: Timestamp,
    /// Data files.
    pub files: u32,
    /// Bytes of the data files.
    pub bytes: u64,
    /// Rows that the check file announces.
    pub rows: Option<u64>,
    /// Delivered, or declared, empty.
    pub empty: bool,
    /// What is wrong with it; a wrong delivery meets nothing.
    pub problem: Option<String>,
}

/// `GET /v1/log/{job}/{period}?attempt=&offset=&follow=`: a piece of an attempt's output.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogChunk {
    /// Which attempt it is of; 0 = none has begun yet, which only a follower hears.
    pub attempt: u32,
    /// The output from `offset` on; bytes that are not UTF-8 come as U+FFFD.
    pub text: String,
    /// The byte offset to ask for next.
    pub next_offset: u64,
    /// The attempt has ended and there is nothing after this piece.
    pub ended: bool,
}
