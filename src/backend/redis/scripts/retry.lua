-- retry.lua: makes one finished job wait again. Its attempts and stack traces stay.
--
--   KEYS  1 wait
--   ARGV  1 id   2 failed or completed
--
--   Returns 0, or -1 no such job, -3 not in that state.
--   Events  waiting {jobId, prev}

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
--- @include "lib/reprocess.lua"
local id, from = ARGV[1], ARGV[2]
local priority = call('HGET', P .. id, 'priority')
if call('EXISTS', P .. id) == 0 then return -1 end
call('LLEN', wait_key)
call('XLEN', P .. 'events')
call('ZCARD', P .. 'marker')
call('ZCARD', P .. 'prioritized')
if call('ZREM', P .. from, id) == 0 then return -3 end
forget_result(id, from)
local queue = queue_library()
queue.push(P, id, tonumber(priority or '') or 0, 'LPUSH')
queue.capped(P, 'event', 'waiting', 'jobId', id, 'prev', from)
return 0
