//! What a try to commit has taught us, and what follows from it (P1, P2). Memory is never patched: a batch becomes durable
//! as it is, or the leadership is over.

use std::time::Duration;

use crate::ports::{Position, Store, StoreError};
use crate::rows::Batch;

/// What follows from one try.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The batch is durable.
    Durable,
    /// Another step, at once.
    Again,
    /// Another step, after a pause: the store does not work now.
    Pause(StoreError),
    /// This process must not write any more.
    Over(StoreError),
}

/// One batch on its way into the store.
#[derive(Debug)]
pub(super) struct Commit<'a> {
    batch: &'a Batch,
    /// An earlier try may have been the one that took the number.
    doubtful: bool,
    /// The next try is a question.
    ask: bool,
}

impl<'a> Commit<'a> {
    pub(super) const fn of(batch: &'a Batch) -> Self {
        Self { batch, doubtful: false, ask: false }
    }

    /// Takes the next step: writes the batch, or asks how the last try ended.
    pub(super) async fn try_once(&mut self, store: &mut impl Store) -> Verdict {
        if self.ask {
            let position = store.position().await;
            self.after_position(position)
        } else {
            let result = store.commit(self.batch).await;
            self.after_commit(result)
        }
    }

    fn after_commit(&mut self, result: Result<(), StoreError>) -> Verdict {
        match result {
            Ok(()) => Verdict::Durable,
            Err(error @ StoreError::Unknown { .. }) => {
                self.doubtful = true;
                self.ask = true;
                Verdict::Pause(error)
            }
            // After a doubtful try this may be our own success seen from behind.
            Err(error @ StoreError::Fenced { .. }) if self.doubtful => {
                self.ask = true;
                Verdict::Pause(error)
            }
            Err(error @ StoreError::Failed { .. }) => Verdict::Pause(error),
            Err(
                error @ (StoreError::Fenced { .. }
                | StoreError::InUse { .. }
                | StoreError::Newer { .. }
                | StoreError::Row { .. }),
            ) => Verdict::Over(error),
        }
    }

    fn after_position(&mut self, result: Result<Position, StoreError>) -> Verdict {
        let Batch { term, seq, .. } = *self.batch;
        match result {
            Ok(at) if at.term == term && at.seq == seq => Verdict::Durable,
            Ok(at) if at.term == term && at.seq + 1 == seq => {
                // Still doubtful: the lost try may reach the store after this answer has left it.
                self.ask = false;
                Verdict::Again
            }
            Ok(_) => Verdict::Over(StoreError::Fenced { term, seq }),
            Err(error @ (StoreError::Failed { .. } | StoreError::Unknown { .. })) => Verdict::Pause(error),
            Err(
                error @ (StoreError::Fenced { .. }
                | StoreError::InUse { .. }
                | StoreError::Newer { .. }
                | StoreError::Row { .. }),
            ) => Verdict::Over(error),
        }
    }
}

/// The pause before the next try after `tries` failed ones: doubling from 50 ms to 5 s.
pub(super) fn pause_after(tries: u32) -> Duration {
    Duration::from_millis(50 << tries.saturating_sub(1).min(7)).min(Duration::from_secs(5))
}

#[cfg(test)]
mod tests {
    use daybreak_flows::time::Timestamp;

    use super::*;

    /// What the store answers to one try.
    enum Said {
        Written,
        Failed,
        Unknown,
        Fenced,
        /// It stands at (term, seq).
        At(u64, u64),
    }

    fn error(said: &Said) -> StoreError {
        match said {
            Said::Unknown => StoreError::Unknown { seq: 5, source: "connection lost".into() },
            Said::Fenced => StoreError::Fenced { term: 3, seq: 5 },
            Said::Failed | Said::Written | Said::At(..) => StoreError::Failed {
                operation: "commit a batch",
                place: "daybreak.db".to_owned(),
                source: "disk full".into(),
            },
        }
    }

    /// Plays the answers to batch 5 of term 3; the outcomes by name.
    fn play(answers: &[Said]) -> Vec<&'static str> {
        let batch = Batch { term: 3, seq: 5, ..Batch::default() };
        let mut commit = Commit::of(&batch);
        let mut outcomes = Vec::new();
        for said in answers {
            let verdict = if commit.ask {
                commit.after_position(match said {
                    Said::At(term, seq) => Ok(Position { term: *term, seq: *seq, now: Timestamp(0) }),
                    Said::Written | Said::Failed | Said::Unknown | Said::Fenced => Err(error(said)),
                })
            } else {
                commit.after_commit(if matches!(said, Said::Written) { Ok(()) } else { Err(error(said)) })
            };
            outcomes.push(match verdict {
                Verdict::Durable => "durable",
                Verdict::Again => "again",
                Verdict::Pause(_) if commit.ask => "pause, ask",
                Verdict::Pause(_) => "pause, write",
                Verdict::Over(_) => "over",
            });
        }
        outcomes
    }

    #[test]
    fn every_way_a_commit_can_go() {
        use Said::{At, Failed, Fenced, Unknown, Written};
        assert_eq!(play(&[Written]), ["durable"]);
        assert_eq!(play(&[Failed, Failed, Written]), ["pause, write", "pause, write", "durable"]);
        assert_eq!(play(&[Fenced]), ["over"]);
        // The reply was lost, the batch was not.
        assert_eq!(play(&[Unknown, At(3, 5)]), ["pause, ask", "durable"]);
        // The batch was lost too.
        assert_eq!(play(&[Unknown, At(3, 4), Written]), ["pause, ask", "again", "durable"]);
        // The first try was only slow: it wins against its own repetition.
        assert_eq!(
            play(&[Unknown, At(3, 4), Fenced, At(3, 5)]),
            ["pause, ask", "again", "pause, ask", "durable"]
        );
        // Somebody else leads.
        assert_eq!(play(&[Unknown, At(4, 0)]), ["pause, ask", "over"]);
        assert_eq!(
            play(&[Unknown, At(3, 4), Fenced, At(4, 9)]),
            ["pause, ask", "again", "pause, ask", "over"]
        );
        // The question is repeated until it is answered.
        assert_eq!(
            play(&[Unknown, Failed, Unknown, At(3, 5)]),
            ["pause, ask", "pause, ask", "pause, ask", "durable"]
        );
    }

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let pauses: Vec<u128> =
            [1, 2, 3, 8, 9, u32::MAX].map(|tries| pause_after(tries).as_millis()).to_vec();
        assert_eq!(pauses, [50, 100, 200, 5_000, 5_000, 5_000]);
    }
}
