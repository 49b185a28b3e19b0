-- promote.lua: makes one delayed job wait now.
--
--   KEYS  1 wait
--   ARGV  1 id
--
--   Returns 0, or -1 no such job, -3 not delayed.
--   Events  waiting {jobId, prev}

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
local id = ARGV[1]
local job = call('HMGET', P .. id, 'priority', 'name')
call('LLEN', wait_key)
call('XLEN', P .. 'events')
call('ZCARD', P .. 'marker')
call('ZCARD', P .. 'prioritized')
if call('ZREM', P .. 'delayed', id) == 0 then
    return call('EXISTS', P .. id) == 0 and -1 or -3
end
queue_library().push(P, id, tonumber(job[1] or '') or 0, 'LPUSH')
call('XADD', P .. 'events', '*', 'event', 'waiting', 'jobId', id, 'prev', 'delayed')
call('HSET', P .. id, 'delay', '0')
return 0
