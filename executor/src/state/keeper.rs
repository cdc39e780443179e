//! What the keeper says.

use std::collections::BTreeSet;

use daybreak_bus::message::{AttemptKey, What};
use daybreak_flows::time::Timestamp;

use super::book::Stage;
use super::cancel::killed_unstarted;
use super::{Effect, KeeperLink, Now, Outcome, State};
use crate::journal::Record;
use crate::keeper::protocol::{KeeperHello, Kept, KeptStage};

impl State {
    /// A keeper is there, new or found again: both sides compare what they know.
    ///
    /// The ends that it holds follow as [`super::Input::Ended`], each.
    pub(super) fn keeper_there(&mut self, now: Now, hello: KeeperHello, out: &mut Outcome) {
        self.keeper = KeeperLink::There;
        let unbroken = self.book.ledger == Some(hello.ledger);
        if !unbroken {
            self.write(Record::Ledger { id: hello.ledger }, out);
        }
        let kept: BTreeSet<AttemptKey> = hello.kept.iter().map(|kept| kept.key).collect();
        let missing: Vec<AttemptKey> = self.book.handed.difference(&kept).copied().collect();
        for key in missing {
            if unbroken { self.hand_again(now, key, out) } else { self.lost(now, key, out) }
        }
        for kept in hello.kept {
            self.compare(now, kept, out);
        }
        out.effects.extend(self.asked.take().map(Effect::List));
    }

    /// The keeper's unbroken record does not know it: it was never started, whatever else happened.
    fn hand_again(&mut self, now: Now, key: AttemptKey, out: &mut Outcome) {
        match self.book.attempts.get(&key).map(|attempt| &attempt.stage) {
            Some(Stage::Handed { kill: true, .. }) => {
                self.report(now, key, now.wall, killed_unstarted(now), out);
                out.effects.push(Effect::Forget(key));
            }
            Some(Stage::Handed { .. }) if self.revoking.contains(&key) => {
                self.report(now, key, now.wall, What::Revoked, out);
                out.effects.push(Effect::Forget(key));
            }
            Some(Stage::Handed { dispatch, .. }) => out.effects.push(Effect::Start(dispatch.clone())),
            Some(Stage::Adopted { .. }) => self.lost(now, key, out),
            Some(Stage::Waiting { .. } | Stage::Ended { .. }) | None => {}
        }
    }

    /// There is the intent to start it, and the record that could prove a start or its absence is gone (P5).
    fn lost(&mut self, now: Now, key: AttemptKey, out: &mut Outcome) {
        let reason = "it was given to a keeper whose records are gone (did the host restart?): nothing proves that it \
                      ran, and nothing that it did not";
        self.report(now, key, now.wall, What::Unknown { reason: reason.to_owned() }, out);
        out.effects.push(Effect::Forget(key));
    }

    fn compare(&mut self, now: Now, kept: Kept, out: &mut Outcome) {
        let Kept { key, number, incarnation, stage } = kept;
        match self.book.attempts.get(&key).map(|attempt| &attempt.stage) {
            Some(Stage::Handed { kill, .. } | Stage::Adopted { kill, .. }) => {
                if *kill {
                    out.effects.push(Effect::Kill(key));
                }
            }
            // Handed over by a journal that has forgotten it since; the keeper's word is the newer one.
            Some(Stage::Waiting { .. }) => self.write(Record::Handed { key }, out),
            Some(Stage::Ended { .. }) => return,
            None if incarnation == self.me.incarnation && self.book.seen.contains(number) => return,
            None => self.write(Record::Adopted { key }, out),
        }
        match stage {
            KeptStage::Queued if self.revoking.contains(&key) => out.effects.push(Effect::Withdraw(key)),
            KeptStage::Running { since } => self.started(now, key, since, out),
            KeptStage::Queued | KeptStage::Ended(_) => {}
        }
    }

    pub(super) fn started(&mut self, now: Now, key: AttemptKey, at: Timestamp, out: &mut Outcome) {
        self.revoking.remove(&key);
        match self.book.attempts.get(&key).map(|attempt| &attempt.stage) {
            Some(Stage::Handed { running: false, .. } | Stage::Adopted { running: false, .. }) => {
                self.report(now, key, at, What::Started, out);
            }
            Some(
                Stage::Handed { .. } | Stage::Adopted { .. } | Stage::Waiting { .. } | Stage::Ended { .. },
            )
            | None => {}
        }
    }

    pub(super) fn ended(&mut self, now: Now, key: AttemptKey, at: Timestamp, what: What, out: &mut Outcome) {
        self.revoking.remove(&key);
        self.pace.count_end(now.boot);
        match self.book.attempts.get(&key).map(|attempt| &attempt.stage) {
            Some(Stage::Handed { .. } | Stage::Adopted { .. }) => self.report(now, key, at, what, out),
            Some(Stage::Waiting { .. } | Stage::Ended { .. }) | None => {}
        }
        out.effects.push(Effect::Forget(key));
    }

    pub(super) fn withdrawn(&mut self, now: Now, key: AttemptKey, out: &mut Outcome) {
        self.revoking.remove(&key);
        let Some(Stage::Handed { kill, .. }) = self.book.attempts.get(&key).map(|attempt| &attempt.stage)
        else {
            return;
        };
        let what = if *kill { killed_unstarted(now) } else { What::Revoked };
        self.report(now, key, now.wall, what, out);
        out.effects.push(Effect::Forget(key));
    }
}
