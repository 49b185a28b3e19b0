-- retry.lua: makes one finished job wait again (bullmq-wire 3.10). Its stack traces stay.
--
--   KEYS  1 wait
--   ARGV  1 id   2 failed or completed   3 1 its attempts are forgotten
--
--   Returns 0, or -1 no such job, -3 not in that state.
--   Events  waiting {jobId, prev}

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
--- @include "lib/reprocess.lua"
local id, from = ARGV[1], ARGV[2]
local key = P .. id
local job = call('HMGET', key, 'priority', 'opts')
if call('EXISTS', key) == 0 then return -1 end
call('LLEN', wait_key)
call('XLEN', P .. 'events')
call('ZCARD', P .. 'marker')
call('ZCARD', P .. 'prioritized')
prepare_to_forget(id)
if call('ZREM', P .. from, id) == 0 then return -3 end
forget_result(id, from)
-- `attemptsMade` is where BullMQ 4 counted.
if ARGV[3] == '1' then call('HDEL', key, 'atm', 'ats', 'attemptsMade') end
local queue = queue_library()
queue.push(P, id, tonumber(job[1] or '') or 0, queue.side_of(job[2]))
queue.capped(P, 'event', 'waiting', 'jobId', id, 'prev', from)
return 0
