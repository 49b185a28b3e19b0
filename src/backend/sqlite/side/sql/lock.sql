-- Statements on `lock`. A line `-- :name` opens each; lock_table.cpp runs them.

-- :find
SELECT token, owner, fence, ends_ms FROM lock WHERE prefix = ?1 AND key = ?2

-- :put
INSERT OR REPLACE INTO lock (prefix, key, token, owner, fence, ends_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- :renew
UPDATE lock SET ends_ms = ?4 WHERE prefix = ?1 AND key = ?2 AND token = ?3

-- :free
UPDATE lock SET ends_ms = 0, token = '' WHERE prefix = ?1 AND key = ?2

-- :free_all
UPDATE lock SET ends_ms = 0, token = '' WHERE ends_ms <> 0

-- :step
SELECT prefix, key, fence, ends_ms FROM lock WHERE (prefix, key) > (?1, ?2) ORDER BY prefix, key LIMIT ?3

-- :erase
DELETE FROM lock WHERE prefix = ?1 AND key = ?2
