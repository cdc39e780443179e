-- Views for operators and reporting tools: a public interface, documented in docs/store.md, with the columns and values that they have
-- in SQLite.
--
-- Columns are only ever added at the end. Times are ISO 8601 in UTC with milliseconds, yes and no are 1 and 0, `kept_in`
-- says which tables a row is in. Names of jobs come with the job's number; a row whose job has no name would still show. What JSON
-- with a NUL in it holds is not counted: PostgreSQL does not look into such a text.

-- A time that no calendar has shows as nothing, instead of making the whole view fail.
CREATE FUNCTION time_text(ms bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN ms BETWEEN -62135596800000 AND 253402300799999
        THEN to_char(timestamp '1970-01-01' + ms * interval '1 millisecond', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
END;
COMMENT ON FUNCTION time_text IS 'Milliseconds since 1970-01-01 UTC as ISO 8601';

CREATE VIEW v_job AS
SELECT
    job.name AS job,
    job.id AS job_id,
    time_text(job.created_at_ms) AS created_at,
    coalesce(duration.count, 0) AS successes,
    duration.mean_ms AS mean_ms,
    met_set.runs AS archived_met
FROM job
LEFT JOIN duration ON duration.job = job.id
LEFT JOIN met_set ON met_set.job = job.id;

CREATE VIEW v_instance AS
SELECT
    job.name AS job,
    i.job AS job_id,
    i.ordinal AS ordinal,
    i.state AS state,
    time_text(i.since_ms) AS since,
    i.attempt AS attempt,
    i.retries AS retries,
    time_text(i.until_ms) AS retry_at,
    i.agent AS agent,
    i.exit || coalesce(' ' || i.exit_code, '') AS exit,
    i.priority AS priority,
    i.version AS version,
    i.flags & 1 AS is_stale,
    i.flags >> 1 & 1 AS is_redo,
    i.flags >> 2 & 1 AS is_by_hand,
    i.flags >> 3 & 1 AS is_forced,
    i.flags >> 4 & 1 AS has_arrived,
    i.flags >> 5 & 1 AS is_empty,
    i.flags >> 6 & 1 AS is_catch_up,
    i.flags >> 7 & 1 AS has_changed,
    CASE i.place WHEN 0 THEN 'running' WHEN 1 THEN 'period' ELSE 'history' END AS kept_in
FROM every_instance AS i
LEFT JOIN job ON job.id = i.job;

CREATE VIEW v_attempt AS
SELECT
    job.name AS job,
    a.job AS job_id,
    a.ordinal AS ordinal,
    a.attempt AS attempt,
    a.agent AS agent,
    a.version AS version,
    time_text(a.dispatched_at_ms) AS dispatched_at,
    time_text(a.started_at_ms) AS started_at,
    time_text(a.ended_at_ms) AS ended_at,
    a.ended_at_ms - a.started_at_ms AS run_ms,
    a.exit || coalesce(' ' || a.exit_code, '') AS exit,
    a.message AS message,
    a.rows_read AS rows_read,
    a.rows_written AS rows_written,
    a.cpu_ms AS cpu_ms,
    a.rss_kib AS rss_kib,
    a.log_bytes AS log_bytes,
    a.log_dropped AS log_dropped,
    CASE a.place WHEN 0 THEN 'running' WHEN 1 THEN 'period' ELSE 'history' END AS kept_in
FROM every_attempt AS a
LEFT JOIN job ON job.id = a.job;

CREATE VIEW v_arrival AS
SELECT
    job.name AS job,
    a.job AS job_id,
    a.ordinal AS ordinal,
    a.delivery AS delivery,
    time_text(a.at_ms) AS at,
    a.fingerprint AS fingerprint,
    a.files AS files,
    a.bytes AS bytes,
    a.rows AS rows,
    a.empty AS is_empty,
    a.problem AS problem,
    CASE a.place WHEN 0 THEN 'running' WHEN 1 THEN 'period' ELSE 'history' END AS kept_in
FROM every_arrival AS a
LEFT JOIN job ON job.id = a.job;

CREATE VIEW v_command AS
SELECT
    command.id AS id,
    time_text(command.at_ms) AS at,
    command.who AS who,
    command.kind AS kind,
    command.why AS why,
    command.preview AS is_preview,
    CASE WHEN strpos(command.answer, '\u0000') = 0 THEN json_array_length(command.answer::json -> 'done') END AS done,
    CASE WHEN strpos(command.answer, '\u0000') = 0 THEN json_array_length(command.answer::json -> 'refused') END AS refused,
    command.action AS action,
    command.answer AS answer
FROM command;

CREATE VIEW v_agent AS
SELECT
    agent.name AS agent,
    lpad(to_hex(agent.incarnation), 16, '0') AS incarnation,
    agent.numbered_up_to AS numbered_up_to,
    agent.reported_up_to AS reported_up_to,
    agent.draining AS is_draining,
    (
        SELECT count(*)
        FROM instance
        WHERE instance.agent = agent.name
            AND instance.state IN ('dispatched', 'running', 'killing', 'suspected', 'unknown')
    ) AS holds
FROM agent;

CREATE VIEW v_definition AS
SELECT
    definition.version AS version,
    time_text(definition.at_ms) AS at,
    definition.who AS who,
    definition.why AS why,
    CASE
        WHEN strpos(definition.source, '\u0000') = 0 THEN (SELECT count(*) FROM json_object_keys(definition.source::json))
    END AS files
FROM definition;

COMMENT ON VIEW v_job IS 'Jobs that were ever defined';
COMMENT ON VIEW v_instance IS 'Instances: one row per job and period';
COMMENT ON VIEW v_attempt IS 'Attempts of instances';
COMMENT ON VIEW v_arrival IS 'Deliveries of interfaces, wrong ones included';
COMMENT ON VIEW v_command IS 'The audit trail: operators'' commands that took effect';
COMMENT ON VIEW v_agent IS 'Agents';
COMMENT ON VIEW v_definition IS 'Versions of the definition files';
