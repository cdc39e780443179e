//! Starting attempts.

use daybreak_bus::message::AttemptKey;

use super::{Attempt, Stage, Table};
use crate::clock::Clock;
use crate::keeper::cgroup::Group;
use crate::keeper::ledger::{Line, Starting};
use crate::keeper::log_files::Nameless;
use crate::keeper::output::{Output, no_log};
use crate::keeper::protocol::{End, How, Start, Usage};
use crate::keeper::running::{Beginning, Running};
use crate::keeper::spawn;
use crate::layout::marker;

impl Table {
    /// Starts what fits, in order; writes the ledger before.
    pub(in crate::keeper) fn start(&mut self) {
        let mark = self.ledger.mark();
        let mut chosen = Vec::new();
        for key in self.choose() {
            match self.files.take() {
                Ok(nameless) => {
                    self.announce_start(key, nameless.number());
                    chosen.push((key, nameless));
                }
                Err(error) => self.not_started(key, &no_log(&error)),
            }
        }
        if let Err(error) = self.ledger.flush() {
            self.ledger.take_back(mark);
            let reason = format!("the keeper cannot write its ledger: {error}");
            for (key, nameless) in chosen {
                self.files.give_back(nameless);
                self.not_started(key, &reason);
            }
            return;
        }
        for (key, nameless) in chosen {
            self.spawn(key, nameless);
        }
    }

    fn announce_start(&mut self, key: AttemptKey, log: u64) {
        let at = self.clock.now();
        if let Some(attempt) = self.attempts.get_mut(&key) {
            attempt.identity.at = at;
            attempt.identity.log = log;
            self.ledger.push(&Line::Starting(attempt.identity.clone()));
        }
    }

    /// The first that does not fit stops the rest, as at the agent.
    fn choose(&mut self) -> Vec<AttemptKey> {
        let slots = self.conditions.slots;
        let weight = |attempt: &Attempt| attempt.identity.slots.clamp(1, slots.max(1));
        let mut taken: u32 = self.running.iter().filter_map(|key| self.attempts.get(key)).map(weight).sum();
        let mut chosen = Vec::new();
        while let Some(key) = self.queue.front() {
            let Some(attempt) = self.attempts.get(key) else {
                self.queue.pop_front();
                continue;
            };
            if taken > 0 && taken.saturating_add(weight(attempt)) > slots {
                break;
            }
            taken = taken.saturating_add(weight(attempt));
            chosen.extend(self.queue.pop_front());
        }
        chosen
    }

    fn spawn(&mut self, key: AttemptKey, nameless: Nameless) {
        let Some(Attempt { identity, stage: Stage::Queued(start) }) = self.attempts.get(&key) else { return };
        let strangers =
            self.running.is_empty().then(|| self.children.unknown(|pid| self.mains.contains_key(&pid)));
        let marker = marker(key);
        let marks = [(spawn::ATTEMPT, marker.as_str()), (spawn::KEEPER, self.home.as_str())];
        let spawn = || spawn::spawn(start, marks, nameless.file());
        let spawned = match &self.cgroups {
            Some(cgroups) => cgroups.within(key, spawn).map(|(pid, group)| (pid, Some(group))),
            None => spawn().map(|pid| (pid, None)),
        };
        let (pid, cgroup) = match spawned {
            Ok(spawned) => spawned,
            Err(error) => {
                let reason = not_spawned(start, &error);
                self.files.give_back(nameless);
                return self.not_started(key, &reason);
            }
        };
        let now = self.clock.boottime();
        let output = Output::nameless(nameless, self.conditions.log_cap_bytes, now);
        let mut running = Running::started(pid, self.beginning(identity, Some(output), cgroup), now);
        match strangers {
            Some(strangers) => running.begins_alone(strangers),
            None => self.join_all(),
        }
        self.mains.insert(pid, key);
        self.running.push(key);
        if let Some(attempt) = self.attempts.get_mut(&key) {
            attempt.stage = Stage::Running(Box::new(running));
        }
    }

    /// Whoever runs is not alone any more.
    fn join_all(&mut self) {
        for key in self.running.clone() {
            if let Some(running) = self.running_mut(key) {
                running.is_joined();
            }
        }
    }

    fn not_started(&mut self, key: AttemptKey, reason: &str) {
        let Some(attempt) = self.attempts.remove(&key) else { return };
        let now = self.clock.now();
        let end = End {
            how: How::NotStarted { reason: reason.to_owned() },
            started_at: now,
            ended_at: now,
            usage: Usage::default(),
            log_bytes: 0,
            log_dropped: 0,
            left_behind: Vec::new(),
        };
        self.ended(attempt.identity, end);
    }

    pub(super) fn beginning(
        &self,
        identity: &Starting,
        output: Option<Output>,
        cgroup: Option<Group>,
    ) -> Beginning {
        let marks = [
            format!("{}={}", spawn::ATTEMPT, marker(identity.key)),
            format!("{}={}", spawn::KEEPER, self.home),
        ];
        let Starting { at, timeout, grace, .. } = *identity;
        Beginning { marks, since: at, timeout, grace, output, cgroup }
    }
}

fn not_spawned(start: &Start, error: &std::io::Error) -> String {
    let program = start.argv.first().map_or("", String::as_str);
    format!("`{program}` cannot be started in {}: {error}", start.dir.display())
}
