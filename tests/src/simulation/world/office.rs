//! People's side of the world: commands, definitions, files that land, and putting everything right in the end.

use std::rc::Rc;

use daybreak_bus::message::Delivered;
use daybreak_scheduler::engine::Filter;
use daybreak_scheduler::engine::command::Command;
use daybreak_scheduler::engine::state::State;

use super::World;
use crate::simulation::judge::{Rule, Violation};
use crate::simulation::leader::Inbound;
use crate::simulation::queue::Event;

impl World {
    /// A command has come through; without a scheduler nobody hears it, and its client asks again.
    pub(super) fn reach_office(&mut self, command: Command) {
        if let Some(leader) = &mut self.leader {
            leader.inbox.push_back(Inbound::Command(command));
        } else {
            let at = self.in_ms(5_000);
            self.queue.push(at, Event::ToOffice(command));
        }
    }

    pub(super) fn somebody_acts(&mut self) {
        self.foresee_after(self.faults.commands_every_ms, Event::SomebodyActs);
        let today = self.today();
        let command = self.operators.any(&mut self.random, &self.store, today);
        if self.random.chance(self.faults.repeated_commands) {
            let at = self.within_ms(0, 60_000);
            self.queue.push(at, Event::ToOffice(command.clone()));
        }
        self.reach_office(command);
    }

    /// A new version; the first one is the tree that the world began with.
    pub(super) fn version_comes(&mut self) {
        if self.store.definition.is_some() {
            self.foresee_after(self.faults.versions_every_ms, Event::VersionComes);
            let today = self.today();
            self.tree = Rc::new(self.tree.changed(&mut self.random, today, &self.size));
            self.trees.push((self.tree.to_source(), Rc::clone(&self.tree)));
        } else {
            // Until somebody has taken it.
            let at = self.in_ms(20_000);
            self.queue.push(at, Event::VersionComes);
        }
        if let Some(leader) = &mut self.leader {
            leader.inbox.retain(|inbound| !matches!(inbound, Inbound::Define(_)));
            leader.inbox.push_back(Inbound::Define(self.tree.to_source()));
        }
    }

    /// Files of some interface's period land: the first ones, better ones, or worse ones.
    pub(super) fn files_land(&mut self) {
        self.foresee_after(20_000, Event::FilesLand);
        let with_files: Vec<u32> = self
            .store
            .jobs
            .values()
            .filter(|row| self.tree.named(&row.name).is_some_and(|job| job.kind.has_files()))
            .map(|row| row.id)
            .collect();
        if with_files.is_empty() {
            return;
        }
        let job = *self.random.pick(&with_files);
        let planned: Vec<i32> = self
            .store
            .instances
            .keys()
            .filter(|target| target.job == job)
            .map(|target| target.ordinal)
            .collect();
        let Some(&newest) = planned.last() else { return };
        // Sometimes a period that is not planned yet.
        let ordinal = if self.random.chance(85) { *self.random.pick(&planned) } else { newest + 1 };
        self.fingerprints += 1;
        let item = Delivered {
            job,
            ordinal,
            fingerprint: format!("f{}", self.fingerprints),
            files: 1,
            bytes: 1_000,
            rows: Some(10),
            empty: self.random.chance(15),
            problem: self.random.chance(15).then(|| "size differs from the check file".to_owned()),
        };
        if ordinal > newest {
            let message =
                daybreak_bus::message::FromAgent::Arrivals { agent: "agent_0".to_owned(), items: vec![item] };
            self.reach_scheduler(message);
        } else {
            self.landed.insert((job, ordinal), item);
        }
    }

    /// Whether everything that is planned has come to its end, and nobody holds anything any more.
    pub(super) fn is_over(&self) -> bool {
        let Some(leader) = self.leader.as_ref().filter(|leader| leader.committing.is_none()) else {
            return false;
        };
        let shown = leader.core.list(&Filter::default()).expect("no filter, no mistake");
        let over = |state: State| state.is_terminal() && !state.is_failure();
        leader.inbox.is_empty()
            && self.store.definition.is_some()
            && shown.iter().all(|instance| over(instance.state))
            && self.hosts.iter().all(crate::simulation::host::Host::is_idle)
            && self.truth.are_idle()
    }

    pub(super) fn put_right(&mut self) {
        let Some(leader) = self.leader.as_mut().filter(|leader| leader.committing.is_none()) else { return };
        let commands = self.operators.put_right(&leader.core, &self.store);
        leader.inbox.extend(commands.into_iter().map(Inbound::Command));
    }

    /// What is still open although everybody had time enough.
    pub(super) fn not_over(&self) -> Violation {
        let Some(leader) = &self.leader else {
            return Violation { rule: Rule::Liveness, what: "no scheduler leads".to_owned() };
        };
        let shown = leader.core.list(&Filter::default()).expect("no filter, no mistake");
        let open: Vec<String> = shown
            .iter()
            .filter(|instance| !instance.state.is_terminal() || instance.state.is_failure())
            .map(|instance| {
                format!(
                    "{}@{} {} {:?}",
                    instance.job, instance.target.ordinal, instance.state, instance.reasons
                )
            })
            .collect();
        let busy: Vec<&str> =
            self.hosts.iter().filter(|host| !host.is_idle()).map(|host| host.name.as_str()).collect();
        let count = open.len();
        let first = open.into_iter().take(5).collect::<Vec<_>>().join("\n  ");
        Violation {
            rule: Rule::Liveness,
            what: format!("{count} instances are open, {busy:?} hold something:\n  {first}"),
        }
    }
}
