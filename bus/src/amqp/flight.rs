//! What one publishing connection has under way.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use lapin::options::BasicPublishOptions;
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation, PublisherConfirm};
use tokio::time::Instant;

use super::names::PROBE;
use super::outbox::{Order, Parcel};
use super::wire::Failure;

/// AMQP's word for a message that survives a restart of the broker, and for one that does not.
const DURABLE: u8 = 2;
const TRANSIENT: u8 = 1;

/// The end of the one thing that is done at a time.
pub(super) enum Done {
    /// Written to the socket; the broker's word is awaited.
    Handed(u64, lapin::Result<PublisherConfirm>),
    /// A mailbox was declared or deleted.
    Arranged(Result<(), Failure>),
}

type Confirmed = BoxFuture<'static, (u64, lapin::Result<Confirmation>)>;

pub(super) struct Flight {
    channel: Channel,
    /// Set by us, compared with the login by the broker: what arrives with it was sent by this user.
    user: ShortString,
    doing: Option<BoxFuture<'static, Done>>,
    confirms: FuturesUnordered<Confirmed>,
    sent: BTreeMap<u64, (Parcel, Instant)>,
    number: u64,
    blocked: Option<(String, Instant)>,
    heard_at: Instant,
}

impl Flight {
    pub(super) fn new(channel: Channel, user: &str) -> Self {
        Self {
            channel,
            user: user.into(),
            doing: None,
            confirms: FuturesUnordered::new(),
            sent: BTreeMap::new(),
            number: 0,
            blocked: None,
            heard_at: Instant::now(),
        }
    }

    /// Whether something may be begun. A blocked connection would keep it, and everything after it.
    pub(super) const fn is_free(&self) -> bool {
        self.doing.is_none() && self.blocked.is_none()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.doing.is_none() && self.sent.is_empty()
    }

    /// What is to be waited for: the end of what is being done, and confirmations.
    pub(super) fn parts(&mut self) -> (impl Future<Output = Done>, &mut FuturesUnordered<Confirmed>) {
        let slot = &mut self.doing;
        let doing = async move {
            let done = match slot {
                Some(doing) => doing.await,
                None => pending().await,
            };
            *slot = None;
            done
        };
        (doing, &mut self.confirms)
    }

    pub(super) fn publish(&mut self, parcel: Parcel) {
        self.number += 1;
        let (number, channel, letter) = (self.number, self.channel.clone(), Arc::clone(&parcel.letter));
        self.sent.insert(number, (parcel, Instant::now()));
        let mode = if letter.durable { DURABLE } else { TRANSIENT };
        let properties = BasicProperties::default()
            .with_delivery_mode(mode)
            .with_user_id(self.user.clone())
            .with_headers(letter.headers.clone());
        let options = BasicPublishOptions { mandatory: letter.mandatory, ..BasicPublishOptions::default() };
        let work = async move {
            let (exchange, key) = (letter.exchange.as_str().into(), letter.key.as_str().into());
            let handed = channel.basic_publish(exchange, key, options, &letter.bytes, properties).await;
            Done::Handed(number, handed)
        };
        self.doing = Some(work.boxed());
    }

    pub(super) fn arrange(&mut self, work: impl Future<Output = Result<(), Failure>> + Send + 'static) {
        self.doing = Some(work.map(Done::Arranged).boxed());
    }

    /// A message of which only the confirmation is of interest.
    pub(super) fn probe(&mut self, exchange: String) {
        self.publish(Parcel::probe(exchange));
    }

    pub(super) fn await_confirm(&self, number: u64, confirm: PublisherConfirm) {
        self.confirms.push(async move { (number, confirm.await) }.boxed());
    }

    pub(super) fn confirmed(&mut self, number: u64) {
        self.sent.remove(&number);
        self.heard();
    }

    /// The broker has answered.
    pub(super) fn heard(&mut self) {
        self.heard_at = Instant::now();
    }

    pub(super) const fn heard_at(&self) -> Instant {
        self.heard_at
    }

    /// When the oldest message was sent that has no confirmation.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.sent.first_key_value().map(|(_, (_, sent_at))| *sent_at)
    }

    pub(super) fn block(&mut self, reason: String) {
        self.blocked = Some((reason, Instant::now()));
    }

    /// The broker goes on where it was: the time of the block does not count.
    pub(super) fn unblock(&mut self) {
        self.blocked = None;
        self.heard();
        let now = Instant::now();
        self.sent.values_mut().for_each(|(_, sent_at)| *sent_at = now);
    }

    pub(super) fn blocked(&self) -> Option<(&str, Instant)> {
        self.blocked.as_ref().map(|(reason, since)| (reason.as_str(), *since))
    }

    pub(super) const fn is_blocked(&self) -> bool {
        self.blocked.is_some()
    }

    /// What has no confirmation, to be sent again: it may arrive twice, which the protocol allows.
    pub(super) fn take_back(&mut self) -> impl Iterator<Item = Order> + use<> {
        let sent = std::mem::take(&mut self.sent).into_values();
        sent.filter(|(parcel, _)| parcel.letter.key != PROBE).map(|(parcel, _)| Order::Publish(parcel))
    }
}
