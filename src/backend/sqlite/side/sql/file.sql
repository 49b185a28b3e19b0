-- Transactions, and statements on `side`. A line `-- :name` opens each.

-- :begin_look
BEGIN

-- :begin_change
BEGIN IMMEDIATE

-- :commit
COMMIT

-- :insert
INSERT INTO side (one, incarnation, boot, fence, probed_us) VALUES (1, ?1, ?2, 0, 0)

-- :first_news
INSERT INTO news (seq, writer, kind, prefix, cache, text, number) VALUES (?1, 0, 0, '', '', '', 0)

-- :incarnation
SELECT incarnation FROM side

-- :boot
SELECT boot FROM side

-- :set_boot
UPDATE side SET boot = ?1

-- :fence
SELECT fence FROM side

-- :raise_fence
UPDATE side SET fence = ?1 WHERE fence < ?1

-- :probe
UPDATE side SET probed_us = ?1

-- :used_pages
SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count

-- :vacuum
PRAGMA incremental_vacuum(64)
