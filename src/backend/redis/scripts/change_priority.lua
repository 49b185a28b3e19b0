-- change_priority.lua: gives a job another priority, and its place by it if it waits.
--
--   KEYS  1 wait
--   ARGV  1 id   2 priority   3 1 in front of its equals, 0 behind them
--
--   Returns 0, or -1 no such job.   No event, as in BullMQ.

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
local id, priority, front = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
call('HGET', P .. id, 'priority')
if call('EXISTS', P .. id) == 0 then return -1 end
call('ZCARD', P .. 'marker')
call('ZCARD', P .. 'prioritized')
call('LLEN', wait_key)
call('LLEN', P .. 'paused')
local queue = queue_library()
local waits = call('ZREM', P .. 'prioritized', id) == 1
    or call('LREM', wait_key, '-1', id) > 0 or call('LREM', P .. 'paused', '-1', id) > 0
if waits then
    if priority > 0 and front then
        call('ZADD', P .. 'prioritized', priority * 4294967296, id)
        queue.base_marker(P)
    else
        queue.push(P, id, priority, front and 'RPUSH' or 'LPUSH')
    end
end
call('HSET', P .. id, 'priority', ARGV[2])
return 0
