-- Statements on `scheduler`. A line `-- :name` opens each; scheduler_table.cpp runs them.

-- :find
SELECT id, next_ms, iterations, name, every_ms, offset_ms, pattern, tz, start_date_ms, end_date_ms,
       runs_max, missed, opts, data
FROM scheduler WHERE queue = ?1 AND id = ?2

-- :next
SELECT next_ms FROM scheduler WHERE queue = ?1 AND id = ?2

-- :page
SELECT id, next_ms, iterations, name, every_ms, offset_ms, pattern, tz, start_date_ms, end_date_ms,
       runs_max, missed, opts, data
FROM scheduler WHERE queue = ?1 ORDER BY next_ms, id LIMIT ?2 OFFSET ?3

-- :page_latest_first
SELECT id, next_ms, iterations, name, every_ms, offset_ms, pattern, tz, start_date_ms, end_date_ms,
       runs_max, missed, opts, data
FROM scheduler WHERE queue = ?1 ORDER BY next_ms DESC, id DESC LIMIT ?2 OFFSET ?3

-- :count
SELECT count(*) FROM scheduler WHERE queue = ?1

-- :put
INSERT OR REPLACE INTO scheduler (queue, id, next_ms, iterations, name, every_ms, offset_ms, pattern, tz,
                                  start_date_ms, end_date_ms, runs_max, missed, opts, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)

-- :continued
UPDATE scheduler SET next_ms = ?3, iterations = iterations + 1 WHERE queue = ?1 AND id = ?2

-- :erase
DELETE FROM scheduler WHERE queue = ?1 AND id = ?2

-- :erase_all
DELETE FROM scheduler WHERE queue = ?1
