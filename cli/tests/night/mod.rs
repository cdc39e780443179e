//! A night as the server would describe it: the morning of 9 February 2013 in New York.

use daybreak_bus::message::{Ended, Exit, Rows};
use daybreak_cli::plan::{PathStep, PlannedPromise, PlannedRun, Timetable};
use daybreak_cli::terminal::Clockface;
use daybreak_flows::period::Cycle;
use daybreak_flows::source::Position;
use daybreak_flows::time::{Span, Timestamp, Zone};
use daybreak_scheduler::api::types::{
    ArrivalView, AttemptView, Change, ChangedJob, CommandList, CommandReply, CommandView, DefinitionsDiff,
    DefinitionsReply, Named, OpenEffect, Order, ProblemView, RefusedView, RenamedJob, SharedChange,
    SharedKind, ShowView, VersionView,
};
use daybreak_scheduler::engine::command::{RefusalReason, Target};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::view::{
    AgentView, Counts, InstanceView, NeedView, Reason, RootView, StatusView, StoreDownView, UnmetView,
    WhyView,
};
use daybreak_scheduler::rows::ClockStep;

/// The wall clock in New York, on the 9th unless a date is given.
pub(crate) fn at(text: &str) -> Timestamp {
    let text = if text.contains('-') { text.to_owned() } else { format!("2013-02-09T{text}") };
    let local = text.parse::<jiff::civil::DateTime>().expect("a literal of this test");
    Timestamp::from(local.in_tz("America/New_York").expect("the zone database is bundled").timestamp())
}

pub(crate) fn face() -> Clockface {
    Clockface::new(Zone::named("America/New_York").expect("the zone database is bundled"), at("05:20:30"))
}

fn target(job: u32, ordinal: i32) -> Target {
    Target { job, ordinal }
}

/// Waiting for nothing in particular; tests change what they are about.
pub(crate) fn instance(job: &str, period: &str, state: State) -> InstanceView {
    InstanceView {
        target: target(1, 15_744),
        job: job.to_owned(),
        period: period.to_owned(),
        flow: "dwd_day".to_owned(),
        interface: false,
        platform: Some("yt".to_owned()),
        layer: Some("dwd".to_owned()),
        state,
        since: at("02:10:07"),
        attempt: 0,
        tries: 4,
        agent: None,
        exit: None,
        stale: false,
        changed: false,
        catch_up: false,
        promise: None,
        due: None,
        duty: None,
        reasons: Vec::new(),
    }
}

pub(crate) fn failed() -> InstanceView {
    InstanceView {
        attempt: 3,
        tries: 3,
        agent: Some("local".to_owned()),
        exit: Some(Exit::Code(1)),
        duty: Some("值班 138-0000-0000".to_owned()),
        ..instance("dwd_flight", "20130117", State::Failed)
    }
}

pub(crate) fn late_feed() -> InstanceView {
    InstanceView {
        interface: true,
        since: at("2013-02-08T00:00"),
        due: Some(at("03:40")),
        duty: Some("值班 138-0000-0000".to_owned()),
        reasons: vec![Reason::Delivery { due: Some(at("03:40")), problem: None }],
        ..instance("feed_weather", "2013020902", State::Waiting)
    }
}

fn unmet(job: &str, period: &str, state: State, exit: Option<Exit>) -> UnmetView {
    UnmetView {
        target: target(2, 15_722),
        job: job.to_owned(),
        period: period.to_owned(),
        state,
        attempt: if exit.is_some() { 3 } else { 0 },
        exit,
    }
}

/// Three of 31 days are missing.
pub(crate) fn month_of_days() -> NeedView {
    NeedView {
        job: "dwd_flight".to_owned(),
        mapping: "each".to_owned(),
        cycle: Cycle::Day,
        met: 28,
        total: 31,
        before_start: 4,
        no_period: false,
        unmet: vec![
            unmet("dwd_flight", "20130117", State::Failed, Some(Exit::Code(1))),
            unmet("dwd_flight", "20130118", State::Waiting, None),
            unmet("dwd_flight", "20130119", State::Running, None),
        ],
    }
}

/// Four of 24 hours are missing.
fn hours() -> NeedView {
    NeedView {
        job: "feed_weather".to_owned(),
        cycle: Cycle::Hour,
        met: 20,
        total: 24,
        before_start: 0,
        unmet: ["2013020902", "2013020903", "2013020904", "2013020905"]
            .map(|hour| unmet("feed_weather", hour, State::Waiting, None))
            .to_vec(),
        ..month_of_days()
    }
}

fn wrong_feed() -> InstanceView {
    let problem = Some("41 rows where the check file says 42".to_owned());
    InstanceView {
        interface: true,
        reasons: vec![Reason::Delivery { due: Some(at("07:00")), problem }],
        ..instance("feed_rates", "20130208", State::Waiting)
    }
}

pub(crate) fn one_met() -> NeedView {
    NeedView {
        job: "dim_plane".to_owned(),
        mapping: "month-1".to_owned(),
        cycle: Cycle::Month,
        met: 1,
        total: 1,
        before_start: 0,
        no_period: false,
        unmet: Vec::new(),
    }
}

pub(crate) fn waiting_month() -> InstanceView {
    InstanceView {
        reasons: vec![Reason::Predecessor(month_of_days())],
        promise: Some(at("07:00")),
        ..instance("DwaCarrierMonth", "201301", State::Waiting)
    }
}

pub(crate) fn why() -> WhyView {
    WhyView {
        instance: waiting_month(),
        needs: vec![month_of_days(), one_met()],
        roots: vec![
            RootView {
                instance: failed(),
                path: vec!["dwd_flight@20130117".to_owned()],
                needs: vec![month_of_days()],
                more: Vec::new(),
                more_total: 0,
            },
            RootView {
                instance: late_feed(),
                path: ["dwd_flight@20130118", "dwd_weather@20130118", "feed_weather@2013020902"]
                    .map(str::to_owned)
                    .to_vec(),
                needs: vec![month_of_days(), one_met(), hours()],
                more: ["feed_weather@2013020903", "feed_weather@2013020904"].map(str::to_owned).to_vec(),
                more_total: 3,
            },
            RootView {
                instance: wrong_feed(),
                path: vec!["feed_rates@20130208".to_owned()],
                needs: vec![one_met()],
                more: Vec::new(),
                more_total: 0,
            },
        ],
        roots_total: 8,
    }
}

pub(crate) fn status() -> StatusView {
    let counts = Counts {
        total: 1_284,
        succeeded: 1_200,
        failed: 1,
        running: 4,
        dispatched: 2,
        waiting_predecessors: 60,
        waiting_agent: 9,
        not_triggered: 7,
        retrying: 1,
        ..Counts::default()
    };
    let mpp = Counts { total: 84, succeeded: 60, waiting_predecessors: 24, ..Counts::default() };
    StatusView {
        at: at("05:20:30"),
        zone: "America/New_York".to_owned(),
        version: 3,
        counts,
        platforms: vec![
            (None, Counts::default()),
            (Some("mpp".to_owned()), mpp),
            (Some("yt".to_owned()), counts),
        ],
        agents: agents(),
        frozen: Some("wang: tablespace full".to_owned()),
        store_down: Some(StoreDownView { since: at("05:19"), reason: "disk full".to_owned() }),
        clock_step: Some(ClockStep { by: Span::minutes(187), since: at("05:02:10") }),
        failed: vec![failed()],
        failed_total: 83,
        late_interfaces: vec![late_feed()],
        late_total: 1,
        wrong_deliveries: vec![wrong_feed()],
        wrong_total: 1,
    }
}

pub(crate) fn agents() -> Vec<AgentView> {
    vec![
        AgentView {
            name: "local".to_owned(),
            alive: true,
            draining: false,
            slots: 8,
            taken: 6,
            ahead: 2,
            platforms: Vec::new(),
            seen: Some(at("05:20:25")),
        },
        AgentView {
            name: "yt-2".to_owned(),
            alive: false,
            draining: false,
            slots: 4,
            taken: 0,
            ahead: 0,
            platforms: vec!["yt".to_owned()],
            seen: Some(at("03:00")),
        },
    ]
}

pub(crate) fn instances() -> Vec<InstanceView> {
    let running = InstanceView {
        attempt: 1,
        agent: Some("local".to_owned()),
        ..instance("dwd_weather", "20130208", State::Running)
    };
    let stale =
        InstanceView { attempt: 1, stale: true, ..instance("rpt_punctuality", "20130116", State::Succeeded) };
    let why = Some("its keeper is gone".to_owned());
    let unknown = InstanceView {
        attempt: 1,
        reasons: vec![Reason::Undecided { agent: "yt-2".to_owned(), why }],
        ..instance("rpt_delay", "20130116", State::Unknown)
    };
    vec![failed(), waiting_month(), late_feed(), running, stale, unknown]
}

pub(crate) fn show() -> ShowView {
    let attempt = |number: u32, start: &str, end: &str, exit: Exit, message: Option<&str>| AttemptView {
        attempt: number,
        agent: "local".to_owned(),
        version: 3,
        dispatched_at: at(start),
        started_at: Some(at(start)),
        ended_at: Some(at(end)),
        ended: Some(Ended {
            exit,
            started_at: at(start),
            message: message.map(str::to_owned),
            rows: Some(Rows { read: 842, written: 842 }),
            cpu_ms: 40,
            rss_kib: 9_000,
            log_bytes: 120,
            log_dropped: 0,
        }),
        lost: None,
    };
    let lost = Some("the agent's journal lost this attempt".to_owned());
    ShowView {
        instance: failed(),
        archived: false,
        needs: vec![month_of_days(), one_met()],
        attempts: vec![
            attempt(1, "02:00:00", "02:00:04", Exit::Timeout, Some("no such table: ods_weather")),
            AttemptView { lost: lost.clone(), ..attempt(2, "02:09:00", "02:10:07", Exit::Success, None) },
            AttemptView {
                ended_at: None,
                ended: None,
                lost,
                ..attempt(3, "02:11:00", "02:11:00", Exit::Success, None)
            },
        ],
        arrivals: vec![
            ArrivalView {
                delivery: 1,
                at: at("03:41"),
                files: 2,
                bytes: 10_240,
                rows: Some(842),
                empty: false,
                problem: Some("842 rows announced, 840 found".to_owned()),
            },
            ArrivalView {
                delivery: 2,
                at: at("04:00"),
                files: 0,
                bytes: 0,
                rows: None,
                empty: true,
                problem: None,
            },
        ],
    }
}

fn named(job: &str, period: &str) -> Named {
    Named { job: job.to_owned(), period: period.to_owned() }
}

pub(crate) fn reply() -> CommandReply {
    CommandReply {
        id: "0123".to_owned(),
        preview: false,
        done: (1..=23).map(|day| named("dwd_flight", &format!("201301{day:02}"))).collect(),
        refused: vec![
            RefusedView {
                target: Some(named("dwd_flight", "20130124")),
                reason: RefusalReason::State { state: State::Running },
                message: "it is running".to_owned(),
            },
            RefusedView {
                target: Some(named("dwd_flight", "20130125")),
                reason: RefusalReason::NoInstance,
                message: "there is no such instance".to_owned(),
            },
        ],
        waiting: Some(2),
        planned: None,
    }
}

pub(crate) fn audit() -> CommandList {
    let command = |time: &str, who: &str, why: Option<&str>, order: Order| CommandView {
        at: at(time),
        who: who.to_owned(),
        why: why.map(str::to_owned),
        order,
        reply: reply(),
    };
    let commands = vec![
        command("05:01", "wang", Some("tablespace full"), Order::Freeze {}),
        command(
            "04:30",
            "li",
            None,
            Order::Rerun {
                select: ["a@20130101", "b@20130101", "c@20130101", "d@20130101"].map(str::to_owned).to_vec(),
                after: true,
                through_prev: false,
            },
        ),
    ];
    let version = VersionView {
        version: 3,
        at: at("04:45"),
        who: "wang".to_owned(),
        why: Some("new report".to_owned()),
    };
    CommandList { commands, versions: vec![version] }
}

pub(crate) fn diff() -> DefinitionsReply {
    DefinitionsReply {
        version: 4,
        applied: true,
        diff: DefinitionsDiff {
            added: vec!["rpt_new".to_owned()],
            removed: vec!["rpt_old".to_owned()],
            renamed: vec![RenamedJob { from: "dwd_fly".to_owned(), to: "dwd_flight".to_owned() }],
            changed: vec![ChangedJob {
                job: "dwd_weather".to_owned(),
                keys: vec!["start".to_owned(), "needs".to_owned()],
                needs_added: vec!["dim_plane@month-1".to_owned()],
                needs_removed: vec!["dim_plane".to_owned()],
            }],
            shared: vec![SharedChange {
                kind: SharedKind::Platform,
                name: "mpp".to_owned(),
                change: Change::Changed,
            }],
        },
        open: OpenEffect { rebound: 3, retired: 1, in_flight: 0 },
        warnings: Vec::new(),
    }
}

pub(crate) fn problems() -> Vec<ProblemView> {
    let problem =
        |code: &str, severity: &str, line: u32, column: u32, message: &str, suggestion: Option<&str>| {
            ProblemView {
                code: code.to_owned(),
                severity: severity.to_owned(),
                at: Position { file: "dwd.yaml".to_owned(), line, column },
                message: message.to_owned(),
                suggestion: suggestion.map(str::to_owned),
            }
        };
    vec![
        problem(
            "F0103",
            "error",
            4,
            33,
            "there is no job or interface `dwd_fligth`",
            Some("did you mean `dwd_flight`?"),
        ),
        problem("F0309", "warning", 2, 1, "an interface without a reference time", None),
    ]
}

pub(crate) const DWD_YAML: &str =
    "flow: dwd\ncycle: day\njobs:\n  漫入: {title: 漫入话单, needs: [dwd_fligth]}\n";

pub(crate) fn timetable() -> Timetable {
    let run = |job: &str, start: &str, end: &str| PlannedRun {
        job: job.to_owned(),
        period: "20130208".to_owned(),
        platform: Some("yt".to_owned()),
        start: at(start),
        end: at(end),
    };
    let step = |name: &str, start: &str, end: &str| PathStep {
        name: format!("{name}@20130208"),
        start: at(start),
        end: at(end),
    };
    let promise = |name: &str, by: &str, end: Option<&str>, path: Vec<PathStep>| PlannedPromise {
        name: format!("{name}@20130208"),
        promise: at(by),
        end: end.map(at),
        path,
    };
    let flight = step("dwd_flight", "01:30", "02:00");
    Timetable {
        date: "2013-02-08".parse().expect("a literal of this test"),
        zone: Zone::named("America/New_York").expect("the zone database is bundled"),
        runs: vec![run("dwd_flight", "01:30", "02:00"), run("rpt_delay", "02:00", "02:03")],
        promises: vec![
            promise(
                "rpt_delay",
                "07:00",
                Some("02:03"),
                vec![flight.clone(), step("rpt_delay", "02:00", "02:03")],
            ),
            promise("rpt_early", "01:45", Some("02:00"), vec![flight]),
            promise("rpt_never", "07:00", None, Vec::new()),
        ],
        open: vec![late_feed()],
        unknown: vec!["rpt_delay".to_owned()],
    }
}
