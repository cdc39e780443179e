//! Giving back and ending attempts (P7).

use daybreak_bus::message::{AttemptKey, Exit, What};

use super::accept::without_process;
use super::book::Stage;
use super::{Effect, Now, Outcome, State};
use crate::journal::Record;

impl State {
    /// Gives back what has not started, durably. What the keeper has is asked back from it; what runs or has ended is
    /// answered by its reports.
    pub(super) fn revoke(&mut self, now: Now, key: AttemptKey, out: &mut Outcome) {
        match self.book.attempts.get(&key).map(|attempt| &attempt.stage) {
            Some(Stage::Waiting { .. }) => self.report(now, key, now.wall, What::Revoked, out),
            Some(Stage::Handed { running: false, .. }) => {
                self.revoking.insert(key);
                out.effects.push(Effect::Withdraw(key));
            }
            Some(Stage::Handed { running: true, .. } | Stage::Adopted { .. } | Stage::Ended { .. }) => {
                self.repeat_reports_of(now, key, out);
            }
            // Asked for again, and answered then.
            None if !self.knows_keeper() => {}
            None => self.entomb(now, key, What::Revoked, out),
        }
    }

    /// Ends an attempt, durably wanted: an agent that dies now ends it after its return.
    pub(super) fn kill(&mut self, now: Now, key: AttemptKey, out: &mut Outcome) {
        match self.book.attempts.get(&key).map(|attempt| &attempt.stage) {
            Some(Stage::Waiting { .. }) => self.report(now, key, now.wall, killed_unstarted(now), out),
            Some(Stage::Handed { kill, .. } | Stage::Adopted { kill, .. }) => {
                if !kill {
                    self.write(Record::Kill { key }, out);
                }
                out.effects.push(Effect::Kill(key));
            }
            Some(Stage::Ended { .. }) => {
                self.repeat_reports_of(now, key, out);
            }
            // Asked for again, and answered then.
            None if !self.knows_keeper() => {}
            None => self.entomb(now, key, killed_unstarted(now), out),
        }
    }

    /// An unknown attempt: its dispatch may still be under way, and must find the tombstone.
    fn entomb(&mut self, now: Now, key: AttemptKey, what: What, out: &mut Outcome) {
        if self.book.tombstones.contains_key(&key) {
            self.repeat_reports_of(now, key, out);
            return;
        }
        self.write(Record::Tombstone { key, term: self.book.term }, out);
        self.report(now, key, now.wall, what, out);
    }
}

pub(super) fn killed_unstarted(now: Now) -> What {
    What::Ended(without_process(Exit::Killed, now))
}
