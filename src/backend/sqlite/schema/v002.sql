-- v002.sql: flows, deduplication, cancelling. What few jobs have is in tables of its own, and
-- `job.extras` says whether there is any: a plain job costs what it did before.

-- Bits.   1  its payload is in `payload`
--         2  it has a row in `link`
--         4  it has, or had, rows in `child`: it is a parent
--         8  it is LIFO: it goes to the front when it runs again at once
ALTER TABLE job RENAME COLUMN big TO extras;
UPDATE job SET extras = extras | 8 WHERE opts LIKE '%"lifo":true%';

-- List 4 of `place`: waiting-children. `rank` is since when (ms), `seq` is 0.
ALTER TABLE queue ADD COLUMN waiting_children INTEGER NOT NULL DEFAULT 0;

-- Not null: the job was asked to stop, and why.
ALTER TABLE lease ADD COLUMN cancel_reason TEXT;

-- What a job hangs on. Empty: nothing of that kind. The parent is named and not pointed to: it may
-- be removed, and another job may come by its id.
CREATE TABLE link (
    job              INTEGER PRIMARY KEY,
    parent_queue     TEXT    NOT NULL,
    parent           TEXT    NOT NULL,
    policy           INTEGER NOT NULL,
    deduplication_id TEXT    NOT NULL,
    repeat_job_key   TEXT    NOT NULL
) STRICT;

-- Children, as their parent sees them; they may be gone themselves. `value`: what BullMQ keeps.
--     state           value
--     0 unprocessed
--     1 processed     return value, JSON
--     2 ignored       reason, plain text
--     3 failed
CREATE TABLE child (
    parent INTEGER NOT NULL,
    state  INTEGER NOT NULL,
    queue  TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    value  TEXT    NOT NULL,
    PRIMARY KEY (parent, state, queue, id)
) STRICT, WITHOUT ROWID;

-- Who holds a deduplication id. `expires_at_ms` 0: until it is finished or removed.
CREATE TABLE deduplication (
    queue         INTEGER NOT NULL,
    id            TEXT    NOT NULL,
    job           TEXT    NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    PRIMARY KEY (queue, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deduplication_by_expiry ON deduplication (expires_at_ms) WHERE expires_at_ms > 0;

-- The job that comes when the holder is finished (keepLastIfActive). Without an id of its own it
-- has the number that its add was given.
CREATE TABLE deduplication_next (
    queue     INTEGER NOT NULL,
    id        TEXT    NOT NULL,
    custom_id TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    delay_ms  INTEGER NOT NULL,
    priority  INTEGER NOT NULL,
    lifo      INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    opts      TEXT    NOT NULL,
    data      TEXT    NOT NULL,
    PRIMARY KEY (queue, id)
) STRICT, WITHOUT ROWID;
