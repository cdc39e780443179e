//! Rows as large, small, long or odd as their types allow.

use daybreak_flows::source::SourceTree;
use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::rows::{
    AgentRow, ArrivalRow, AttemptRow, BackfillRow, Batch, ClockStep, ControlRow, DefinitionRow, DurationRow,
    Ended, Exit, InstanceRow, JobId, JobRow, MetSetRow, Rows,
};

/// A text with everything that has ever gone wrong in a text.
pub(super) const NASTY: &str =
    "'\"\\\0\u{1}\u{7f}\r\n\t; DROP TABLE job; -- ${x} ?1 $1 强制通过 \u{1F409}\u{2028}\u{fffd}";

/// Fills every list of a batch except for its commands.
pub fn extremes(batch: &mut Batch) {
    batch.now = Timestamp(i64::MAX - 1);
    batch.jobs.push(JobRow {
        id: JobId::MAX,
        name: NASTY.to_owned(),
        created_at: Timestamp::MIN,
        cycle: None,
        zone: None,
    });
    batch.instances = vec![largest_instance(), smallest_instance()];
    batch.attempts = vec![largest_attempt(), smallest_attempt()];
    batch.arrivals = vec![largest_arrival(), smallest_arrival()];
    batch.agents = vec![
        AgentRow {
            name: NASTY.to_owned(),
            incarnation: u64::MAX,
            numbered_up_to: u64::MAX,
            reported_up_to: u64::MAX,
            draining: true,
        },
        AgentRow {
            name: "a".to_owned(),
            incarnation: 0,
            numbered_up_to: 0,
            reported_up_to: 0,
            draining: false,
        },
    ];
    batch.durations = vec![
        DurationRow { job: 0, count: 0, mean_ms: 0 },
        DurationRow { job: JobId::MAX, count: u32::MAX, mean_ms: u32::MAX },
    ];
    batch.met_sets = vec![
        MetSetRow { job: 0, runs: vec![] },
        MetSetRow { job: JobId::MAX, runs: vec![(i32::MIN, i32::MIN), (0, 0), (i32::MAX, i32::MAX)] },
    ];
    batch.backfills = vec![BackfillRow {
        command: "b-1".to_owned(),
        first: "0001-01-01".parse().expect("a date"),
        last: "9999-12-31".parse().expect("a date"),
        at: Timestamp::MAX,
    }];
    batch.control = Some(ControlRow {
        frozen: Some(NASTY.to_owned()),
        clock_step: Some(ClockStep { by: Span(i64::MAX), since: Timestamp::MIN }),
    });
    batch.definition = Some(DefinitionRow {
        version: 1,
        at: Timestamp::MIN,
        who: NASTY.to_owned(),
        why: Some(String::new()),
        source: SourceTree { files: [(NASTY.to_owned(), NASTY.repeat(1_000))].into() },
    });
}

/// An instance with every number at its upper end.
pub(super) fn largest_instance() -> InstanceRow {
    InstanceRow {
        job: JobId::MAX,
        ordinal: i32::MAX,
        state: State::Running,
        attempt: u32::MAX,
        retries: u16::MAX,
        flags: u16::MAX,
        since: Timestamp::MAX,
        until: None,
        agent: Some(NASTY.to_owned()),
        number: u64::MAX,
        incarnation: u64::MAX,
        version: u64::MAX,
        priority: Some(i16::MAX),
        exit: Some(Exit::Code(i32::MIN)),
    }
}

/// An instance with every number at its lower end.
pub(super) fn smallest_instance() -> InstanceRow {
    InstanceRow {
        job: 0,
        ordinal: i32::MIN,
        state: State::Retrying,
        attempt: 1,
        retries: 0,
        flags: 0,
        since: Timestamp::MIN,
        until: Some(Timestamp::MIN),
        agent: Some(String::new()),
        number: 0,
        incarnation: 0,
        version: 0,
        priority: Some(i16::MIN),
        exit: Some(Exit::Signal(i32::MAX)),
    }
}

/// An attempt with every number at its upper end.
pub(super) fn largest_attempt() -> AttemptRow {
    AttemptRow {
        job: JobId::MAX,
        ordinal: i32::MAX,
        attempt: u32::MAX,
        agent: NASTY.to_owned(),
        incarnation: u64::MAX,
        number: u64::MAX,
        version: u64::MAX,
        dispatched_at: Timestamp::MAX,
        started_at: Some(Timestamp::MAX),
        ended_at: Some(Timestamp::MAX),
        ended: Some(Ended {
            exit: Exit::Code(i32::MAX),
            started_at: Timestamp::MIN,
            message: Some(NASTY.repeat(500)),
            rows: Some(Rows { read: u64::MAX, written: u64::MAX }),
            cpu_ms: u64::MAX,
            rss_kib: u64::MAX,
            log_bytes: u64::MAX,
            log_dropped: u64::MAX,
        }),
        lost: Some(NASTY.to_owned()),
    }
}

/// An attempt with every number at its lower end, and nothing that may be absent.
pub(super) fn smallest_attempt() -> AttemptRow {
    AttemptRow {
        job: 0,
        ordinal: i32::MIN,
        attempt: 1,
        agent: String::new(),
        incarnation: 0,
        number: 1,
        version: 0,
        dispatched_at: Timestamp::MIN,
        started_at: None,
        ended_at: Some(Timestamp(0)),
        ended: Some(Ended {
            exit: Exit::Success,
            started_at: Timestamp(0),
            message: None,
            rows: None,
            cpu_ms: 0,
            rss_kib: 0,
            log_bytes: 0,
            log_dropped: 0,
        }),
        lost: None,
    }
}

/// A delivery with every number at its upper end.
pub(super) fn largest_arrival() -> ArrivalRow {
    ArrivalRow {
        job: JobId::MAX,
        ordinal: i32::MAX,
        delivery: u32::MAX,
        at: Timestamp::MAX,
        fingerprint: NASTY.to_owned(),
        files: u32::MAX,
        bytes: u64::MAX,
        rows: Some(u64::MAX),
        empty: true,
        problem: Some(NASTY.to_owned()),
    }
}

/// A delivery with every number at its lower end.
pub(super) fn smallest_arrival() -> ArrivalRow {
    ArrivalRow {
        job: 0,
        ordinal: i32::MIN,
        delivery: 1,
        at: Timestamp::MIN,
        fingerprint: String::new(),
        files: 0,
        bytes: 0,
        rows: None,
        empty: false,
        problem: None,
    }
}
