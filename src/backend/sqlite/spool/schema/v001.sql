-- v001.sql: the first schema of a producer's spool. docs/internals/spool.md says it in prose.
--
-- A job's key is `line id * 2^40 + number`, counted up by each append: the jobs of a line lie
-- together, in order.

-- One queue of one prefix. `jobs` and `bytes` count its rows in `job`.
CREATE TABLE line (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    prefix      TEXT    NOT NULL,
    queue       TEXT    NOT NULL,
    last_number INTEGER NOT NULL DEFAULT 0,
    jobs        INTEGER NOT NULL DEFAULT 0,
    bytes       INTEGER NOT NULL DEFAULT 0,
    forwarded   INTEGER NOT NULL DEFAULT 0,
    rejected    INTEGER NOT NULL DEFAULT 0,
    dropped     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (prefix, queue)
) STRICT;

-- What was sent and is not answered: the jobs from `first_key` to `last_key` are repeated as they
-- were, under the same token and sequence. So sending writes one row, however large the jobs are.
CREATE TABLE batch (
    first_key INTEGER PRIMARY KEY,
    last_key  INTEGER NOT NULL,
    token     TEXT    NOT NULL,
    sequence  INTEGER NOT NULL
) STRICT;

-- `timestamp_ms` is when the job came to be: a delay counts from there. Empty texts and zeros:
-- nothing of that kind.
CREATE TABLE job (
    key                 INTEGER PRIMARY KEY,
    at_ms               INTEGER NOT NULL,
    bytes               INTEGER NOT NULL,
    id                  TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    timestamp_ms        INTEGER NOT NULL,
    delay_ms            INTEGER NOT NULL,
    priority            INTEGER NOT NULL,
    lifo                INTEGER NOT NULL,
    deduplication_id    TEXT    NOT NULL,
    deduplication_ms    INTEGER NOT NULL,
    deduplication_flags INTEGER NOT NULL,
    parent_queue        TEXT    NOT NULL,
    parent_id           TEXT    NOT NULL,
    parent_policy       INTEGER NOT NULL,
    opts                TEXT    NOT NULL,
    data                TEXT    NOT NULL
) STRICT;

-- What the store refused for good. Nobody forwards these again; people look at them.
CREATE TABLE rejected (
    key            INTEGER PRIMARY KEY,
    at_ms          INTEGER NOT NULL,
    rejected_at_ms INTEGER NOT NULL,
    code           TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    id             TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    opts           TEXT    NOT NULL,
    data           TEXT    NOT NULL
) STRICT;
