//! Which keys exist, what they take and what they mean: one table for decoding, for the JSON Schema that editors
//! read, and for the test that the reference is complete.

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number { min: i64, max: i64 },
    /// One text, or a list of texts.
    Texts,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A number with a unit: `30m`.
    Span,
    /// `T+1 01:30`, `+40m`.
    Moment,
    /// A moment, `manual` or `event`.
    Start,
    /// `2019-01-10`.
    Date,
    /// `3 every 1m`.
    Retry,
    /// Five fields of a crontab.
    Cron,
    /// Names of jobs with mappings.
    Needs,
    /// Any names with texts.
    TextMap,
    /// A map with the keys of a shape.
    Map(&'static Shape),
    /// Any names, each with a map of that shape.
    Named(&'static Shape),
    /// The names of [`DAYS`], each with a map of that shape.
    Days(&'static Shape),
    /// A text, or a map of that shape.
    TextOr(&'static Shape),
    /// A list of resources, or resources with units.
    Uses,
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What it means, in a sentence or two.
    pub(crate) doc: &'static str,
}

/// The keys that a map may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// What the map is, for messages: "a job".
    pub(crate) what: &'static str,
    /// Name in the JSON Schema.
    pub(crate) name: &'static str,
    /// Groups of keys that several shapes share.
    pub(crate) groups: &'static [&'static [Key]],
    /// Keys that must be there.
    pub(crate) required: &'static [&'static str],
}

impl Shape {
    /// All its keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.groups.iter().flat_map(|group| group.iter())
    }

    /// The key of that name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }
}

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, doc }
}

/// Words for `cycle:`.
pub(crate) const CYCLES: &[&str] = &["hour", "day", "week", "month", "year", "none"];
/// Words for `when:`.
pub(crate) const WHEN: &[&str] = &["all_succeeded", "all_done", "one_failed"];
/// Words for `on_agent_lost:`.
pub(crate) const ON_AGENT_LOST: &[&str] = &["wait", "rerun"];
/// Words for `on_no_period:`.
pub(crate) const ON_NO_PERIOD: &[&str] = &["met", "wait", "prev"];
/// Words for `catch_up:`.
pub(crate) const CATCH_UP: &[&str] = &["all", "last", "none"];
/// Keys of `except:`.
pub(crate) const DAYS: &[&str] = &["month_end", "month_start", "workday", "holiday"];
/// HTTP methods.
pub(crate) const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// What a job, an interface, a flow and a folder may all say; the nearest wins.
static COMMON: &[Key] = &[
    key(
        "zone",
        Kind::Text,
        "Time zone of periods and clock times, an IANA name such as `Asia/Shanghai`. UTC if nothing says otherwise.",
    ),
    key(
        "calendar",
        Kind::Text,
        "Calendar with the days that count: a daily job has periods on these days only.",
    ),
    key("from", Kind::Date, "First date. Needs on periods before it count as met."),
    key("until", Kind::Date, "Last date. Later periods do not exist."),
    key(
        "params",
        Kind::TextMap,
        "Parameters: binds `:name` in SQL, `{{ name }}` in templates, `$name` in scripts. Those of nearer places are added to those of farther ones.",
    ),
    key("platform", Kind::Text, "Platform whose agents run the job, and whose database SQL runs on."),
    key("layer", Kind::Text, "Layer of the warehouse: ods, dwd, dwa, app, …"),
    key(
        "level",
        Kind::Number { min: 1, max: 4 },
        "Fault level, 1 the worst. Without it the worst of layer, key flag and what follows.",
    ),
    key("key", Kind::Flag, "A key job (重点): watched with everything upstream of it."),
    key(
        "priority",
        Kind::Number { min: -100, max: 100 },
        "Higher runs first among jobs that could start; 0 is normal.",
    ),
    key("promise", Kind::Moment, "By when the job is promised to be done."),
    key("duty", Kind::Text, "Who is called (值班), free text."),
    key(
        "when",
        Kind::Word(WHEN),
        "How needs are judged: `all_succeeded` (usual), `all_done` for clean-up, `one_failed` for what only follows a failure.",
    ),
    key(
        "retry",
        Kind::Retry,
        "Retries after a failure: `3 every 1m`, `5 every 10s x2 max 10m` (each pause twice the one before, at most 10 minutes).",
    ),
    key("timeout", Kind::Span, "Longest run of one attempt; then all its processes are stopped."),
    key(
        "on_agent_lost",
        Kind::Word(ON_AGENT_LOST),
        "When the agent is gone: `wait` for its return or an operator, or `rerun` elsewhere (only for jobs that may run twice).",
    ),
    key(
        "on_no_period",
        Kind::Word(ON_NO_PERIOD),
        "When a predecessor has no such period: the need counts as `met` (usual), waits (`wait`), or the one before stands for it (`prev`).",
    ),
    key(
        "catch_up",
        Kind::Word(CATCH_UP),
        "Periods whose time passed while nothing was scheduled: run `all`, only the `last`, or `none`.",
    ),
    key("env", Kind::TextMap, "Environment of scripts. Values may be `secret://name`."),
    key(
        "uses",
        Kind::Uses,
        "Units of named resources taken while the job runs: `{yt_conn: 2}`, or `[yt_conn]` for one unit.",
    ),
    key("slots", Kind::Number { min: 1, max: 1000 }, "Slots of the agent that the job takes."),
    key("labels", Kind::Texts, "Labels that the agent must have."),
    key(
        "dir",
        Kind::Text,
        "Working directory relative to the agent's root; `{{ }}` allowed. The root itself if nothing says otherwise.",
    ),
    key("takes", Kind::Span, "Expected duration, until one has been learned."),
];

/// What concerns interfaces only, and may be inherited.
static FEED_COMMON: &[Key] = &[
    key("source", Kind::Text, "The system that delivers."),
    key(
        "due",
        Kind::Moment,
        "Reference time (参考时间): by when the delivery should be there. `+40m` = after the period's end.",
    ),
];

static ABOUT: &[Key] = &[
    key("title", Kind::Text, "What it is for, in a line."),
    key("was", Kind::Texts, "Former names: history goes on under the new one."),
    key(
        "cycle",
        Kind::Word(CYCLES),
        "How often it is due. A job with its own cycle inherits neither `start` nor `cron`.",
    ),
];

static CLOCK: &[Key] = &[
    key(
        "start",
        Kind::Start,
        "Not before this moment: `T+1 01:30`, `T+1 day 2 01:30`, `T+1 workday 3 09:00`, `+10m`; or `manual`; or `event` (as soon as the needs are met, which is the rule without `start`).",
    ),
    key(
        "cron",
        Kind::Cron,
        "Five fields of a crontab, together with `lag`: not before that firing. For what `start` cannot say.",
    ),
    key(
        "lag",
        Kind::Number { min: 0, max: 1000 },
        "How many periods before the one that contains the firing of `cron` it is for: 1 on a daily job = yesterday.",
    ),
];

static GRAPH: &[Key] = &[
    key(
        "needs",
        Kind::Needs,
        "What it waits for: `JOB` (same period), `JOB@prev`, `@-2`, `@-6..0`, `@each`, `@last`, `@month`, `@month-1`, …; or `{job: JOB@prev, on_no_period: wait}`.",
    ),
    key("except", Kind::Days(&EXCEPT), "Days on which it starts otherwise, or needs more."),
];

/// At most one of these.
pub(crate) static TASKS: &[Key] = &[
    key("shell", Kind::Text, "A script for `sh -eu`. The period comes as `$PERIOD`, `$DAY`, …"),
    key(
        "sql",
        Kind::Text,
        "SQL on the job's platform, in one transaction. The period comes as `:period`, `:day`, …",
    ),
    key("file", Kind::Text, "A file beside this one with the script (`.sh`) or the SQL (`.sql`)."),
    key("http", Kind::TextOr(&HTTP), "One HTTP request."),
    key("load", Kind::Map(&LOAD), "Files into a table."),
    key("copy", Kind::Map(&COPY), "A table, or a part of it, to another platform (分发)."),
    key("noop", Kind::Flag, "Nothing: a milestone."),
];

/// Whether a text is free: a ` #` in it may have been meant as a part of it.
pub(crate) fn is_free_text(name: &str) -> bool {
    ["title", "duty", "shell", "sql", "url", "body", "replace", "rows", "files", "check", "dir", "http"]
        .contains(&name)
}

static FEED_OWN: &[Key] = &[
    key("code", Kind::Text, "Number of the interface, which is text: `\"04113\"`."),
    key(
        "files",
        Kind::Text,
        "What is delivered: a pattern (`*` in the last part) relative to `dir`; `{{ }}` allowed. Without it somebody has to say that the delivery is there.",
    ),
    key("check", Kind::Text, "Check file (校验文件): the delivery is complete when it is there and agrees."),
];

/// A job.
pub(crate) static JOB: Shape =
    Shape { what: "a job", name: "job", groups: &[ABOUT, CLOCK, GRAPH, TASKS, COMMON], required: &[] };

/// An interface.
pub(crate) static FEED: Shape = Shape {
    what: "a feed",
    name: "feed",
    groups: &[FEED_OWN, FEED_COMMON, ABOUT, TASKS, COMMON],
    required: &[],
};

/// `defaults:`
pub(crate) static DEFAULTS: Shape =
    Shape { what: "`defaults`", name: "defaults", groups: &[COMMON, FEED_COMMON], required: &[] };

/// A flow file.
pub(crate) static FLOW: Shape = Shape {
    what: "a flow file",
    name: "flow",
    groups: &[
        &[
            key("flow", Kind::Text, "Name of the flow (程序组)."),
            key("title", Kind::Text, "What it is for, in a line."),
            key("cycle", Kind::Word(CYCLES), "Cycle of all jobs and feeds that have none of their own."),
        ],
        CLOCK,
        FOLDER_KEYS,
        &[
            key(
                "jobs",
                Kind::Named(&JOB),
                "Jobs by name. Names are global; case is kept, and ignored when looking up.",
            ),
            key("feeds", Kind::Named(&FEED), "Interfaces by name."),
        ],
    ],
    required: &["flow"],
};

/// Keys that flows and folders have beside `defaults`.
static FOLDER_KEYS: &[Key] = &[
    key("zone", Kind::Text, "Time zone of everything below that names none."),
    key("calendar", Kind::Text, "Calendar of everything below that names none."),
    key("from", Kind::Date, "First date of everything below that names none."),
    key("until", Kind::Date, "Last date of everything below that names none."),
    key("params", Kind::TextMap, "Parameters of everything below."),
    key("defaults", Kind::Map(&DEFAULTS), "What everything below inherits unless it says otherwise."),
];

/// Keys of the daybreak.yaml in the root of a tree.
static ROOT_KEYS: &[Key] = &[
    key(
        "platforms",
        Kind::Named(&PLATFORM),
        "Platforms by name: databases, and the agents that work for them.",
    ),
    key("calendars", Kind::Named(&CALENDAR), "Calendars by name."),
    key("resources", Kind::Named(&RESOURCE), "Named resources with their limits: `{yt_conn: 20}`."),
];

/// A daybreak.yaml in the root.
pub(crate) static ROOT: Shape =
    Shape { what: "daybreak.yaml", name: "daybreak", groups: &[FOLDER_KEYS, ROOT_KEYS], required: &[] };

/// A daybreak.yaml below the root.
pub(crate) static FOLDER: Shape =
    Shape { what: "a daybreak.yaml below the root", name: "folder", groups: &[FOLDER_KEYS], required: &[] };

/// A platform.
pub(crate) static PLATFORM: Shape = Shape {
    what: "a platform",
    name: "platform",
    groups: &[&[
        key(
            "url",
            Kind::Text,
            "How agents reach the database: `sqlite:PATH`, relative to the agent's root. Without it the platform is only a pool of agents.",
        ),
        key(
            "init",
            Kind::Texts,
            "SQL files, relative to daybreak.yaml, that agents run once for each version of their content.",
        ),
        key(
            "limit",
            Kind::Number { min: 1, max: 1_000_000 },
            "Most attempts at a time. Without it as many as its agents have slots.",
        ),
    ]],
    required: &[],
};

/// A calendar.
pub(crate) static CALENDAR: Shape = Shape {
    what: "a calendar",
    name: "calendar",
    groups: &[&[
        key(
            "weekdays",
            Kind::Texts,
            "Weekdays that count: `mon-fri`, or `[mon, tue]`. All seven if nothing is said.",
        ),
        key("holidays", Kind::Texts, "Dates that do not count, or files with such dates, one a line."),
        key(
            "workdays",
            Kind::Texts,
            "Dates that count although their weekday does not (调休), or files with such dates.",
        ),
        key(
            "files",
            Kind::Texts,
            "Holiday files, relative to daybreak.yaml, in which make-up working days are marked.",
        ),
    ]],
    required: &[],
};

/// A resource in its long form.
pub(crate) static RESOURCE: Shape = Shape {
    what: "a resource",
    name: "resource",
    groups: &[&[key(
        "limit",
        Kind::Number { min: 1, max: 1_000_000 },
        "Units that may be taken at the same time.",
    )]],
    required: &["limit"],
};

/// A need in its long form.
pub(crate) static NEED: Shape = Shape {
    what: "a need",
    name: "need",
    groups: &[&[
        key("job", Kind::Text, "The predecessor with its mapping: `JOB@prev`."),
        key(
            "on_no_period",
            Kind::Word(ON_NO_PERIOD),
            "When the predecessor has no such period: `met`, `wait` or `prev`.",
        ),
    ]],
    required: &["job"],
};

/// What differs on some days.
pub(crate) static EXCEPT: Shape = Shape {
    what: "an exception",
    name: "exception",
    groups: &[&[
        key("start", Kind::Start, "What starts it on these days instead."),
        key("needs", Kind::Needs, "What it needs on these days in addition."),
    ]],
    required: &[],
};

/// An HTTP request.
pub(crate) static HTTP: Shape = Shape {
    what: "`http`",
    name: "http",
    groups: &[&[
        key("url", Kind::Text, "Absolute http or https URL; `{{ }}` allowed."),
        key("method", Kind::Word(METHODS), "`GET`, or `POST` where there is a body, if nothing is said."),
        key("headers", Kind::TextMap, "Headers; `{{ }}` and `secret://name` allowed."),
        key("body", Kind::Text, "Body, sent as it is; `{{ }}` allowed."),
        key("expect", Kind::Texts, "Statuses that mean success. 200 to 299 if nothing is said."),
    ]],
    required: &["url"],
};

/// Files into a table.
pub(crate) static LOAD: Shape = Shape {
    what: "`load`",
    name: "load",
    groups: &[&[
        key("into", Kind::Text, "The target, `platform.table`; `{{ }}` allowed."),
        key(
            "replace",
            Kind::Text,
            "Condition for the period's rows in the target, which are deleted first: `day = :day`; or `all` for the entire table.",
        ),
        key("files", Kind::Text, "Files to load, relative to `dir`. In a feed: its own `files`."),
        key("check", Kind::Text, "Check file. In a feed: its own `check`."),
        key("separator", Kind::Text, "One character between columns, or `tab`. A comma if nothing is said."),
        key("encoding", Kind::Text, "Encoding of the files: `gb18030`, `gbk`, … UTF-8 if nothing is said."),
        key("columns", Kind::Texts, "Names of the columns, where the files have no header line."),
        key("set", Kind::TextMap, "Columns with constant values, which may be binds: `{hour: \":hour\"}`."),
        key("null", Kind::Texts, "Texts that mean NULL: `[\"\", NA]`."),
    ]],
    required: &["into"],
};

/// A table to another platform.
pub(crate) static COPY: Shape = Shape {
    what: "`copy`",
    name: "copy",
    groups: &[&[
        key("from", Kind::Text, "Where from, `platform.table`; `{{ }}` allowed."),
        key("to", Kind::Text, "Where to, `platform.table`; `{{ }}` allowed."),
        key(
            "rows",
            Kind::Text,
            "Condition for the rows, on both sides: `day = :day`. The whole table with `all`, or if nothing is said.",
        ),
        key("columns", Kind::Texts, "Columns to copy. Those of the source if nothing is said."),
    ]],
    required: &["from", "to"],
};

/// All shapes, for "this key belongs to …" and for the reference.
pub(crate) static SHAPES: &[&Shape] = &[
    &JOB, &FEED, &FLOW, &DEFAULTS, &ROOT, &FOLDER, &PLATFORM, &CALENDAR, &RESOURCE, &NEED, &EXCEPT, &HTTP,
    &LOAD, &COPY,
];
