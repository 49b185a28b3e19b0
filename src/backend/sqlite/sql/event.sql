-- Statements on `event`. A line `-- :name` opens each; event_log.cpp runs them. The rows of a queue
-- are a range of keys.

-- :insert
INSERT INTO event (key, ms, n, count, pack) VALUES (?1, ?2, ?3, ?4, ?5)

-- :counts
SELECT key, count FROM event WHERE key BETWEEN ?1 AND ?2 ORDER BY key

-- :erase_through
DELETE FROM event WHERE key BETWEEN ?1 AND ?2

-- :cut
UPDATE event SET n = n + ?2, count = count - ?2, pack = ?3 WHERE key = ?1

-- :read
SELECT key, ms, n, count, pack FROM event WHERE key BETWEEN ?1 AND ?2 ORDER BY key

-- :row_of
SELECT key FROM event WHERE key BETWEEN ?1 AND ?2 AND (ms, n) <= (?3, ?4) ORDER BY key DESC LIMIT 1
