-- Statements on `queue`, `process`, `ledger` and `repeat_add`. A line `-- :name` opens each.

-- :find_queue
SELECT id, job_number, front_seq, back_seq, waiting, prioritized, delayed, active, completed, failed,
       paused, concurrency, limiter_started, limiter_until_ms, stalled_until_ms, stalled_max, changes,
       cancellations, limit_max, limit_duration_ms, event_row, event_ms, event_n, events, events_kept,
       waiting_children
FROM queue WHERE prefix = ?1 AND name = ?2

-- :name_of_queue
SELECT prefix, name FROM queue WHERE id = ?1

-- :insert_queue
INSERT INTO queue (prefix, name, job_number, front_seq, back_seq, waiting, prioritized, delayed, active,
                   completed, failed, paused, limiter_started, limiter_until_ms, stalled_until_ms,
                   stalled_max, changes)
VALUES (?1, ?2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0)

-- :save_queue
UPDATE queue SET job_number = ?2, front_seq = ?3, back_seq = ?4, waiting = ?5, prioritized = ?6,
    delayed = ?7, active = ?8, completed = ?9, failed = ?10, paused = ?11, concurrency = ?12,
    limiter_started = ?13, limiter_until_ms = ?14, stalled_until_ms = ?15, stalled_max = ?16, changes = ?17,
    cancellations = ?18, limit_max = ?19, limit_duration_ms = ?20, event_row = ?21, event_ms = ?22, event_n = ?23,
    events = ?24, waiting_children = ?25
WHERE id = ?1

-- :erase_queue
DELETE FROM queue WHERE id = ?1

-- :queue_names
SELECT name FROM queue WHERE prefix = ?1 ORDER BY name

-- :insert_process
INSERT INTO process (pid, opened_at_ms) VALUES (?1, ?2) RETURNING id

-- :erase_process
DELETE FROM process WHERE id = ?1

-- :other_processes
SELECT id FROM process WHERE id <> ?1

-- :count_commit
UPDATE ledger SET commits = commits + 1

-- :ledger
SELECT store_id, commits FROM ledger

-- :find_add
SELECT answer FROM repeat_add WHERE prefix = ?1 AND queue = ?2 AND token = ?3 AND sequence = ?4

-- :keep_add
INSERT OR REPLACE INTO repeat_add (prefix, queue, token, sequence, made_at_ms, answer)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- :forget_adds
DELETE FROM repeat_add WHERE made_at_ms < ?1

-- :data_version
PRAGMA data_version

