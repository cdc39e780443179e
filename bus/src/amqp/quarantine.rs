//! Where bytes go that are no message: out of the way, where a person can look at them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable};

use super::content::Garbage;
use super::limits::QUARANTINED_BYTES_MAX;
use super::names::{Names, QUARANTINE};
use super::outbox::{Letter, Outbox};

/// Longest reason in a header, characters: headers have to fit into one frame.
const REASON_MAX: usize = 500;

pub(super) struct Quarantine {
    pub(super) names: Names,
    /// Who received it: `scheduler`, or the agent's name.
    pub(super) receiver: String,
    pub(super) outbox: Outbox,
    pub(super) count: Arc<AtomicU64>,
    pub(super) logged: BTreeSet<&'static str>,
}

impl Quarantine {
    /// Sends a copy of the beginning there. The original is to be acknowledged: it would come again for ever.
    pub(super) fn take(&mut self, delivery: &Delivery, garbage: &Garbage) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let (reason, bytes) = (&garbage.reason, delivery.data.len());
        let user = delivery.properties.user_id().as_ref().map_or("unknown", |user| user.as_str());
        if self.logged.insert(garbage.kind) {
            let key = delivery.routing_key.as_str();
            tracing::error!(
                user,
                key,
                bytes,
                reason,
                "bytes that are no message were put into the quarantine"
            );
        }
        let mut headers = FieldTable::default();
        let reason: String = reason.chars().take(REASON_MAX).collect();
        let texts = [
            ("kind", garbage.kind),
            ("reason", &reason),
            ("receiver", &self.receiver),
            ("exchange", delivery.exchange.as_str()),
            ("key", delivery.routing_key.as_str()),
            ("user", user),
        ];
        for (name, text) in texts {
            headers.insert(name.into(), AMQPValue::LongString(text.into()));
        }
        headers.insert("bytes".into(), AMQPValue::LongLongInt(i64::try_from(bytes).unwrap_or(i64::MAX)));
        self.outbox.publish_if_room(Letter {
            exchange: self.names.exchange_of_agents(),
            key: QUARANTINE.to_owned(),
            bytes: delivery.data[..bytes.min(QUARANTINED_BYTES_MAX)].to_vec(),
            headers,
            durable: true,
            mandatory: false,
        });
    }
}
