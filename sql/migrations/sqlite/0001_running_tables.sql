-- The running tables: what the scheduler loads when it starts.
--
-- Times are milliseconds since 1970-01-01 UTC. Unsigned 64-bit numbers are kept as the signed number with the same bits,
-- so that every value comes back as it was. The CHECKs repeat what the core promises: a row that breaks the life cycle is
-- refused here too. They are written as CASE, frequent cases first: an IN list costs half of the write speed.
--
-- The keys of instances, attempts and deliveries begin with the period: what a night writes then lies together. Measured at
-- 500,000 kept instances, 1,000 transitions a batch: 80,000 transitions/s; with the job first, 11,000/s.

-- One row. Every batch moves it first (P1): who does not stand at (term, batch_seq - 1) writes nothing.
CREATE TABLE leader (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    term      INTEGER NOT NULL CHECK (term >= 0),
    batch_seq INTEGER NOT NULL CHECK (batch_seq >= 0),
    holder    TEXT    NOT NULL,
    now_ms    INTEGER NOT NULL
) STRICT;
INSERT INTO leader (one, term, batch_seq, holder, now_ms) VALUES (1, 0, 0, '', 0);

CREATE TABLE job (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;

-- Every version that was ever applied: `source` is a JSON object from path to text.
CREATE TABLE definition (
    version INTEGER PRIMARY KEY CHECK (version > 0),
    at_ms   INTEGER NOT NULL,
    who     TEXT    NOT NULL,
    why     TEXT,
    source  TEXT    NOT NULL
) STRICT;

CREATE TABLE instance (
    job         INTEGER NOT NULL REFERENCES job (id),
    ordinal     INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    attempt     INTEGER NOT NULL,
    retries     INTEGER NOT NULL,
    flags       INTEGER NOT NULL,
    since_ms    INTEGER NOT NULL,
    until_ms    INTEGER,
    agent       TEXT,
    number      INTEGER NOT NULL,
    incarnation INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    priority    INTEGER,
    exit        TEXT,
    exit_code   INTEGER,
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
) STRICT, WITHOUT ROWID;

-- `started_at_ms` is the start as first reported, `began_at_ms` the start that the report of the end repeats.
CREATE TABLE attempt (
    job              INTEGER NOT NULL REFERENCES job (id),
    ordinal          INTEGER NOT NULL,
    attempt          INTEGER NOT NULL CHECK (attempt > 0),
    agent            TEXT    NOT NULL,
    incarnation      INTEGER NOT NULL,
    number           INTEGER NOT NULL CHECK (number <> 0),
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
) STRICT, WITHOUT ROWID;

-- Deliveries of interfaces; also for periods that are not planned yet.
CREATE TABLE arrival (
    job         INTEGER NOT NULL REFERENCES job (id),
    ordinal     INTEGER NOT NULL,
    delivery    INTEGER NOT NULL CHECK (delivery > 0),
    at_ms       INTEGER NOT NULL,
    fingerprint TEXT    NOT NULL,
    files       INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    rows        INTEGER,
    empty       INTEGER NOT NULL CHECK (empty IN (0, 1)),
    problem     TEXT,
    PRIMARY KEY (ordinal, job, delivery)
) STRICT, WITHOUT ROWID;

-- The audit trail. `seq` is the order in which commands took effect; `id` is made by the client and never taken twice.
CREATE TABLE command (
    seq     INTEGER PRIMARY KEY,
    id      TEXT    NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64 AND id NOT GLOB '*[^0-9A-Za-z_-]*'),
    kind    TEXT    NOT NULL,
    who     TEXT    NOT NULL,
    why     TEXT,
    at_ms   INTEGER NOT NULL,
    preview INTEGER NOT NULL CHECK (preview IN (0, 1)),
    action  TEXT    NOT NULL,
    answer  TEXT    NOT NULL
) STRICT;
CREATE INDEX command_at ON command (at_ms);

CREATE TABLE agent (
    name           TEXT    PRIMARY KEY CHECK (name <> ''),
    incarnation    INTEGER NOT NULL,
    numbered_up_to INTEGER NOT NULL,
    reported_up_to INTEGER NOT NULL,
    draining       INTEGER NOT NULL CHECK (draining IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE duration (
    job     INTEGER PRIMARY KEY REFERENCES job (id),
    count   INTEGER NOT NULL CHECK (count >= 0),
    mean_ms INTEGER NOT NULL CHECK (mean_ms >= 0)
) STRICT;

-- `runs` is a JSON array of inclusive pairs of ordinals. It outlives the instances that it speaks of.
CREATE TABLE met_set (
    job  INTEGER PRIMARY KEY REFERENCES job (id),
    runs TEXT    NOT NULL
) STRICT;

CREATE TABLE backfill (
    command    TEXT PRIMARY KEY,
    first_date TEXT NOT NULL,
    last_date  TEXT NOT NULL,
    at_ms      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE control (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    frozen TEXT
) STRICT;
INSERT INTO control (one, frozen) VALUES (1, NULL);
