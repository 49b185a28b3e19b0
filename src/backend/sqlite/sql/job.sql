-- Statements on `job`, `payload`, `custom_id` and `link`. A line `-- :name` opens each; job_table.cpp runs them.

-- :insert
INSERT INTO job (key, custom_id, list, rank, seq, priority, extras, timestamp_ms, delay_ms, name, opts, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)

-- :head
SELECT j.custom_id, j.list, j.rank, j.seq, j.priority, j.attempts_made, j.attempts_started,
       j.stalled_counter, j.log_rows, j.extras, j.timestamp_ms, j.delay_ms, j.processed_on_ms,
       l.token, l.expires_at_ms, l.processed_on_ms, l.processed_by
FROM job j LEFT JOIN lease l ON l.job = j.key
WHERE j.key = ?1

-- :full
SELECT j.custom_id, j.list, j.rank, j.priority, j.attempts_made, j.attempts_started, j.stalled_counter,
       j.extras, j.timestamp_ms, j.delay_ms, j.processed_on_ms, j.finished_on_ms, j.deferred_failure,
       j.processed_by, j.progress, j.return_value, j.failed_reason, j.stacktrace, j.name, j.opts, j.data,
       l.processed_on_ms, l.processed_by
FROM job j LEFT JOIN lease l ON l.job = j.key
WHERE j.key = ?1

-- :moved
UPDATE job SET list = ?2, rank = ?3, seq = ?4 WHERE key = ?1

-- :promoted
UPDATE job SET list = ?2, rank = ?3, seq = ?4, delay_ms = 0 WHERE key = ?1

-- :delayed_anew
UPDATE job SET rank = ?2, seq = ?3, delay_ms = ?4 WHERE key = ?1

-- :completed
UPDATE job SET list = 2, rank = ?2, seq = 0, finished_on_ms = ?2, return_value = ?3,
    attempts_made = attempts_made + 1, attempts_started = attempts_started + 1,
    processed_on_ms = ?4, processed_by = iif(?5 = '', processed_by, ?5)
WHERE key = ?1

-- :failed
UPDATE job SET list = 3, rank = ?2, seq = 0, finished_on_ms = ?2, failed_reason = ?3, stacktrace = ?6,
    attempts_made = attempts_made + 1, attempts_started = attempts_started + 1,
    processed_on_ms = ?4, processed_by = iif(?5 = '', processed_by, ?5), deferred_failure = ''
WHERE key = ?1

-- :retried
UPDATE job SET list = ?2, rank = ?3, seq = ?4, failed_reason = ?5, stacktrace = ?6,
    attempts_made = attempts_made + 1, attempts_started = attempts_started + 1,
    processed_on_ms = ?7, processed_by = iif(?8 = '', processed_by, ?8), delay_ms = ifnull(?9, delay_ms)
WHERE key = ?1

-- :given_back
UPDATE job SET list = ?2, rank = ?3, seq = ?4, attempts_started = attempts_started + 1,
    processed_on_ms = ?5, processed_by = iif(?6 = '', processed_by, ?6),
    stalled_counter = stalled_counter + ?7, deferred_failure = iif(?8 = '', deferred_failure, ?8)
WHERE key = ?1

-- :revived_completed
UPDATE job SET list = ?2, rank = ?3, seq = ?4, finished_on_ms = 0, processed_on_ms = 0, return_value = NULL
WHERE key = ?1

-- :revived_failed
UPDATE job SET list = ?2, rank = ?3, seq = ?4, finished_on_ms = 0, processed_on_ms = 0, failed_reason = ''
WHERE key = ?1

-- :cancelled
UPDATE job SET list = 3, rank = ?2, seq = 0, finished_on_ms = ?2, failed_reason = ?3,
    attempts_made = attempts_made + 1, deferred_failure = ''
WHERE key = ?1

-- :reset_attempts
UPDATE job SET attempts_made = 0, attempts_started = 0 WHERE key = ?1

-- :defer_failure
UPDATE job SET deferred_failure = ?2 WHERE key = ?1

-- :add_extras
UPDATE job SET extras = extras | ?2 WHERE key = ?1

-- :return_value
SELECT return_value FROM job WHERE key = ?1

-- :set_delay
UPDATE job SET delay_ms = ?2 WHERE key = ?1

-- :prioritize
UPDATE job SET priority = ?2 WHERE key = ?1

-- :set_data
UPDATE job SET data = ?2, extras = ?3 WHERE key = ?1

-- :set_progress
UPDATE job SET progress = ?2 WHERE key = ?1

-- :set_log_rows
UPDATE job SET log_rows = ?2 WHERE key = ?1

-- :erase
DELETE FROM job WHERE key = ?1

-- :payload
SELECT data FROM payload WHERE job = ?1

-- :put_payload
INSERT OR REPLACE INTO payload (job, data) VALUES (?1, ?2)

-- :erase_payload
DELETE FROM payload WHERE job = ?1

-- :by_custom_id
SELECT job FROM custom_id WHERE queue = ?1 AND id = ?2

-- :put_custom_id
INSERT INTO custom_id (queue, id, job) VALUES (?1, ?2, ?3)

-- :erase_custom_id
DELETE FROM custom_id WHERE queue = ?1 AND id = ?2

-- :add_log
INSERT INTO log (job, n, row) VALUES (?1, (SELECT ifnull(max(n), 0) + 1 FROM log WHERE job = ?1), ?2)

-- :trim_log
DELETE FROM log WHERE job = ?1 AND n <= (SELECT max(n) FROM log WHERE job = ?1) - ?2

-- :log_rows
SELECT row FROM log WHERE job = ?1 ORDER BY n LIMIT ?2 OFFSET ?3

-- :log_rows_newest_first
SELECT row FROM log WHERE job = ?1 ORDER BY n DESC LIMIT ?2 OFFSET ?3

-- :count_log
SELECT count(*) FROM log WHERE job = ?1

-- :erase_log
DELETE FROM log WHERE job = ?1

-- :put_link
INSERT OR REPLACE INTO link (job, parent_queue, parent, policy, deduplication_id, repeat_job_key)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- :link
SELECT parent_queue, parent, policy, deduplication_id, repeat_job_key FROM link WHERE job = ?1

-- :erase_link
DELETE FROM link WHERE job = ?1
