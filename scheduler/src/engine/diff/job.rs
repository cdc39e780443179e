//! What differs between two versions of one job.

use std::collections::BTreeSet;

use daybreak_flows::model::{Definitions, Exception, Job, Need, OnNoPeriod};
use daybreak_flows::trigger::{DaySelector, Trigger};

use super::ChangedJob;

/// A job in one of the two versions.
pub(super) struct Side<'a> {
    pub(super) definitions: &'a Definitions,
    pub(super) job: &'a Job,
    /// For each job of this version: its name in the newer one, lower case, so that a rename alone changes no need.
    pub(super) names: &'a [String],
}

impl<'a> Side<'a> {
    fn platform(&self) -> Option<&'a str> {
        self.job.platform.map(|ix| self.definitions.platforms[ix as usize].name.as_str())
    }

    fn calendar(&self) -> Option<&'a str> {
        self.job.calendar.map(|ix| self.definitions.calendars[ix as usize].name.as_str())
    }

    fn flow(&self) -> &'a str {
        &self.definitions.flows[self.job.flow as usize].name
    }

    fn uses(&self) -> Vec<(&'a str, u32)> {
        let resources = &self.definitions.resources;
        self.job.uses.iter().map(|&(ix, units)| (resources[ix as usize].name.as_str(), units)).collect()
    }

    /// A need as it is written, for comparison and for people.
    fn need(&self, need: &Need) -> String {
        let cycle = self.definitions.jobs[need.job as usize].cycle;
        let written = format!("{}{}", self.names[need.job as usize], need.mapping.spelled(cycle));
        match need.on_no_period {
            OnNoPeriod::Met => written,
            OnNoPeriod::Wait => format!("{written} (on_no_period: wait)"),
            OnNoPeriod::Prev => format!("{written} (on_no_period: prev)"),
        }
    }

    fn needs(&self) -> BTreeSet<String> {
        self.job.needs.iter().map(|need| self.need(need)).collect()
    }

    fn exceptions(&self) -> Vec<(DaySelector, Option<&'a Trigger>, BTreeSet<String>)> {
        let needs = |exception: &Exception| exception.needs.iter().map(|need| self.need(need)).collect();
        self.job.exceptions.iter().map(|e| (e.on, e.trigger.as_ref(), needs(e))).collect()
    }
}

/// What differs; `None` if nothing does.
pub(super) fn changes(before: &Side<'_>, after: &Side<'_>) -> Option<ChangedJob> {
    let keys = changed_keys(before, after);
    let (needs_before, needs_after) = (before.needs(), after.needs());
    (!keys.is_empty()).then(|| ChangedJob {
        job: after.job.name.clone(),
        keys: keys.into_iter().map(str::to_owned).collect(),
        needs_added: needs_after.difference(&needs_before).cloned().collect(),
        needs_removed: needs_before.difference(&needs_after).cloned().collect(),
    })
}

/// The keys whose values differ, in the order of the model. The pattern names every field, so that a new one cannot be forgotten.
fn changed_keys(before: &Side<'_>, after: &Side<'_>) -> Vec<&'static str> {
    let a = before.job;
    #[rustfmt::skip]
    let Job {
        // A new name or place is no new content; what a job was called is shown as a rename.
        name: _, was: _, at: _,
        // Indices mean something within their version only: the sides resolve them.
        flow: _, calendar: _, exceptions: _, needs: _, platform: _, uses: _,
        title, feed, cycle, zone, from, until, trigger, when, task, labels, slots, retry, timeout, priority, on_agent_lost,
        catch_up, promise, duty, layer, level, key, takes, dir, params, env,
    } = after.job;
    let (feed_before, feed) = (a.feed.as_ref(), feed.as_ref());
    let differs = [
        ("flow", before.flow() != after.flow()),
        ("title", a.title != *title),
        ("feed", feed_before.is_some() != feed.is_some()),
        ("code", feed_before.map(|f| &f.code) != feed.map(|f| &f.code)),
        ("source", feed_before.map(|f| &f.source) != feed.map(|f| &f.source)),
        ("due", feed_before.map(|f| &f.due) != feed.map(|f| &f.due)),
        ("files", feed_before.map(|f| &f.arrival) != feed.map(|f| &f.arrival)),
        ("cycle", a.cycle != *cycle),
        ("zone", a.zone != *zone),
        ("calendar", before.calendar() != after.calendar()),
        ("from", a.from != *from),
        ("until", a.until != *until),
        ("start", a.trigger != *trigger),
        ("except", before.exceptions() != after.exceptions()),
        ("needs", before.needs() != after.needs()),
        ("when", a.when != *when),
        ("task", a.task != *task),
        ("platform", before.platform() != after.platform()),
        ("labels", a.labels != *labels),
        ("uses", before.uses() != after.uses()),
        ("slots", a.slots != *slots),
        ("retry", a.retry != *retry),
        ("timeout", a.timeout != *timeout),
        ("priority", a.priority != *priority),
        ("on_agent_lost", a.on_agent_lost != *on_agent_lost),
        ("catch_up", a.catch_up != *catch_up),
        ("promise", a.promise != *promise),
        ("duty", a.duty != *duty),
        ("layer", a.layer != *layer),
        ("level", a.level != *level),
        ("key", a.key != *key),
        ("takes", a.takes != *takes),
        ("dir", a.dir != *dir),
        ("params", a.params != *params),
        ("env", a.env != *env),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
}
