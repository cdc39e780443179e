//! What is declared on the broker. Only the scheduler's end declares; everything here may be said again at any time.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ExchangeKind};

use super::limits::{HEARTBEAT_TTL_MS, HEARTBEATS_MAX, MAILBOX_EXPIRES_MS, QUARANTINE_MAX};
use super::names::{HEARTBEAT, HELLO, Names, QUARANTINE, REPORT};
use super::settings::QueueKind;
use super::wire::{Failure, call};

/// Both exchanges, and the queues that the scheduler reads.
pub(super) async fn declare(channel: &Channel, names: &Names, kind: QueueKind) -> Result<(), Failure> {
    for exchange in [names.exchange_of_agents(), names.exchange_to_agents()] {
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let declared =
            channel.exchange_declare(exchange.into(), ExchangeKind::Direct, options, FieldTable::default());
        call("declare an exchange", declared).await?;
    }
    let from = names.exchange_of_agents();
    declare_queue(channel, &names.reports(), kind, &[]).await?;
    bind(channel, &names.reports(), &from, REPORT).await?;
    // Durable like the others, because brokers give up what is not; it is the messages in it that are kept in memory only.
    let short = [("x-message-ttl", HEARTBEAT_TTL_MS), ("x-max-length", HEARTBEATS_MAX)];
    declare_queue(channel, &names.heartbeats(), kind, &short).await?;
    bind(channel, &names.heartbeats(), &from, HEARTBEAT).await?;
    bind(channel, &names.heartbeats(), &from, HELLO).await?;
    declare_queue(channel, &names.quarantine(), kind, &[("x-max-length", QUARANTINE_MAX)]).await?;
    bind(channel, &names.quarantine(), &from, QUARANTINE).await
}

/// A mailbox and the way to it.
pub(super) async fn declare_mailbox(
    channel: &Channel,
    names: &Names,
    kind: QueueKind,
    mailbox: &str,
) -> Result<(), Failure> {
    declare_queue(channel, mailbox, kind, &[("x-expires", MAILBOX_EXPIRES_MS)]).await?;
    bind(channel, mailbox, &names.exchange_to_agents(), mailbox).await
}

/// The mailbox of a journal that was given up, with all that is in it.
pub(super) async fn delete_mailbox(channel: &Channel, mailbox: &str) -> Result<(), Failure> {
    let deleted = channel.queue_delete(mailbox.into(), QueueDeleteOptions::default());
    call("delete a mailbox", deleted).await.map(drop)
}

async fn declare_queue(
    channel: &Channel,
    name: &str,
    kind: QueueKind,
    numbers: &[(&str, u32)],
) -> Result<(), Failure> {
    let mut arguments = FieldTable::default();
    if kind == QueueKind::Quorum {
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    }
    for (key, value) in numbers {
        arguments.insert(ShortString::from(*key), AMQPValue::LongLongInt(i64::from(*value)));
    }
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    call("declare a queue", channel.queue_declare(name.into(), options, arguments)).await.map(drop)
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> Result<(), Failure> {
    let options = QueueBindOptions::default();
    let bound = channel.queue_bind(queue.into(), exchange.into(), key.into(), options, FieldTable::default());
    call("bind a queue", bound).await
}
