-- Statements of a spool. A line `-- :name` opens each.

-- :insert_line
INSERT INTO line (prefix, queue) VALUES (?1, ?2) ON CONFLICT DO NOTHING

-- :find_line
SELECT id FROM line WHERE prefix = ?1 AND queue = ?2

-- :is_empty
SELECT 1 FROM job WHERE key BETWEEN ?1 AND ?2 LIMIT 1

-- :line
SELECT last_number, jobs, bytes, rejected FROM line WHERE id = ?1

-- :oldest
SELECT at_ms FROM job WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT 1

-- :appended
UPDATE line SET last_number = ?2, jobs = jobs + ?3, bytes = bytes + ?4 WHERE id = ?1

-- :removed
UPDATE line SET jobs = jobs - ?2, bytes = bytes - ?3, forwarded = forwarded + ?4,
    rejected = rejected + ?5, dropped = dropped + ?6 WHERE id = ?1

-- :insert_job
INSERT INTO job VALUES
    (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)

-- :front
SELECT * FROM job WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT ?3

-- :unsent
SELECT key, bytes FROM job WHERE key BETWEEN ?1 AND ?2
    AND NOT EXISTS (SELECT 1 FROM batch WHERE job.key BETWEEN first_key AND last_key)
ORDER BY key

-- :delete_job
DELETE FROM job WHERE key = ?1

-- :insert_batch
INSERT INTO batch VALUES (?1, ?2, ?3, ?4)

-- :next_batch
SELECT first_key, last_key, token, sequence FROM batch WHERE last_key BETWEEN ?1 AND ?2
ORDER BY first_key LIMIT 1

-- :delete_batch
DELETE FROM batch WHERE first_key = ?1

-- :sizes
SELECT key, bytes FROM job WHERE key BETWEEN ?1 AND ?2 ORDER BY key

-- :reject
INSERT INTO rejected
SELECT key, at_ms, ?2, ?3, ?4, id, name, opts, data FROM job WHERE key = ?1

-- :all_lines
SELECT id, prefix, queue, jobs, bytes, forwarded, rejected, dropped FROM line ORDER BY prefix, queue

-- :latest_reason
SELECT reason FROM rejected WHERE key BETWEEN ?1 AND ?2 ORDER BY rejected_at_ms DESC, key DESC LIMIT 1
