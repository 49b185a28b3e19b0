-- Statements on `metric`. A line `-- :name` opens each; metric_table.cpp runs them.

-- :find
SELECT count, previous_at_ms, previous_count, data FROM metric WHERE queue = ?1 AND failed = ?2

-- :put
INSERT OR REPLACE INTO metric (queue, failed, count, previous_at_ms, previous_count, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- :erase_all
DELETE FROM metric WHERE queue = ?1
