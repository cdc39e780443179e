//! Every time and size of the link, in one place: they have to fit each other.

use std::time::Duration;

/// Heartbeat that is agreed with the broker, seconds. The broker closes a connection after two of them without a sign of us.
pub(super) const HEARTBEAT_S: u16 = 10;
/// Longest wait for the answer to one call: connect, declare, publish, confirm, acknowledge.
pub(super) const CALL_MAX: Duration = Duration::from_secs(10);
/// A connection on which nothing was confirmed for so long is asked for a round trip. Together with [`CALL_MAX`] a broker that
/// answers no more is noticed within 20 s.
pub(super) const PROBE_EVERY: Duration = Duration::from_secs(10);
/// How often the clocks of a connection are looked at.
pub(super) const TICK: Duration = Duration::from_secs(1);
/// A connection that the broker blocks for longer is built anew: the word that ends the block might have been lost.
pub(super) const BLOCKED_MAX: Duration = Duration::from_secs(60);
/// Pauses between two tries to connect grow from the first to the second.
pub(super) const PAUSE_MIN: Duration = Duration::from_millis(500);
/// See [`PAUSE_MIN`].
pub(super) const PAUSE_MAX: Duration = Duration::from_secs(5);
/// A connection that lived for so long was a good one: the next pause is short again.
pub(super) const STEADY: Duration = Duration::from_secs(10);
/// How long a message waits for a broker that is away or blocks. Later it is dropped: reconciliation has newer words by then.
pub(super) const KEEP_MAX: Duration = Duration::from_secs(30);
/// How long a closing link may take to confirm and acknowledge what is under way.
pub(super) const CLOSE_MAX: Duration = Duration::from_secs(2);

/// What may be under way to the broker at once, in units of [`ROOM_UNIT_BYTES`]: 32 MiB, or 1,024 messages.
pub(super) const ROOM_UNITS: u32 = 1_024;
/// The room that the smallest message takes.
pub(super) const ROOM_UNIT_BYTES: usize = 32 * 1024;
/// Deliveries that the broker hands out before the first is settled.
pub(super) const PREFETCH: u16 = 256;

/// Heartbeats that nobody fetched are of no interest any more after so long. Milliseconds.
pub(super) const HEARTBEAT_TTL_MS: u32 = 30_000;
/// More heartbeats than that are dropped, the oldest first.
pub(super) const HEARTBEATS_MAX: u32 = 10_000;
/// A mailbox that nobody reads, writes or declares for so long removes itself: that of an agent that is gone for good. Milliseconds.
pub(super) const MAILBOX_EXPIRES_MS: u32 = 7 * 24 * 3_600_000;
/// Messages in the quarantine; the oldest make room.
pub(super) const QUARANTINE_MAX: u32 = 1_000;
/// So much of a quarantined message is kept.
pub(super) const QUARANTINED_BYTES_MAX: usize = 64 * 1024;

/// Agents that have a mailbox. Bounds what somebody with an agent's credentials can make the scheduler declare.
pub(super) const AGENTS_MAX: usize = 10_000;
/// An agent whose present journal is silent for so long may be one that began its former journal again.
pub(super) const SILENT: Duration = Duration::from_secs(60);
