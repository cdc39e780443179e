//! The files of attempts that are over: what they were started with, and what they printed.

use std::collections::BTreeSet;
use std::time::Duration;

use daybreak_bus::message::AttemptKey;
use daybreak_flows::time::{Span, Timestamp};

use super::shell::Shell;
use crate::clock::Clock;
use crate::logs;
use crate::secrets::{SecretMask, handed, refers};

impl<C: Clock> Shell<C> {
    /// What hides the secrets that the attempt was given, and all that there are now; `None` if nothing says what it was given.
    pub(super) fn mask(&mut self, key: AttemptKey) -> Option<SecretMask> {
        if self.without_files.contains(&key) {
            return Some(SecretMask::default());
        }
        let given = match self.secrets.remove(&key) {
            Some(given) => given,
            // Started before this agent was, or without a secret.
            None => match handed(&self.data.handed_secrets(key)) {
                Ok(Some(given)) => given,
                Ok(None) if self.state.handed(key).is_some_and(|dispatch| refers(&dispatch.run)) => {
                    return None;
                }
                Ok(None) => return Some(SecretMask::default()),
                Err(error) => {
                    tracing::error!(%error, "an attempt's output is withheld");
                    return None;
                }
            },
        };
        let now = self.launcher.secrets.all().unwrap_or_else(|error| {
            tracing::warn!(%error, "only what an attempt was given is hidden in its output");
            Vec::new()
        });
        Some(SecretMask::new(&[given, now].concat()))
    }

    /// Script, spec, secrets and result have done their work once the end is in the journal.
    pub(super) fn forget_files(&mut self, key: AttemptKey) {
        let looked_into = self.looked_into.remove(&key);
        if self.without_files.remove(&key) {
            return;
        }
        // An attempt that was lost has had no end to be looked into.
        if !looked_into && self.data.handed_secrets(key).exists() {
            let mask = self.mask(key);
            logs::conceal(&self.data.log(key), mask.as_ref());
        }
        let dir = self.data.attempt(key);
        match std::fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, dir = %dir.display(), "an attempt's files could not be removed");
            }
            Ok(()) | Err(_) => {}
        }
    }

    /// Removes the files that an agent which died has left of attempts that are over. `kept` is what the keeper holds: only
    /// after its word is known what is over.
    pub(super) fn sweep_files(&mut self, kept: &BTreeSet<AttemptKey>) {
        if std::mem::replace(&mut self.swept, true) {
            return;
        }
        let live: BTreeSet<AttemptKey> = self.state.live().collect();
        match self.data.attempts_with_files() {
            Ok(keys) => {
                for key in keys.into_iter().filter(|key| !live.contains(key) && !kept.contains(key)) {
                    self.forget_files(key);
                }
            }
            Err(error) => tracing::warn!(%error, "the files of attempts that are over were not looked for"),
        }
    }

    /// Deletes old logs, beside everything else that goes on.
    pub(super) fn expire_logs(&self) {
        let Some(keep) = self.settings.keep_logs else { return };
        // Until then attempts may run that this journal does not know.
        if !self.state.knows_keeper() {
            return;
        }
        let before = oldest(self.clock.now(), keep);
        let (data, live) = (self.data.clone(), self.state.live().collect());
        drop(tokio::task::spawn_blocking(move || match logs::expire(&data, before, &live) {
            Ok(deleted) => tracing::debug!(deleted, "old logs were deleted"),
            Err(error) => tracing::warn!(%error, "old logs could not be deleted"),
        }));
    }
}

fn oldest(now: Timestamp, keep: Duration) -> Timestamp {
    now.plus(Span(i64::try_from(keep.as_millis()).map_or(i64::MIN, i64::wrapping_neg)))
}
