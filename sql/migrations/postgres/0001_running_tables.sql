-- The running tables: what the scheduler loads when it starts.
--
-- The same tables, columns, keys and rules as in SQLite; all numbers are `bigint`, so that no parameter meets a column of another
-- width. Times are milliseconds since 1970-01-01 UTC. Unsigned 64-bit numbers are kept as the signed number with the same bits, so
-- that every value comes back as it was. PostgreSQL keeps no NUL in a text: it is written as U+10FFFF 0, and U+10FFFF as itself
-- twice.
--
-- Keys are compared byte by byte (COLLATE "C"), whatever the database's language is. What is updated in place has room on its page
-- (fillfactor), and is cleaned up early: a night updates every row three times.

-- Every batch moves it first (P1): who does not stand at (term, batch_seq - 1) writes nothing.
CREATE TABLE leader (
    one       bigint PRIMARY KEY CHECK (one = 1),
    term      bigint NOT NULL CHECK (term >= 0),
    batch_seq bigint NOT NULL CHECK (batch_seq >= 0),
    holder    text   NOT NULL,
    now_ms    bigint NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
INSERT INTO leader (one, term, batch_seq, holder, now_ms) VALUES (1, 0, 0, '', 0);
COMMENT ON TABLE leader IS 'One row: who leads. Every batch moves it first; who does not stand right before it writes nothing';
COMMENT ON COLUMN leader.one IS 'Always 1';
COMMENT ON COLUMN leader.term IS 'Counts leaders: each has a higher one than all before';
COMMENT ON COLUMN leader.batch_seq IS 'The last committed batch of that term';
COMMENT ON COLUMN leader.holder IS 'Who leads, for people';
COMMENT ON COLUMN leader.now_ms IS 'The scheduler''s time at the last commit, which never runs back';

CREATE TABLE job (
    id            bigint PRIMARY KEY,
    name          text   NOT NULL,
    created_at_ms bigint NOT NULL
);
COMMENT ON TABLE job IS 'Names of jobs and interfaces with their numbers; also of those that are gone';
COMMENT ON COLUMN job.id IS 'Its number: kept through renames, never used again';
COMMENT ON COLUMN job.name IS 'Name as last written';
COMMENT ON COLUMN job.created_at_ms IS 'When it was first defined';

CREATE TABLE definition (
    version bigint PRIMARY KEY CHECK (version > 0),
    at_ms   bigint NOT NULL,
    who     text   NOT NULL,
    why     text,
    source  text   NOT NULL
);
COMMENT ON TABLE definition IS 'Every version of the definition files that was ever applied';
COMMENT ON COLUMN definition.version IS 'From 1, without gaps';
COMMENT ON COLUMN definition.at_ms IS 'When it was applied';
COMMENT ON COLUMN definition.who IS 'By whom';
COMMENT ON COLUMN definition.why IS 'Why, if it was said';
COMMENT ON COLUMN definition.source IS 'A JSON object from path to text';

CREATE TABLE instance (
    job         bigint NOT NULL REFERENCES job (id),
    ordinal     bigint NOT NULL,
    state       text   NOT NULL,
    attempt     bigint NOT NULL,
    retries     bigint NOT NULL,
    flags       bigint NOT NULL,
    since_ms    bigint NOT NULL,
    until_ms    bigint,
    agent       text,
    number      bigint NOT NULL,
    incarnation bigint NOT NULL,
    version     bigint NOT NULL,
    priority    bigint,
    exit        text,
    exit_code   bigint,
    PRIMARY KEY (ordinal, job),
    CONSTRAINT instance_life_cycle CHECK (
        CASE state
            WHEN 'dispatched' THEN until_ms IS NULL AND agent IS NOT NULL AND number <> 0 AND attempt > 0
            WHEN 'running'    THEN until_ms IS NULL AND agent IS NOT NULL AND number <> 0 AND attempt > 0
            WHEN 'succeeded'  THEN until_ms IS NULL
            WHEN 'waiting'    THEN until_ms IS NULL
            WHEN 'failed'     THEN until_ms IS NULL
            WHEN 'retrying'   THEN until_ms IS NOT NULL AND attempt > 0
            WHEN 'killing'    THEN until_ms IS NULL AND agent IS NOT NULL AND number <> 0 AND attempt > 0
            WHEN 'suspected'  THEN until_ms IS NULL AND agent IS NOT NULL AND number <> 0 AND attempt > 0
            WHEN 'unknown'    THEN until_ms IS NULL AND agent IS NOT NULL AND number <> 0 AND attempt > 0
            WHEN 'killed'     THEN until_ms IS NULL
            WHEN 'passed'     THEN until_ms IS NULL
            WHEN 'skipped'    THEN until_ms IS NULL
            WHEN 'held'       THEN until_ms IS NULL
            WHEN 'retired'    THEN until_ms IS NULL
            WHEN 'missed'     THEN until_ms IS NULL
            ELSE FALSE
        END),
    CONSTRAINT instance_exit CHECK (
        CASE
            WHEN exit IS NULL           THEN exit_code IS NULL
            WHEN exit = 'success'       THEN exit_code IS NULL
            WHEN exit = 'code'          THEN exit_code IS NOT NULL
            WHEN exit = 'signal'        THEN exit_code IS NOT NULL
            WHEN exit = 'timeout'       THEN exit_code IS NULL
            WHEN exit = 'out_of_memory' THEN exit_code IS NULL
            WHEN exit = 'killed'        THEN exit_code IS NULL
            WHEN exit = 'not_started'   THEN exit_code IS NULL
            ELSE FALSE
        END)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
COMMENT ON TABLE instance IS 'One row per job and period that the scheduler works with';
COMMENT ON COLUMN instance.job IS 'The job''s number';
COMMENT ON COLUMN instance.ordinal IS 'The period''s number within the job''s cycle (docs/store.md says how it becomes a date)';
COMMENT ON COLUMN instance.state IS 'Where it is in its life';
COMMENT ON COLUMN instance.attempt IS 'Number of the current or last attempt; 0 before the first';
COMMENT ON COLUMN instance.retries IS 'Automatic retries since the last start by hand';
COMMENT ON COLUMN instance.flags IS 'Bits: 1 stale, 2 redo, 4 by hand, 8 forced, 16 arrived, 32 empty, 64 catch-up, 128 changed';
COMMENT ON COLUMN instance.since_ms IS 'Since when it is in this state';
COMMENT ON COLUMN instance.until_ms IS 'Retrying: when the pause ends';
COMMENT ON COLUMN instance.agent IS 'Name of the agent that holds or last held it';
COMMENT ON COLUMN instance.number IS 'Dispatch number at that agent''s journal';
COMMENT ON COLUMN instance.incarnation IS 'The journal that it was dispatched to';
COMMENT ON COLUMN instance.version IS 'Definition version of the current attempt, or that it was planned with';
COMMENT ON COLUMN instance.priority IS 'Given by an operator; empty = the job''s own';
COMMENT ON COLUMN instance.exit IS 'How the last attempt ended';
COMMENT ON COLUMN instance.exit_code IS 'Exit code or number of the signal';

CREATE TABLE attempt (
    job              bigint NOT NULL REFERENCES job (id),
    ordinal          bigint NOT NULL,
    attempt          bigint NOT NULL CHECK (attempt > 0),
    agent            text   NOT NULL,
    incarnation      bigint NOT NULL,
    number           bigint NOT NULL CHECK (number <> 0),
    version          bigint NOT NULL,
    dispatched_at_ms bigint NOT NULL,
    started_at_ms    bigint,
    ended_at_ms      bigint,
    exit             text,
    exit_code        bigint,
    began_at_ms      bigint,
    message          text,
    rows_read        bigint,
    rows_written     bigint,
    cpu_ms           bigint,
    rss_kib          bigint,
    log_bytes        bigint,
    log_dropped      bigint,
    PRIMARY KEY (ordinal, job, attempt),
    CONSTRAINT attempt_exit CHECK (
        CASE
            WHEN exit IS NULL           THEN exit_code IS NULL
            WHEN exit = 'success'       THEN exit_code IS NULL
            WHEN exit = 'code'          THEN exit_code IS NOT NULL
            WHEN exit = 'signal'        THEN exit_code IS NOT NULL
            WHEN exit = 'timeout'       THEN exit_code IS NULL
            WHEN exit = 'out_of_memory' THEN exit_code IS NULL
            WHEN exit = 'killed'        THEN exit_code IS NULL
            WHEN exit = 'not_started'   THEN exit_code IS NULL
            ELSE FALSE
        END),
    CONSTRAINT attempt_end CHECK (
        CASE
            WHEN exit IS NULL
                THEN began_at_ms IS NULL AND message IS NULL AND rows_read IS NULL AND rows_written IS NULL
                     AND cpu_ms IS NULL AND rss_kib IS NULL AND log_bytes IS NULL AND log_dropped IS NULL
            ELSE ended_at_ms IS NOT NULL AND began_at_ms IS NOT NULL AND (rows_read IS NULL) = (rows_written IS NULL)
                 AND cpu_ms IS NOT NULL AND rss_kib IS NOT NULL AND log_bytes IS NOT NULL AND log_dropped IS NOT NULL
        END)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
COMMENT ON TABLE attempt IS 'One row per attempt of an instance';
COMMENT ON COLUMN attempt.job IS 'The job''s number';
COMMENT ON COLUMN attempt.ordinal IS 'The period''s number';
COMMENT ON COLUMN attempt.attempt IS 'From 1';
COMMENT ON COLUMN attempt.agent IS 'Name of the agent that it was sent to';
COMMENT ON COLUMN attempt.incarnation IS 'That agent''s journal';
COMMENT ON COLUMN attempt.number IS 'Dispatch number there';
COMMENT ON COLUMN attempt.version IS 'Definition version that it ran with';
COMMENT ON COLUMN attempt.dispatched_at_ms IS 'When it was sent';
COMMENT ON COLUMN attempt.started_at_ms IS 'When its task started, by the agent''s clock, as first reported';
COMMENT ON COLUMN attempt.ended_at_ms IS 'When it ended, by the agent''s clock';
COMMENT ON COLUMN attempt.exit IS 'How it ended';
COMMENT ON COLUMN attempt.exit_code IS 'Exit code or number of the signal';
COMMENT ON COLUMN attempt.began_at_ms IS 'The start that the report of the end repeats';
COMMENT ON COLUMN attempt.message IS 'Last line of output, or the database''s error';
COMMENT ON COLUMN attempt.rows_read IS 'Rows read, where the task counts them';
COMMENT ON COLUMN attempt.rows_written IS 'Rows written, where the task counts them';
COMMENT ON COLUMN attempt.cpu_ms IS 'CPU time of all its processes';
COMMENT ON COLUMN attempt.rss_kib IS 'Largest resident set';
COMMENT ON COLUMN attempt.log_bytes IS 'Bytes of output';
COMMENT ON COLUMN attempt.log_dropped IS 'How many of them the cap dropped';

CREATE TABLE arrival (
    job         bigint NOT NULL REFERENCES job (id),
    ordinal     bigint NOT NULL,
    delivery    bigint NOT NULL CHECK (delivery > 0),
    at_ms       bigint NOT NULL,
    fingerprint text   NOT NULL,
    files       bigint NOT NULL,
    bytes       bigint NOT NULL,
    rows        bigint,
    empty       bigint NOT NULL CHECK (empty IN (0, 1)),
    problem     text,
    PRIMARY KEY (ordinal, job, delivery)
);
COMMENT ON TABLE arrival IS 'Deliveries of interfaces, also for periods that are not planned yet';
COMMENT ON COLUMN arrival.job IS 'The interface''s number';
COMMENT ON COLUMN arrival.ordinal IS 'The period''s number';
COMMENT ON COLUMN arrival.delivery IS 'From 1 within the period';
COMMENT ON COLUMN arrival.at_ms IS 'When the scheduler learned of it';
COMMENT ON COLUMN arrival.fingerprint IS 'Tells deliveries apart';
COMMENT ON COLUMN arrival.files IS 'Data files';
COMMENT ON COLUMN arrival.bytes IS 'Their bytes';
COMMENT ON COLUMN arrival.rows IS 'Rows that the check file announces';
COMMENT ON COLUMN arrival.empty IS '1 = delivered or declared empty';
COMMENT ON COLUMN arrival.problem IS 'What is wrong with it; a wrong delivery meets nothing';

CREATE TABLE command (
    seq     bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id      text   COLLATE "C" NOT NULL UNIQUE CHECK (id ~ '^[0-9A-Za-z_-]{1,64}$'),
    kind    text   NOT NULL,
    who     text   NOT NULL,
    why     text,
    at_ms   bigint NOT NULL,
    preview bigint NOT NULL CHECK (preview IN (0, 1)),
    action  text   NOT NULL,
    answer  text   NOT NULL
);
CREATE INDEX command_at ON command (at_ms);
COMMENT ON TABLE command IS 'The audit trail: operators'' commands that took effect';
COMMENT ON COLUMN command.seq IS 'The order in which they took effect';
COMMENT ON COLUMN command.id IS 'Made by the client; taken once and never again';
COMMENT ON COLUMN command.kind IS 'What was asked, in one word';
COMMENT ON COLUMN command.who IS 'Name of the token that it came with';
COMMENT ON COLUMN command.why IS 'The operator''s words';
COMMENT ON COLUMN command.at_ms IS 'When it took effect';
COMMENT ON COLUMN command.preview IS '1 = only asked what would happen';
COMMENT ON COLUMN command.action IS 'What was asked, as JSON';
COMMENT ON COLUMN command.answer IS 'What came of it, as JSON';

CREATE TABLE agent (
    name           text   COLLATE "C" PRIMARY KEY CHECK (name <> ''),
    incarnation    bigint NOT NULL,
    numbered_up_to bigint NOT NULL,
    reported_up_to bigint NOT NULL,
    draining       bigint NOT NULL CHECK (draining IN (0, 1))
) WITH (fillfactor = 50);
COMMENT ON TABLE agent IS 'Agents, each with its current journal';
COMMENT ON COLUMN agent.name IS 'Its name';
COMMENT ON COLUMN agent.incarnation IS 'Its current journal';
COMMENT ON COLUMN agent.numbered_up_to IS 'Last dispatch number given to that journal';
COMMENT ON COLUMN agent.reported_up_to IS 'Reports up to here are applied';
COMMENT ON COLUMN agent.draining IS '1 = is sent nothing new';

CREATE TABLE duration (
    job     bigint PRIMARY KEY REFERENCES job (id),
    count   bigint NOT NULL CHECK (count >= 0),
    mean_ms bigint NOT NULL CHECK (mean_ms >= 0)
) WITH (fillfactor = 80);
COMMENT ON TABLE duration IS 'What has been learned of jobs'' durations';
COMMENT ON COLUMN duration.job IS 'The job''s number';
COMMENT ON COLUMN duration.count IS 'Successful attempts seen';
COMMENT ON COLUMN duration.mean_ms IS 'Weighted mean, milliseconds; the newest attempt counts for a quarter';

CREATE TABLE met_set (
    job  bigint PRIMARY KEY REFERENCES job (id),
    runs text   NOT NULL
);
COMMENT ON TABLE met_set IS 'Which archived periods of a job are met; it outlives the instances that it speaks of';
COMMENT ON COLUMN met_set.job IS 'The job''s number';
COMMENT ON COLUMN met_set.runs IS 'A JSON array of inclusive pairs of ordinals';

CREATE TABLE backfill (
    command    text   COLLATE "C" PRIMARY KEY,
    first_date text   NOT NULL,
    last_date  text   NOT NULL,
    at_ms      bigint NOT NULL
);
COMMENT ON TABLE backfill IS 'Ranges of dates whose periods are planned on request';
COMMENT ON COLUMN backfill.command IS 'Id of the command that asked for it';
COMMENT ON COLUMN backfill.first_date IS 'First date';
COMMENT ON COLUMN backfill.last_date IS 'Last date';
COMMENT ON COLUMN backfill.at_ms IS 'When: jobs that are defined later are not meant';

CREATE TABLE control (
    one    bigint PRIMARY KEY CHECK (one = 1),
    frozen text
);
INSERT INTO control (one, frozen) VALUES (1, NULL);
COMMENT ON TABLE control IS 'One row: settings of the running system that operators change';
COMMENT ON COLUMN control.one IS 'Always 1';
COMMENT ON COLUMN control.frozen IS 'Nothing is dispatched: by whom and why';
