-- Statements on `place`. A line `-- :name` opens each; place_table.cpp runs them.

-- :insert
INSERT INTO place (queue, list, rank, seq, tie, job) VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- :erase
DELETE FROM place WHERE queue = ?1 AND list = ?2 AND rank = ?3 AND seq = ?4 AND tie = ?5

-- :next_due
SELECT rank FROM place WHERE queue = ?1 AND list = 1 ORDER BY rank, seq LIMIT 1

-- :last_due_at
SELECT seq FROM place WHERE queue = ?1 AND list = 1 AND rank = ?2 ORDER BY seq DESC LIMIT 1

-- :due
SELECT job FROM place WHERE queue = ?1 AND list = 1 AND rank <= ?2 ORDER BY rank, seq, tie LIMIT ?3

-- :first
SELECT p.rank, p.seq, p.tie, p.job, j.custom_id, j.priority, j.attempts_made, j.attempts_started,
       j.stalled_counter, j.extras, j.timestamp_ms, j.deferred_failure, j.progress, j.stacktrace,
       j.name, j.opts, j.data
FROM place p JOIN job j ON j.key = p.job
WHERE p.queue = ?1 AND p.list = 0
ORDER BY p.rank, p.seq, p.tie LIMIT ?2

-- :count_of_priority
SELECT count(*) FROM place WHERE queue = ?1 AND list = 0 AND rank = ?2

-- :erase_first
DELETE FROM place WHERE queue = ?1 AND list = 0 AND (rank, seq, tie) <= (?2, ?3, ?4)

-- :ranks
SELECT job, rank FROM place WHERE queue = ?1 AND list = ?2 AND rank BETWEEN ?3 AND ?4
ORDER BY rank, seq, tie LIMIT ?5 OFFSET ?6

-- :ranks_newest_first
SELECT job, rank FROM place WHERE queue = ?1 AND list = ?2 AND rank BETWEEN ?3 AND ?4
ORDER BY rank DESC, seq DESC, tie DESC LIMIT ?5 OFFSET ?6
