//! I4: everything that is open runs or has a reason, and the reasons that the core states are the true ones.

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::view::{InstanceView, NeedView, Reason};
use daybreak_scheduler::engine::{Core, Filter};

use super::book::{Book, Facts, View};
use super::limits::Taken;
use super::needs::{Readiness, readiness};
use super::{Rule, Verdict, demand};
use crate::simulation::tree::Job;

impl Book {
    /// Compares everything that the core shows with the books. To be called when nothing is under way; `idle`: the core does not
    /// want to be woken, so that nothing may be due.
    ///
    /// # Errors
    /// Something is shown wrongly, or waits for no reason.
    pub fn audit(&self, core: &Core, now: Timestamp, idle: bool) -> Verdict {
        let page = self.blank();
        let view = View { book: self, page: &page };
        let shown = core.list(&Filter::default()).expect("no filter, no mistake");
        let open = self.instances.values().filter(|facts| !facts.archived).count();
        demand(shown.len() == open, Rule::Recovery, || {
            format!("the core has {} instances in memory, the books have {open}", shown.len())
        })?;
        let taken = Taken::of(view);
        for instance in &shown {
            self.check_shown(view, core, instance, &taken, now, idle)?;
        }
        if idle {
            self.check_planned(now)?;
        }
        Ok(())
    }

    fn check_shown(
        &self,
        view: View<'_>,
        core: &Core,
        shown: &InstanceView,
        taken: &Taken,
        now: Timestamp,
        idle: bool,
    ) -> Verdict {
        let name = || view.frame().name(shown.target);
        let Some(facts) = view.get(shown.target) else {
            return demand(false, Rule::Recovery, || format!("{} is in memory only", name()));
        };
        demand((facts.state, facts.attempt) == (shown.state, shown.attempt), Rule::Recovery, || {
            format!(
                "{} is shown as {} ({}), and is {} ({})",
                name(),
                shown.state,
                shown.attempt,
                facts.state,
                facts.attempt
            )
        })?;
        let waits = matches!(
            shown.state,
            State::Waiting | State::Retrying | State::Held | State::Suspected | State::Unknown
        );
        let may_wait = waits || shown.state == State::Killing;
        demand(if shown.reasons.is_empty() { !waits } else { may_wait }, Rule::HasReason, || {
            format!("{} is {} because of {:?}", name(), shown.state, shown.reasons)
        })?;
        match shown.state {
            State::Waiting => {
                let readiness = readiness(view, shown.target, facts)?;
                let (Some(ready), Some(job)) = (readiness, view.frame().definition(shown.target.job)) else {
                    return demand(false, Rule::HasReason, || {
                        format!("{} waits, and its job was removed", name())
                    });
                };
                let waiting = Waiting { view, core, shown, facts, ready: &ready, job, now, idle };
                waiting.check(taken)
            }
            State::Retrying => {
                demand(!idle || facts.until.is_some_and(|until| until > now), Rule::Wakeup, || {
                    format!("{} was to be tried again at {:?}, and it is {now:?}", name(), facts.until)
                })
            }
            State::Dispatched | State::Running => {
                let agent = facts.sent.as_ref().map_or("", |sent| sent.agent.as_str());
                let frame = view.frame();
                let heard = frame.heard.get(agent).copied().unwrap_or(frame.listens_since).core;
                let silent = now.since(heard) >= self.settings.silence;
                demand(!(idle && silent), Rule::HasReason, || {
                    format!(
                        "{} is {} at {agent}, which was last heard at {heard:?}, and it is {now:?}",
                        name(),
                        shown.state
                    )
                })
            }
            State::Unknown => {
                let is_told = matches!(shown.reasons[..], [Reason::Undecided { why: Some(_), .. }]);
                demand(is_told, Rule::HasReason, || {
                    format!("{} is unknown, and why is not told: {:?}", name(), shown.reasons)
                })
            }
            State::Killing
            | State::Suspected
            | State::Held
            | State::Succeeded
            | State::Failed
            | State::Killed
            | State::Passed
            | State::Skipped
            | State::Retired
            | State::Missed => Ok(()),
        }
    }
}

/// One waiting instance with the reasons that the core states for it.
struct Waiting<'a> {
    view: View<'a>,
    core: &'a Core,
    shown: &'a InstanceView,
    facts: &'a Facts,
    ready: &'a Readiness,
    job: &'a Job,
    now: Timestamp,
    idle: bool,
}

impl Waiting<'_> {
    fn name(&self) -> String {
        self.view.frame().name(self.shown.target)
    }

    fn states(&self, is: impl Fn(&Reason) -> bool) -> bool {
        self.shown.reasons.iter().any(is)
    }

    fn agree(&self, stated: bool, truth: bool, what: &str) -> Verdict {
        demand(stated == truth, Rule::HasReason, || {
            format!(
                "{}: {what} is {truth}, and the core says {:?}; {:?}",
                self.name(),
                self.shown.reasons,
                self.ready
            )
        })
    }

    fn check(&self, taken: &Taken) -> Verdict {
        let stated = |is: fn(&Reason) -> bool| self.states(is);
        let needs_met = self.ready.needs_met(self.facts);
        let needs = stated(|reason| matches!(reason, Reason::Predecessor(_) | Reason::NoPeriod { .. }));
        self.agree(needs, !needs_met, "waiting for predecessors")?;
        self.agree(
            stated(|reason| matches!(reason, Reason::Delivery { .. })),
            self.ready.delivery,
            "waiting for a delivery",
        )?;
        self.agree(stated(|reason| matches!(reason, Reason::Hand)), self.ready.hand, "waiting for a hand")?;
        let clock = self.ready.clock.is_some_and(|clock| clock > self.core.now());
        self.agree(stated(|reason| matches!(reason, Reason::Clock { .. })), clock, "waiting for the clock")?;
        let by_wall = self.view.frame().course.doubt.map(|by| self.core.now().plus(by));
        let doubted =
            clock && by_wall.is_some_and(|wall| self.ready.clock.is_some_and(|clock| clock <= wall));
        self.agree(
            stated(|reason| matches!(reason, Reason::ClockDoubt { .. })),
            doubted,
            "late by a clock in doubt",
        )?;
        let overdue = clock && self.ready.clock.is_some_and(|clock| clock <= self.now);
        demand(!(self.idle && overdue && needs_met), Rule::Wakeup, || {
            format!(
                "{} should have started at {:?}, and it is {:?}; the core's time is {:?}, its next wish {:?}",
                self.name(),
                self.ready.clock,
                self.now,
                self.core.now(),
                self.core.next_wakeup()
            )
        })?;
        if !needs_met {
            self.check_needs()?;
        }
        let is_ready = needs_met && !self.ready.delivery && !self.ready.hand && !clock;
        if is_ready { self.check_admission(taken) } else { Ok(()) }
    }

    /// "28 of 31 ready" is true.
    fn check_needs(&self) -> Verdict {
        for need in self.ready.needs.iter().filter(|need| !need.is_met() && !need.never) {
            let is_stated = self.states(|reason| {
                matches!(reason, Reason::Predecessor(NeedView { job, met, total, .. })
                if *job == need.job && (*met, *total) == (need.met, need.total))
            });
            self.agree(is_stated, true, &format!("{} of {} of {}", need.met, need.total, need.job))?;
        }
        Ok(())
    }

    /// Whether there would be too little of a resource if everybody who waits got some.
    fn somebody_else_wants(&self, resource: usize, taken: &Taken, limit: u32) -> bool {
        let waiting = self.view.all().filter(|(_, facts)| facts.state == State::Waiting);
        let jobs = waiting.filter_map(|(target, _)| self.view.frame().definition(target.job));
        let wanted: u32 =
            jobs.flat_map(|job| &job.uses).filter(|(at, _)| *at == resource).map(|(_, units)| units).sum();
        taken.resources[resource] + wanted > limit
    }

    /// It could go, and does not: there is one thing in its way, and it is the one that the core names.
    fn check_admission(&self, taken: &Taken) -> Verdict {
        let frame = self.view.frame();
        let tree = frame.tree.as_ref().expect("instances exist after the first version only");
        let [reason] = self.shown.reasons.as_slice() else {
            return self.agree(false, true, "exactly one reason");
        };
        let is_true = match reason {
            Reason::Frozen { .. } => frame.frozen,
            Reason::PlatformLimit { platform, limit } => tree
                .platforms
                .iter()
                .zip(&taken.platforms)
                .any(|((name, most), count)| name == platform && *most == Some(*limit) && count >= limit),
            Reason::Resource { name, limit } => self.job.uses.iter().any(|&(at, units)| {
                tree.resources[at] == (name.as_str(), *limit) && taken.resources[at] + units > *limit
            }),
            Reason::ResourceKept { name, .. } => self.job.uses.iter().any(|&(at, _)| {
                let (other, limit) = tree.resources[at];
                other == name && self.somebody_else_wants(at, taken, limit)
            }),
            Reason::CatchUp => {
                self.facts.catch_up && taken.catch_up >= self.view.book.settings.catch_up_limit
            }
            Reason::Slots { .. } => !frame.frozen,
            Reason::NoAgent { .. } => !frame.frozen,
            Reason::Clock { .. }
            | Reason::ClockDoubt { .. }
            | Reason::Hand
            | Reason::Predecessor(_)
            | Reason::Delivery { .. }
            | Reason::Retry { .. }
            | Reason::Held
            | Reason::AgentSilent { .. }
            | Reason::Undecided { .. }
            | Reason::NoPeriod { .. }
            | Reason::Ready => false,
        };
        self.agree(is_true, true, "the one thing in the way")
    }
}
