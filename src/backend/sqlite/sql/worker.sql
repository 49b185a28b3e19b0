-- Statements on `worker`. A line `-- :name` opens each; worker_table.cpp runs them.

-- :put
INSERT OR REPLACE INTO worker (id, process, prefix, queue, name, began_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- :erase
DELETE FROM worker WHERE id = ?1

-- :erase_of_process
DELETE FROM worker WHERE process = ?1

-- :of_queue
SELECT w.process, p.pid, w.name, w.began_ms
FROM worker w JOIN process p ON p.id = w.process
WHERE w.prefix = ?1 AND w.queue = ?2
ORDER BY w.began_ms, w.id
