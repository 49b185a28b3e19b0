-- metrics.lua: finished jobs per minute.
--
--   KEYS  1 wait
--   ARGV  1 completed or failed   2 start   3 end
--
--   Returns {count, previous time, previous count, points in all, point...}.

--- @include "lib/base.lua"
local key = P .. 'metrics:' .. ARGV[1]
local sums = call('HMGET', key, 'count', 'prevTS', 'prevCount')
local reply = {sums[1] or '0', sums[2] or '0', sums[3] or '0', call('LLEN', key .. ':data')}
local points = call('LRANGE', key .. ':data', ARGV[2], ARGV[3])
for i = 1, #points do reply[i + 4] = points[i] end
return reply
