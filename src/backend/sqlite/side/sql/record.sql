-- Statements on `record`. A line `-- :name` opens each; record_table.cpp runs them.

-- :find
SELECT state, token, fingerprint, fence, ends_ms FROM record WHERE prefix = ?1 AND key = ?2

-- :value
SELECT value FROM record WHERE prefix = ?1 AND key = ?2

-- :run
INSERT INTO record (prefix, key, state, token, fingerprint, fence, ends_ms, value)
VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, x'')
ON CONFLICT (prefix, key) DO UPDATE
SET state = 1, token = ?3, fingerprint = ?4, fence = ?5, ends_ms = ?6, value = x''

-- :renew
UPDATE record SET ends_ms = ?3 WHERE prefix = ?1 AND key = ?2

-- :finish
UPDATE record SET state = ?3, ends_ms = ?4, value = ?5 WHERE prefix = ?1 AND key = ?2

-- :free
UPDATE record SET state = 0, token = '', ends_ms = 0, value = x'' WHERE prefix = ?1 AND key = ?2

-- :free_running
UPDATE record SET state = 0, token = '', ends_ms = 0 WHERE state = 1

-- :step
SELECT id, state, fence, ends_ms FROM record WHERE id > ?1 ORDER BY id LIMIT ?2

-- :erase
DELETE FROM record WHERE id = ?1
