-- Where finished instances go: running tables -> period tables (about a month) -> history tables (about a year) -> gone.
--
-- The scheduler reads none of these while it schedules; people and `daybreak show` do. Rows were checked when they were
-- written, so there is nothing left to check here: the columns with their comments, and none of the rules. Retention counts from
-- `archived_at_ms`; attempts and arrivals go with their instance.
--
-- The scheduler's own commits write the period tables: their keys begin with the period, as those of the running tables do.
-- History is written in the background and asked for by job: its keys begin with the job.

CREATE TABLE instance_period (
    LIKE instance INCLUDING COMMENTS,
    archived_at_ms bigint NOT NULL,
    PRIMARY KEY (ordinal, job)
);
CREATE INDEX instance_period_archived_at ON instance_period (archived_at_ms);
COMMENT ON TABLE instance_period IS 'Instances that are archived: kept here for about a month';
COMMENT ON COLUMN instance_period.archived_at_ms IS 'When it left the running tables';

CREATE TABLE attempt_period (
    LIKE attempt INCLUDING COMMENTS,
    PRIMARY KEY (ordinal, job, attempt)
);
COMMENT ON TABLE attempt_period IS 'Attempts of archived instances: kept here for about a month';

CREATE TABLE arrival_period (
    LIKE arrival INCLUDING COMMENTS,
    PRIMARY KEY (ordinal, job, delivery)
);
COMMENT ON TABLE arrival_period IS 'Deliveries of archived instances: kept here for about a month';

CREATE TABLE instance_history (
    LIKE instance INCLUDING COMMENTS,
    archived_at_ms bigint NOT NULL,
    PRIMARY KEY (job, ordinal)
);
CREATE INDEX instance_history_archived_at ON instance_history (archived_at_ms);
COMMENT ON TABLE instance_history IS 'Instances that are archived: kept here for about a year';
COMMENT ON COLUMN instance_history.archived_at_ms IS 'When it left the running tables';

CREATE TABLE attempt_history (
    LIKE attempt INCLUDING COMMENTS,
    PRIMARY KEY (job, ordinal, attempt)
);
COMMENT ON TABLE attempt_history IS 'Attempts of archived instances: kept here for about a year';

CREATE TABLE arrival_history (
    LIKE arrival INCLUDING COMMENTS,
    PRIMARY KEY (job, ordinal, delivery)
);
COMMENT ON TABLE arrival_history IS 'Deliveries of archived instances: kept here for about a year';

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

COMMENT ON VIEW every_instance IS 'Instances, wherever they are kept: place 0 = running, 1 = period, 2 = history';
COMMENT ON VIEW every_attempt IS 'Attempts, wherever they are kept: place 0 = running, 1 = period, 2 = history';
COMMENT ON VIEW every_arrival IS 'Deliveries, wherever they are kept: place 0 = running, 1 = period, 2 = history';
