-- Statements on `rate`. A line `-- :name` opens each; rate_table.cpp runs them.

-- :find
SELECT state, ends_us FROM rate WHERE prefix = ?1 AND key = ?2

-- :put
INSERT OR REPLACE INTO rate (prefix, key, state, ends_us) VALUES (?1, ?2, ?3, ?4)

-- :erase
DELETE FROM rate WHERE prefix = ?1 AND key = ?2

-- :step
SELECT prefix, key, ends_us FROM rate WHERE (prefix, key) > (?1, ?2) ORDER BY prefix, key LIMIT ?3
