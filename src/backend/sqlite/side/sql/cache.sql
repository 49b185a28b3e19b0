-- Statements on `cache`, `mark`, `entry` and `lease`. A line `-- :name` opens each; entry_table.cpp,
-- lease_table.cpp and mark_table.cpp run them.

-- :find_cache
SELECT id, number, floor FROM cache WHERE prefix = ?1 AND name = ?2

-- :add_cache
INSERT INTO cache (prefix, name, number, floor) VALUES (?1, ?2, 0, 0) RETURNING id

-- :save_cache
UPDATE cache SET number = ?2, floor = ?3 WHERE id = ?1

-- :marks_after
SELECT kind, text, number FROM mark WHERE cache = ?1 AND number > ?2

-- :put_mark
INSERT OR REPLACE INTO mark (cache, kind, text, number) VALUES (?1, ?2, ?3, ?4)

-- :erase_marks
DELETE FROM mark WHERE cache = ?1 AND number <= ?2

-- :find_entry
SELECT fresh_ms, kept_ms, load_ms, number, negative, tags, value FROM entry WHERE cache = ?1 AND key = ?2

-- :look_at_entry
SELECT kept_ms, number, tags FROM entry WHERE cache = ?1 AND key = ?2

-- :put_entry
INSERT OR REPLACE INTO entry (cache, key, fresh_ms, kept_ms, load_ms, number, negative, tags, value)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)

-- :erase_entry
DELETE FROM entry WHERE cache = ?1 AND key = ?2

-- :expire_entry
UPDATE entry SET fresh_ms = ?3 WHERE cache = ?1 AND key = ?2 AND fresh_ms > ?3

-- :step_entries
SELECT entry.id, kept_ms, entry.number < cache.floor
FROM entry JOIN cache ON cache.id = entry.cache WHERE entry.id > ?1 ORDER BY entry.id LIMIT ?2

-- :erase_entry_of_id
DELETE FROM entry WHERE id = ?1

-- :erase_oldest_entries
DELETE FROM entry WHERE id IN (SELECT id FROM entry ORDER BY id LIMIT ?1)

-- :add_tally
INSERT INTO tally (cache, name, count) VALUES (?1, ?2, ?3)
ON CONFLICT (cache, name) DO UPDATE SET count = count + ?3

-- :tallies
SELECT name, count FROM tally WHERE cache = ?1

-- :measure_entries
SELECT count(*), coalesce(sum(length(CAST(key AS BLOB)) + length(tags) + length(value)), 0)
FROM entry WHERE cache = ?1 AND kept_ms > ?2

-- :find_lease
SELECT token, made_ms, ends_ms FROM lease WHERE cache = ?1 AND key = ?2

-- :put_lease
INSERT OR REPLACE INTO lease (cache, key, token, made_ms, ends_ms) VALUES (?1, ?2, ?3, ?4, ?5)

-- :erase_lease
DELETE FROM lease WHERE cache = ?1 AND key = ?2

-- :erase_own_lease
DELETE FROM lease WHERE cache = ?1 AND key = ?2 AND token = ?3

-- :erase_ended_leases
DELETE FROM lease WHERE (cache, key) IN
    (SELECT cache, key FROM lease WHERE (cache, key) > (?1, ?2) ORDER BY cache, key LIMIT ?4)
    AND ends_ms <= ?3

-- :lease_after
SELECT cache, key FROM lease WHERE (cache, key) > (?1, ?2) ORDER BY cache, key LIMIT 1 OFFSET ?3
