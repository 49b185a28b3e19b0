-- side.sql: the tables of the side file. docs/internals/sqlite-store.md, "Side file".
--
-- There are no steps from version to version: a file of another version is made anew.

-- One row. `incarnation` names this life of the file; `boot` is the boot whose clock `ends_ms` is
-- read by; `fence` is the highest of all rows that were swept.
CREATE TABLE side (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    incarnation TEXT    NOT NULL,
    boot        TEXT    NOT NULL,
    fence       INTEGER NOT NULL,
    probed_us   INTEGER NOT NULL
) STRICT;

-- Held until `ends_ms` of CLOCK_BOOTTIME; 0: it was released.
CREATE TABLE lock (
    prefix  TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    token   TEXT    NOT NULL,
    owner   TEXT    NOT NULL,
    fence   INTEGER NOT NULL,
    ends_ms INTEGER NOT NULL,
    PRIMARY KEY (prefix, key)
) STRICT, WITHOUT ROWID;

-- state 0: nobody runs it; 1: running until `ends_ms` of CLOCK_BOOTTIME; 2 done, 3 failed: `value`
-- is replayed until `ends_ms` since 1970.
CREATE TABLE record (
    id          INTEGER PRIMARY KEY,
    prefix      TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    state       INTEGER NOT NULL,
    token       TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    fence       INTEGER NOT NULL,
    ends_ms     INTEGER NOT NULL,
    value       BLOB    NOT NULL,
    UNIQUE (prefix, key)
) STRICT;

-- `state` as base/rate_limit.hpp encodes it. After `ends_us` since 1970 it means nothing.
CREATE TABLE rate (
    prefix  TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    state   BLOB    NOT NULL,
    ends_us INTEGER NOT NULL,
    PRIMARY KEY (prefix, key)
) STRICT, WITHOUT ROWID;

-- `number` is the latest mark's; what is older than `floor` counts as invalid.
CREATE TABLE cache (
    id     INTEGER PRIMARY KEY,
    prefix TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    number INTEGER NOT NULL,
    floor  INTEGER NOT NULL,
    UNIQUE (prefix, name)
) STRICT;

-- kind 0: a tag, 1: a pattern, 2: all.
CREATE TABLE mark (
    cache  INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    text   TEXT    NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (cache, kind, text)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_by_number ON mark (cache, number);

-- Each set makes a new row, so that the lowest ids are the oldest. `tags` are joined: each with
-- a byte before it that says how long it is.
CREATE TABLE entry (
    id       INTEGER PRIMARY KEY,
    cache    INTEGER NOT NULL,
    key      TEXT    NOT NULL,
    fresh_ms INTEGER NOT NULL,
    kept_ms  INTEGER NOT NULL,
    load_ms  INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    negative INTEGER NOT NULL,
    tags     BLOB    NOT NULL,
    value    BLOB    NOT NULL,
    UNIQUE (cache, key)
) STRICT;

-- What all processes counted of a cache.
CREATE TABLE tally (
    cache INTEGER NOT NULL,
    name  TEXT    NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (cache, name)
) STRICT, WITHOUT ROWID;

-- The right to load a key.
CREATE TABLE lease (
    cache   INTEGER NOT NULL,
    key     TEXT    NOT NULL,
    token   TEXT    NOT NULL,
    made_ms INTEGER NOT NULL,
    ends_ms INTEGER NOT NULL,
    PRIMARY KEY (cache, key)
) STRICT, WITHOUT ROWID;

-- What other processes are to hear of: the latest 10 000. kind 0: a key of a cache changed, 1: a
-- tag, 2: a pattern, 3: all of a cache, each with its number; 4: a lock was taken from its holder.
CREATE TABLE news (
    seq    INTEGER PRIMARY KEY,
    writer INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    prefix TEXT    NOT NULL,
    cache  TEXT    NOT NULL,
    text   TEXT    NOT NULL,
    number INTEGER NOT NULL
) STRICT;
