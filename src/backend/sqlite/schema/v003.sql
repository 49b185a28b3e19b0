-- v003.sql: events, schedulers, limits of a queue, per-minute metrics, workers.

-- What was said in a queue. `key` is `queue id * 2^40 + number`, counted up by each row. A row holds
-- the events of one transaction: the first has the id `ms`-`n`, the others count up from there.
CREATE TABLE event (
    key   INTEGER PRIMARY KEY,
    ms    INTEGER NOT NULL,
    n     INTEGER NOT NULL,
    count INTEGER NOT NULL,
    pack  BLOB    NOT NULL
) STRICT;

-- The latest event's row and id, how many there are, and about how many stay.
ALTER TABLE queue ADD COLUMN event_row   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN event_ms    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN event_n     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN events      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN events_kept INTEGER NOT NULL DEFAULT 10000;

-- The queue's own rate limit, for all workers; and how often a running job was asked to stop.
ALTER TABLE queue ADD COLUMN limit_max         INTEGER;
ALTER TABLE queue ADD COLUMN limit_duration_ms INTEGER;
ALTER TABLE queue ADD COLUMN cancellations     INTEGER NOT NULL DEFAULT 0;

-- `next_ms` is when the run that is pending is due: the job `repeat:<id>:<next_ms>`. 0 is "none"
-- for the interval, the dates and the limit.
CREATE TABLE scheduler (
    queue         INTEGER NOT NULL,
    id            TEXT    NOT NULL,
    next_ms       INTEGER NOT NULL,
    iterations    INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    every_ms      INTEGER NOT NULL,
    offset_ms     INTEGER,
    pattern       TEXT    NOT NULL,
    tz            TEXT    NOT NULL,
    start_date_ms INTEGER NOT NULL,
    end_date_ms   INTEGER NOT NULL,
    runs_max      INTEGER NOT NULL,
    missed        TEXT    NOT NULL,
    opts          TEXT    NOT NULL,
    data          TEXT    NOT NULL,
    PRIMARY KEY (queue, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX scheduler_by_next ON scheduler (queue, next_ms, id);

-- Finished jobs per minute; `data` is the newest first, with blanks between.
CREATE TABLE metric (
    queue          INTEGER NOT NULL,
    failed         INTEGER NOT NULL,
    count          INTEGER NOT NULL,
    previous_at_ms INTEGER NOT NULL,
    previous_count INTEGER NOT NULL,
    data           TEXT    NOT NULL,
    PRIMARY KEY (queue, failed)
) STRICT, WITHOUT ROWID;

-- Who takes jobs of a queue, for as long as it does.
CREATE TABLE worker (
    id       INTEGER PRIMARY KEY,
    process  INTEGER NOT NULL,
    prefix   TEXT    NOT NULL,
    queue    TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    began_ms INTEGER NOT NULL
) STRICT;
