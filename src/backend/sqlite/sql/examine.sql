-- Statements of the doctor: examining.cpp and queue_flaws.cpp run them. A line `-- :name` opens each.

-- :quick_check
PRAGMA quick_check(5)

-- :count_places
SELECT list, rank > 0, count(*) FROM place WHERE queue = ?1 GROUP BY list, rank > 0

-- :count_leases
SELECT count(*) FROM lease WHERE job BETWEEN ?1 AND ?2

-- :unplaced
SELECT j.key FROM job j
WHERE j.key BETWEEN ?2 AND ?3
  AND NOT EXISTS (SELECT 1 FROM lease l WHERE l.job = j.key)
  AND NOT EXISTS (SELECT 1 FROM place p
                  WHERE p.queue = ?1 AND p.list = j.list AND p.rank = j.rank AND p.seq = j.seq
                    AND p.tie = iif(j.seq = 0, ifnull(j.custom_id, CAST(j.key & 1099511627775 AS TEXT)), '')
                    AND p.job = j.key)

-- :ghosts
SELECT count(*) FROM place p WHERE p.queue = ?1 AND NOT EXISTS (SELECT 1 FROM job j WHERE j.key = p.job)

-- :erase_ghosts
DELETE FROM place WHERE queue = ?1 AND NOT EXISTS (SELECT 1 FROM job j WHERE j.key = place.job)
