-- Views for operators and reporting tools: a public interface, documented in docs/store.md.
--
-- Columns are only ever added at the end. Times are ISO 8601 in UTC with milliseconds, yes and no are 1 and 0, `kept_in`
-- says which tables a row is in. Names of jobs come with the job's number; a row whose job has no name would still show.

CREATE VIEW v_job AS
SELECT
    job.name AS job,
    job.id AS job_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', job.created_at_ms / 1000.0, 'unixepoch') AS created_at,
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
    strftime('%Y-%m-%dT%H:%M:%fZ', i.since_ms / 1000.0, 'unixepoch') AS since,
    i.attempt AS attempt,
    i.retries AS retries,
    strftime('%Y-%m-%dT%H:%M:%fZ', i.until_ms / 1000.0, 'unixepoch') AS retry_at,
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
    strftime('%Y-%m-%dT%H:%M:%fZ', a.dispatched_at_ms / 1000.0, 'unixepoch') AS dispatched_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', a.started_at_ms / 1000.0, 'unixepoch') AS started_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', a.ended_at_ms / 1000.0, 'unixepoch') AS ended_at,
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
    strftime('%Y-%m-%dT%H:%M:%fZ', a.at_ms / 1000.0, 'unixepoch') AS at,
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
    strftime('%Y-%m-%dT%H:%M:%fZ', command.at_ms / 1000.0, 'unixepoch') AS at,
    command.who AS who,
    command.kind AS kind,
    command.why AS why,
    command.preview AS is_preview,
    json_array_length(command.answer, '$.done') AS done,
    json_array_length(command.answer, '$.refused') AS refused,
    command.action AS action,
    command.answer AS answer
FROM command;

CREATE VIEW v_agent AS
SELECT
    agent.name AS agent,
    printf('%016x', agent.incarnation) AS incarnation,
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
    strftime('%Y-%m-%dT%H:%M:%fZ', definition.at_ms / 1000.0, 'unixepoch') AS at,
    definition.who AS who,
    definition.why AS why,
    (SELECT count(*) FROM json_each(definition.source)) AS files
FROM definition;
