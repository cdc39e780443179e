//! Ready queues: one per class of jobs that compete for the same things.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use daybreak_flows::model::{Definitions, Job};

use super::instances::Ix;

/// What an instance needs from the world to be dispatched. Jobs with equal wants share a queue, so that a full platform or a used-up
/// resource blocks one heap head, and nobody scans past it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wants {
    pub platform: Option<u32>,
    pub labels: Vec<String>,
    pub uses: Vec<(u32, u32)>,
    pub slots: u32,
}

/// Order of dispatch: smaller goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Urgency {
    /// Catch-up after tonight's work.
    pub catch_up: bool,
    /// Explicit priority, higher first.
    pub priority: Reverse<i16>,
    /// Longest expected path after it, longer first.
    pub rank: Reverse<u64>,
    /// Who was planned first.
    pub ix: Ix,
}

/// One class with its heap.
#[derive(Debug)]
pub(super) struct Class {
    pub wants: Wants,
    heap: BinaryHeap<Reverse<Urgency>>,
}

impl Class {
    /// Adds an instance; the caller holds the `QUEUED` mark.
    pub fn push(&mut self, urgency: Urgency) {
        self.heap.push(Reverse(urgency));
    }

    /// The most urgent one. It may have lost its readiness since it was pushed: the caller checks.
    pub fn peek(&self) -> Option<Urgency> {
        self.heap.peek().map(|Reverse(urgency)| *urgency)
    }

    pub fn pop(&mut self) -> Option<Urgency> {
        self.heap.pop().map(|Reverse(urgency)| urgency)
    }
}

/// All classes of a definition version.
#[derive(Debug, Default)]
pub(super) struct Classes(Vec<Class>);

impl Classes {
    /// The class of a job, made if it is the first of its kind.
    pub fn class_of(&mut self, job: &Job) -> u32 {
        let wants = Wants {
            platform: job.platform,
            labels: job.labels.clone(),
            uses: job.uses.clone(),
            slots: job.slots.max(1),
        };
        if let Some(at) = self.0.iter().position(|class| class.wants == wants) {
            return at as u32;
        }
        self.0.push(Class { wants, heap: BinaryHeap::new() });
        (self.0.len() - 1) as u32
    }

    pub fn get(&self, class: u32) -> &Class {
        &self.0[class as usize]
    }

    pub fn get_mut(&mut self, class: u32) -> &mut Class {
        &mut self.0[class as usize]
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Units in use, by platform and by named resource. Changed in one place, together with the state that it is derived from (I7).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Usage {
    pub platforms: Vec<u32>,
    pub resources: Vec<u32>,
    pub catch_up: u32,
}

impl Usage {
    pub fn new(definitions: &Definitions) -> Self {
        Self {
            platforms: vec![0; definitions.platforms.len()],
            resources: vec![0; definitions.resources.len()],
            catch_up: 0,
        }
    }

    /// Adds (or takes away) what one attempt occupies.
    pub fn change(&mut self, wants: &Wants, catch_up: bool, occupy: bool) {
        let step = |counter: &mut u32, units: u32| {
            *counter = if occupy { *counter + units } else { counter.saturating_sub(units) };
        };
        if let Some(platform) = wants.platform {
            step(&mut self.platforms[platform as usize], 1);
        }
        for &(resource, units) in &wants.uses {
            step(&mut self.resources[resource as usize], units);
        }
        if catch_up {
            step(&mut self.catch_up, 1);
        }
    }
}
