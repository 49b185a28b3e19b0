-- Statements on `deduplication` and `deduplication_next`. A line `-- :name` opens each;
-- deduplication_table.cpp runs them.

-- :holder
SELECT job, expires_at_ms FROM deduplication
WHERE queue = ?1 AND id = ?2 AND (expires_at_ms = 0 OR expires_at_ms > ?3)

-- :put
INSERT OR REPLACE INTO deduplication (queue, id, job, expires_at_ms) VALUES (?1, ?2, ?3, ?4)

-- :erase
DELETE FROM deduplication WHERE queue = ?1 AND id = ?2

-- :erase_expired
DELETE FROM deduplication WHERE (queue, id) IN
    (SELECT queue, id FROM deduplication WHERE expires_at_ms > 0 AND expires_at_ms <= ?1 LIMIT ?2)

-- :put_next
INSERT OR REPLACE INTO deduplication_next
    (queue, id, custom_id, number, delay_ms, priority, lifo, name, opts, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)

-- :next
SELECT custom_id, number, delay_ms, priority, lifo, name, opts, data
FROM deduplication_next WHERE queue = ?1 AND id = ?2

-- :erase_next
DELETE FROM deduplication_next WHERE queue = ?1 AND id = ?2

-- :erase_queue
DELETE FROM deduplication WHERE queue = ?1

-- :erase_queue_next
DELETE FROM deduplication_next WHERE queue = ?1
