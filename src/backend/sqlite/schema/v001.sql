-- v001.sql: the first schema. docs/internals/sqlite-store.md has the same table by table, in prose.
--
-- A job's key is `queue id * 2^40 + number`, where the number is counted up by each add. So a
-- job with an id of its own making costs no index, and the jobs of a queue lie together.

-- One row. `commits` is the high-water mark that the file beside the database is compared with.
CREATE TABLE ledger (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    store_id TEXT    NOT NULL,
    commits  INTEGER NOT NULL
) STRICT;
INSERT INTO ledger VALUES (1, lower(hex(randomblob(16))), 0);

-- Who has the store open. Alive as long as byte `id` of the live file is locked.
CREATE TABLE process (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    pid          INTEGER NOT NULL,
    opened_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE queue (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    prefix            TEXT    NOT NULL,
    name              TEXT    NOT NULL,
    job_number        INTEGER NOT NULL,
    front_seq         INTEGER NOT NULL,
    back_seq          INTEGER NOT NULL,
    waiting           INTEGER NOT NULL,
    prioritized       INTEGER NOT NULL,
    delayed           INTEGER NOT NULL,
    active            INTEGER NOT NULL,
    completed         INTEGER NOT NULL,
    failed            INTEGER NOT NULL,
    paused            INTEGER NOT NULL,
    concurrency       INTEGER,
    limiter_started   INTEGER NOT NULL,
    limiter_until_ms  INTEGER NOT NULL,
    stalled_until_ms  INTEGER NOT NULL,
    stalled_max       INTEGER NOT NULL,
    changes           INTEGER NOT NULL,
    UNIQUE (prefix, name)
) STRICT;

-- `list`, `rank`, `seq` are where the job's entry in `place` is. A job with a row in `lease` is
-- active, and has no entry. Short and hot columns come first: reading them skips the rest.
CREATE TABLE job (
    key              INTEGER PRIMARY KEY,
    custom_id        TEXT,
    list             INTEGER NOT NULL,
    rank             INTEGER NOT NULL,
    seq              INTEGER NOT NULL,
    priority         INTEGER NOT NULL,
    attempts_made    INTEGER NOT NULL DEFAULT 0,
    attempts_started INTEGER NOT NULL DEFAULT 0,
    stalled_counter  INTEGER NOT NULL DEFAULT 0,
    log_rows         INTEGER NOT NULL DEFAULT 0,
    big              INTEGER NOT NULL,
    timestamp_ms     INTEGER NOT NULL,
    delay_ms         INTEGER NOT NULL,
    processed_on_ms  INTEGER NOT NULL DEFAULT 0,
    finished_on_ms   INTEGER NOT NULL DEFAULT 0,
    deferred_failure TEXT    NOT NULL DEFAULT '',
    processed_by     TEXT    NOT NULL DEFAULT '',
    progress         TEXT    NOT NULL DEFAULT '',
    return_value     TEXT,
    failed_reason    TEXT    NOT NULL DEFAULT '',
    stacktrace       TEXT    NOT NULL DEFAULT '',
    name             TEXT    NOT NULL,
    opts             TEXT    NOT NULL,
    data             TEXT    NOT NULL
) STRICT;

-- Payloads over 4 KiB (job.big = 1): an UPDATE writes a whole row, and need not write these.
CREATE TABLE payload (
    job  INTEGER PRIMARY KEY,
    data TEXT NOT NULL
) STRICT;

CREATE TABLE custom_id (
    queue INTEGER NOT NULL,
    id    TEXT    NOT NULL,
    job   INTEGER NOT NULL,
    PRIMARY KEY (queue, id)
) STRICT, WITHOUT ROWID;

-- The one place of a job that is not active, in the order of its list.
--     list           rank           seq
--     0 ready        0, priority    place in line; 0 for the front of a priority
--     1 delayed      due ms         place in line
--     2 completed    finished ms    0
--     3 failed       finished ms    0
-- Where seq is 0 `tie` is the id, as in a Redis sorted set with equal scores; else it is empty.
CREATE TABLE place (
    queue INTEGER NOT NULL,
    list  INTEGER NOT NULL,
    rank  INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    tie   TEXT    NOT NULL,
    job   INTEGER NOT NULL,
    PRIMARY KEY (queue, list, rank, seq, tie)
) STRICT, WITHOUT ROWID;

-- The active jobs. `suspect`: was active at the last stall check, and not heard of since.
CREATE TABLE lease (
    job             INTEGER PRIMARY KEY,
    taken_seq       INTEGER NOT NULL,
    process         INTEGER NOT NULL,
    expires_at_ms   INTEGER NOT NULL,
    suspect         INTEGER NOT NULL,
    processed_on_ms INTEGER NOT NULL,
    token           TEXT    NOT NULL,
    processed_by    TEXT    NOT NULL
) STRICT;

CREATE TABLE log (
    job INTEGER NOT NULL,
    n   INTEGER NOT NULL,
    row TEXT    NOT NULL,
    PRIMARY KEY (job, n)
) STRICT, WITHOUT ROWID;

-- The latest answer of each repeat token of adds, for ten minutes.
CREATE TABLE repeat_add (
    prefix     TEXT    NOT NULL,
    queue      TEXT    NOT NULL,
    token      TEXT    NOT NULL,
    sequence   INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL,
    answer     TEXT    NOT NULL,
    PRIMARY KEY (prefix, queue, token)
) STRICT, WITHOUT ROWID;
