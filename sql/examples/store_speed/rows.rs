//! Rows as a night makes them.

use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::rows::{AttemptRow, Ended, Exit, InstanceRow, JobId, JobRow};

/// Jobs that the instances belong to.
pub(crate) const JOBS: usize = 5_000;

pub(crate) fn jobs() -> Vec<JobRow> {
    (0..JOBS as JobId)
        .map(|id| JobRow { id, name: format!("dwd_{id}"), created_at: Timestamp(0), cycle: None, zone: None })
        .collect()
}

/// The n-th instance of tonight: period by period, the jobs of a period in no order.
pub(crate) const fn key(n: usize) -> (JobId, Ordinal) {
    ((n * 1_009 % JOBS) as JobId, 15_706 + (n / JOBS) as Ordinal)
}

/// What one transition into this state writes.
pub(crate) fn transition((job, ordinal): (JobId, Ordinal), state: State) -> (InstanceRow, AttemptRow) {
    let at = Timestamp(1_360_281_600_000 + i64::from(job));
    let exit = state.is_terminal().then_some(Exit::Success);
    let number = u64::from(job) + 1;
    let incarnation = u64::MAX / 3;
    let instance = InstanceRow {
        job,
        ordinal,
        state,
        attempt: 1,
        retries: 0,
        flags: 0,
        since: at,
        until: None,
        agent: Some("local".to_owned()),
        number,
        incarnation,
        version: 1,
        priority: None,
        exit,
    };
    let attempt = AttemptRow {
        job,
        ordinal,
        attempt: 1,
        agent: "local".to_owned(),
        incarnation,
        number,
        version: 1,
        dispatched_at: at,
        started_at: (state != State::Dispatched).then_some(at),
        ended_at: exit.map(|_| at),
        ended: exit.map(|exit| ended(exit, at)),
        lost: None,
    };
    (instance, attempt)
}

fn ended(exit: Exit, at: Timestamp) -> Ended {
    Ended {
        exit,
        started_at: at,
        message: Some("28 rows".to_owned()),
        rows: None,
        cpu_ms: 4,
        rss_kib: 2_048,
        log_bytes: 120,
        log_dropped: 0,
    }
}
