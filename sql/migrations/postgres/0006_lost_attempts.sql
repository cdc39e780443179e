-- Why nobody can tell how an attempt ends; without an end nobody can to this day. Empty for attempts that were lost before this step.

ALTER TABLE attempt ADD COLUMN lost text;
ALTER TABLE attempt_period ADD COLUMN lost text;
ALTER TABLE attempt_history ADD COLUMN lost text;

DROP VIEW v_attempt;
DROP VIEW every_attempt;

CREATE VIEW every_attempt AS
    SELECT 0 AS place,
        job, ordinal, attempt, agent, incarnation, number, version, dispatched_at_ms, started_at_ms,
        ended_at_ms, exit, exit_code, began_at_ms, message, rows_read, rows_written, cpu_ms, rss_kib,
        log_bytes, log_dropped, lost
    FROM attempt
    UNION ALL
    SELECT 1 AS place,
        job, ordinal, attempt, agent, incarnation, number, version, dispatched_at_ms, started_at_ms,
        ended_at_ms, exit, exit_code, began_at_ms, message, rows_read, rows_written, cpu_ms, rss_kib,
        log_bytes, log_dropped, lost
    FROM attempt_period
    UNION ALL
    SELECT 2 AS place,
        job, ordinal, attempt, agent, incarnation, number, version, dispatched_at_ms, started_at_ms,
        ended_at_ms, exit, exit_code, began_at_ms, message, rows_read, rows_written, cpu_ms, rss_kib,
        log_bytes, log_dropped, lost
    FROM attempt_history;

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
    CASE a.place WHEN 0 THEN 'running' WHEN 1 THEN 'period' ELSE 'history' END AS kept_in,
    a.lost AS lost
FROM every_attempt AS a
LEFT JOIN job ON job.id = a.job;

COMMENT ON COLUMN attempt.lost IS 'Why nobody can tell how it ends; an end that is told after all stands beside it';
COMMENT ON COLUMN attempt_period.lost IS 'Why nobody can tell how it ends; an end that is told after all stands beside it';
COMMENT ON COLUMN attempt_history.lost IS 'Why nobody can tell how it ends; an end that is told after all stands beside it';
COMMENT ON VIEW every_attempt IS 'Attempts, wherever they are kept: place 0 = running, 1 = period, 2 = history';
COMMENT ON VIEW v_attempt IS 'Attempts of instances';
