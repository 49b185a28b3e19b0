-- Statements on `lease`. A line `-- :name` opens each; lease_table.cpp runs them. The leases of a
-- queue are a range of keys.

-- :insert
INSERT INTO lease (job, taken_seq, process, expires_at_ms, suspect, processed_on_ms, token, processed_by)
VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7)

-- :erase
DELETE FROM lease WHERE job = ?1

-- :renew
UPDATE lease SET expires_at_ms = ?4, suspect = 0
WHERE job = ?1 AND token = ?2 AND expires_at_ms > ?3
RETURNING cancel_reason

-- :cancel
UPDATE lease SET cancel_reason = ?2 WHERE job = ?1

-- :cancel_reason
SELECT cancel_reason FROM lease WHERE job = ?1

-- :of_queue
SELECT job FROM lease WHERE job BETWEEN ?1 AND ?2 ORDER BY taken_seq LIMIT ?3 OFFSET ?4

-- :of_queue_newest_first
SELECT job FROM lease WHERE job BETWEEN ?1 AND ?2 ORDER BY taken_seq DESC LIMIT ?3 OFFSET ?4

-- :stalled
SELECT job FROM lease WHERE job BETWEEN ?1 AND ?2 AND suspect = 1 AND expires_at_ms <= ?3
ORDER BY taken_seq DESC

-- :suspect_all
UPDATE lease SET suspect = 1 WHERE job BETWEEN ?1 AND ?2 AND suspect = 0

-- :of_process
SELECT job FROM lease WHERE process = ?1 ORDER BY taken_seq DESC

-- :other_processes
SELECT DISTINCT process FROM lease WHERE process <> ?1
