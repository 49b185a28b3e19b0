-- Statements on `news`. A line `-- :name` opens each; news_table.cpp runs them.

-- :add
INSERT INTO news (writer, kind, prefix, cache, text, number) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING seq

-- :trim
DELETE FROM news WHERE seq <= ?1

-- :latest
SELECT max(seq) FROM news

-- :oldest
SELECT min(seq) FROM news

-- :after
SELECT seq, writer, kind, prefix, cache, text, number FROM news WHERE seq > ?1 ORDER BY seq LIMIT ?2
