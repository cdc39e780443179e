-- Where finished instances go: running tables -> period tables (about a month) -> history tables (about a year) -> gone.
--
-- The scheduler reads none of these while it schedules; people and `daybreak show` do. Rows were checked when they were
-- written, so there is nothing left to check here. `archived_at_ms` is when an instance left the running tables: retention
-- counts from it, and attempts and arrivals go with their instance.
--
-- The scheduler's own commits write the period tables: their keys begin with the period, as those of the running tables do.
-- History is written in the background and asked for by job: its keys begin with the job.

CREATE TABLE instance_period (
    job            INTEGER NOT NULL,
    ordinal        INTEGER NOT NULL,
    state          TEXT    NOT NULL,
    attempt        INTEGER NOT NULL,
    retries        INTEGER NOT NULL,
    flags          INTEGER NOT NULL,
    since_ms       INTEGER NOT NULL,
    until_ms       INTEGER,
    agent          TEXT,
    number         INTEGER NOT NULL,
    incarnation    INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    priority       INTEGER,
    exit           TEXT,
    exit_code      INTEGER,
    archived_at_ms INTEGER NOT NULL,
    PRIMARY KEY (ordinal, job)
) STRICT, WITHOUT ROWID;
CREATE INDEX instance_period_archived_at ON instance_period (archived_at_ms);

CREATE TABLE attempt_period (
    job              INTEGER NOT NULL,
    ordinal          INTEGER NOT NULL,
    attempt          INTEGER NOT NULL,
    agent            TEXT    NOT NULL,
    incarnation      INTEGER NOT NULL,
    number           INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    dispatched_at_ms INTEGER NOT NULL,
    started_at_ms    INTEGER,
    ended_at_ms      INTEGER,
    exit             TEXT,
    exit_code        INTEGER,
    began_at_ms      INTEGER,
    message          TEXT,
    rows_read        INTEGER,
    rows_written     INTEGER,
    cpu_ms           INTEGER,
    rss_kib          INTEGER,
    log_bytes        INTEGER,
    log_dropped      INTEGER,
    PRIMARY KEY (ordinal, job, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE arrival_period (
    job         INTEGER NOT NULL,
    ordinal     INTEGER NOT NULL,
    delivery    INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    fingerprint TEXT    NOT NULL,
    files       INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    rows        INTEGER,
    empty       INTEGER NOT NULL,
    problem     TEXT,
    PRIMARY KEY (ordinal, job, delivery)
) STRICT, WITHOUT ROWID;

CREATE TABLE instance_history (
    job            INTEGER NOT NULL,
    ordinal        INTEGER NOT NULL,
    state          TEXT    NOT NULL,
    attempt        INTEGER NOT NULL,
    retries        INTEGER NOT NULL,
    flags          INTEGER NOT NULL,
    since_ms       INTEGER NOT NULL,
    until_ms       INTEGER,
    agent          TEXT,
    number         INTEGER NOT NULL,
    incarnation    INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    priority       INTEGER,
    exit           TEXT,
    exit_code      INTEGER,
    archived_at_ms INTEGER NOT NULL,
    PRIMARY KEY (job, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX instance_history_archived_at ON instance_history (archived_at_ms);

CREATE TABLE attempt_history (
    job              INTEGER NOT NULL,
    ordinal          INTEGER NOT NULL,
    attempt          INTEGER NOT NULL,
    agent            TEXT    NOT NULL,
    incarnation      INTEGER NOT NULL,
    number           INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    dispatched_at_ms INTEGER NOT NULL,
    started_at_ms    INTEGER,
    ended_at_ms      INTEGER,
    exit             TEXT,
    exit_code        INTEGER,
    began_at_ms      INTEGER,
    message          TEXT,
    rows_read        INTEGER,
    rows_written     INTEGER,
    cpu_ms           INTEGER,
    rss_kib          INTEGER,
    log_bytes        INTEGER,
    log_dropped      INTEGER,
    PRIMARY KEY (job, ordinal, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE arrival_history (
    job         INTEGER NOT NULL,
    ordinal     INTEGER NOT NULL,
    delivery    INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    fingerprint TEXT    NOT NULL,
    files       INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    rows        INTEGER,
    empty       INTEGER NOT NULL,
    problem     TEXT,
    PRIMARY KEY (job, ordinal, delivery)
) STRICT, WITHOUT ROWID;

-- Everything that is kept of one kind, wherever it is kept: place 0 = running, 1 = period, 2 = history. An instance that
-- was archived and planned again is in two places: the lower one is the newer.
CREATE VIEW every_instance AS
    SELECT 0 AS place,
        job, ordinal, state, attempt, retries, flags, since_ms, until_ms, agent, number, incarnation,
        version, priority, exit, exit_code
    FROM instance
    UNION ALL
    SELECT 1 AS place,
        job, ordinal, state, attempt, retries, flags, since_ms, until_ms, agent, number, incarnation,
        version, priority, exit, exit_code
    FROM instance_period
    UNION ALL
    SELECT 2 AS place,
        job, ordinal, state, attempt, retries, flags, since_ms, until_ms, agent, number, incarnation,
        version, priority, exit, exit_code
    FROM instance_history;

CREATE VIEW every_attempt AS
    SELECT 0 AS place,
        job, ordinal, attempt, agent, incarnation, number, version, dispatched_at_ms, started_at_ms,
        ended_at_ms, exit, exit_code, began_at_ms, message, rows_read, rows_written, cpu_ms, rss_kib,
        log_bytes, log_dropped
    FROM attempt
    UNION ALL
    SELECT 1 AS place,
        job, ordinal, attempt, agent, incarnation, number, version, dispatched_at_ms, started_at_ms,
        ended_at_ms, exit, exit_code, began_at_ms, message, rows_read, rows_written, cpu_ms, rss_kib,
        log_bytes, log_dropped
    FROM attempt_period
    UNION ALL
    SELECT 2 AS place,
        job, ordinal, attempt, agent, incarnation, number, version, dispatched_at_ms, started_at_ms,
        ended_at_ms, exit, exit_code, began_at_ms, message, rows_read, rows_written, cpu_ms, rss_kib,
        log_bytes, log_dropped
    FROM attempt_history;

CREATE VIEW every_arrival AS
    SELECT 0 AS place,
        job, ordinal, delivery, at_ms, fingerprint, files, bytes, rows, empty, problem
    FROM arrival
    UNION ALL
    SELECT 1 AS place,
        job, ordinal, delivery, at_ms, fingerprint, files, bytes, rows, empty, problem
    FROM arrival_period
    UNION ALL
    SELECT 2 AS place,
        job, ordinal, delivery, at_ms, fingerprint, files, bytes, rows, empty, problem
    FROM arrival_history;
