-- Statements of searches: job_search.cpp runs them. A line `-- :name` opens each.
--
-- Each looks at a number of jobs from a position on, in the order of its list, and says of each
-- whether it may match: all that SQLite can tell, and never "no" for one that does. The rest is for
-- who asked. A name, a part of a reason, and a path with what is there may be null: not asked for.
-- What SQLite would read in another way than we do (a backslash may hide a name or a text; a payload
-- may be in a table of its own) is not decided here. CASE, because OR evaluates both of its sides, and
-- text that is no JSON ends the statement.

-- :in_place
SELECT p.rank, p.seq, p.tie, p.job,
       (?5 IS NULL OR j.name = ?5) AND (?6 IS NULL OR instr(j.failed_reason, ?6) > 0)
       AND CASE WHEN ?7 IS NULL OR j.extras & 1 OR instr(j.data, '\') > 0 OR NOT json_valid(j.data)
                THEN 1 ELSE json_extract(j.data, ?7) = ?8 END
FROM place p JOIN job j ON j.key = p.job
WHERE p.queue = ?1 AND p.list = ?2 AND p.rank <= ?3 AND (p.rank, p.seq, p.tie) > (?9, ?10, ?11)
ORDER BY p.rank, p.seq, p.tie LIMIT ?4

-- :in_lease
SELECT l.job, 0, '', l.job,
       (?4 IS NULL OR j.name = ?4) AND (?5 IS NULL OR instr(j.failed_reason, ?5) > 0)
       AND CASE WHEN ?6 IS NULL OR j.extras & 1 OR instr(j.data, '\') > 0 OR NOT json_valid(j.data)
                THEN 1 ELSE json_extract(j.data, ?6) = ?7 END
FROM lease l JOIN job j ON j.key = l.job
WHERE l.job > ?1 AND l.job <= ?2
ORDER BY l.job LIMIT ?3

-- :anywhere
SELECT j.key, 0, '', j.key,
       (?4 IS NULL OR j.name = ?4) AND (?5 IS NULL OR instr(j.failed_reason, ?5) > 0)
       AND CASE WHEN ?6 IS NULL OR j.extras & 1 OR instr(j.data, '\') > 0 OR NOT json_valid(j.data)
                THEN 1 ELSE json_extract(j.data, ?6) = ?7 END
FROM job j
WHERE j.key > ?1 AND j.key <= ?2
ORDER BY j.key LIMIT ?3
