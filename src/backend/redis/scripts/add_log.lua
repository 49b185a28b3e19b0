-- add_log.lua: appends a row to a job's log.
--
--   KEYS  1 wait
--   ARGV  1 id   2 row   3 rows to keep, or ''
--
--   Returns how many rows there are now, or -1 no such job.

--- @include "lib/base.lua"
local key, rows = P .. ARGV[1], P .. ARGV[1] .. ':logs'
if call('EXISTS', key) == 0 then return -1 end
if ARGV[3] == '0' then
    call('DEL', rows)
    return 0
end
local count = call('RPUSH', rows, ARGV[2])
local keep = tonumber(ARGV[3])
if keep and count > keep then
    call('LTRIM', rows, -keep, '-1')
    return keep
end
return count
