//! Rows for tests.

use daybreak_flows::period::Ordinal;
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::command::{Action, Answer, Command, RefusalReason, Refused, Target};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::rows::{
    AgentRow, ArrivalRow, AttemptRow, CommandRow, DefinitionRow, Ended, Exit, InstanceRow, JobId, JobRow,
    LateEnd, MetSetRow, Rows,
};

/// 2013-02-08 00:00 UTC, and so many milliseconds.
#[must_use]
pub const fn at(ms: i64) -> Timestamp {
    Timestamp(1_360_281_600_000 + ms)
}

/// The jobs that samples may speak of: 0 to 9, and the largest number.
#[must_use]
pub fn jobs() -> Vec<JobRow> {
    (0..10)
        .chain([JobId::MAX])
        .map(|id| JobRow { id, name: format!("dwd_{id}"), created_at: at(0), cycle: None, zone: None })
        .collect()
}

/// An instance in this state, with what the state asks for.
#[must_use]
pub fn instance(job: JobId, ordinal: Ordinal, state: State) -> InstanceRow {
    let attempt = u32::from(state.is_occupying() || state == State::Retrying);
    InstanceRow {
        job,
        ordinal,
        state,
        attempt,
        retries: 0,
        flags: 0,
        since: at(1),
        until: (state == State::Retrying).then_some(at(60_000)),
        agent: state.is_occupying().then(|| "a1".to_owned()),
        number: u64::from(attempt),
        incarnation: u64::from(attempt) * 77,
        version: 1,
        priority: None,
        exit: None,
    }
}

/// An attempt that runs.
#[must_use]
pub fn attempt(job: JobId, ordinal: Ordinal, attempt: u32) -> AttemptRow {
    AttemptRow {
        job,
        ordinal,
        attempt,
        agent: "a1".to_owned(),
        incarnation: 77,
        number: u64::from(attempt),
        version: 1,
        dispatched_at: at(1),
        started_at: Some(at(2)),
        ended_at: None,
        ended: None,
        lost: None,
    }
}

/// How an attempt may end.
#[must_use]
pub fn ended(exit: Exit) -> Ended {
    Ended {
        exit,
        started_at: at(2),
        message: Some("disk quota exceeded".to_owned()),
        rows: Some(Rows { read: 31, written: 28 }),
        cpu_ms: 12,
        rss_kib: 2048,
        log_bytes: 100,
        log_dropped: 0,
    }
}

/// The end of such an attempt, told when it no longer counts.
#[must_use]
pub fn late_end(job: JobId, ordinal: Ordinal, attempt: u32) -> LateEnd {
    let ended = Ended { started_at: at(3), ..ended(Exit::Code(7)) };
    LateEnd { job, ordinal, attempt, agent: "a1".to_owned(), ended_at: at(9), ended }
}

/// A good delivery.
#[must_use]
pub fn arrival(job: JobId, ordinal: Ordinal, delivery: u32) -> ArrivalRow {
    ArrivalRow {
        job,
        ordinal,
        delivery,
        at: at(i64::from(delivery)),
        fingerprint: format!("{delivery:08x}"),
        files: 2,
        bytes: 1_000,
        rows: Some(24),
        empty: false,
        problem: None,
    }
}

/// A rerun that worked for one target and was refused for another.
#[must_use]
pub fn command(id: &str) -> CommandRow {
    let target = Target { job: 3, ordinal: 15_706 };
    CommandRow {
        command: Command {
            id: id.to_owned(),
            who: "wang".to_owned(),
            why: Some("上游已修复".to_owned()),
            action: Action::Rerun { targets: vec![target], after: true, through_prev: false },
            preview: false,
        },
        at: at(5),
        answer: Answer {
            done: vec![target],
            refused: vec![Refused {
                target: Some(Target { job: 4, ordinal: -1 }),
                reason: RefusalReason::State { state: State::Running },
            }],
            preview: false,
        },
    }
}

/// A definition version of two files.
#[must_use]
pub fn definition(version: u64) -> DefinitionRow {
    let files = [("feeds.yaml", "flow: feeds\n"), ("dwd/day.yaml", "flow: dwd_day\n# 日\n")];
    let files = files.map(|(path, text)| (path.to_owned(), format!("{text}# {version}\n")));
    DefinitionRow {
        version,
        at: at(version.cast_signed()),
        who: "li".to_owned(),
        why: None,
        source: SourceTree { files: files.into_iter().collect() },
    }
}

/// An agent that has had some work.
#[must_use]
pub fn agent(name: &str) -> AgentRow {
    AgentRow { name: name.to_owned(), incarnation: 77, numbered_up_to: 5, reported_up_to: 9, draining: false }
}

/// Two runs of met periods.
#[must_use]
pub fn met_set(job: JobId) -> MetSetRow {
    MetSetRow { job, runs: vec![(-3, 15_000), (15_002, 15_706)] }
}
