-- Statements on `child`. A line `-- :name` opens each; child_table.cpp runs them.

-- :put
INSERT OR REPLACE INTO child (parent, state, queue, id, value) VALUES (?1, ?2, ?3, ?4, ?5)

-- :take
DELETE FROM child WHERE parent = ?1 AND state = ?2 AND queue = ?3 AND id = ?4

-- :any
SELECT 1 FROM child WHERE parent = ?1 AND state = ?2 LIMIT 1

-- :counts
SELECT state, count(*) FROM child WHERE parent = ?1 GROUP BY state

-- :page
SELECT queue, id, value FROM child
WHERE parent = ?1 AND state = ?2 AND (queue, id) > (?3, ?4)
ORDER BY queue, id LIMIT ?5

-- :all
SELECT queue, id FROM child WHERE parent = ?1 AND state = ?2 ORDER BY queue, id

-- :erase
DELETE FROM child WHERE parent = ?1
