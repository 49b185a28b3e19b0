-- move_many.lua: makes finished or delayed jobs wait, many at once (bullmq-wire 3.11). As in
-- BullMQ priorities do not count here, and a delayed job's `delay` stays on record.
--
--   KEYS  1 wait
--   ARGV  1 failed, completed or delayed   2 most jobs   3 until, ms since 1970, or ''
--
--   Returns how many were moved.
--   Events  waiting {jobId, prev}

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
--- @include "lib/reprocess.lua"
local from, set = ARGV[1], P .. ARGV[1]
call('LLEN', wait_key)
call('XLEN', P .. 'events')
call('ZCARD', P .. 'marker')
local last = '+inf'
if ARGV[3] ~= '' then
    last = from == 'delayed' and (ARGV[3] + 1) * 4096 - 1 or ARGV[3]
end
local ids = call('ZRANGEBYSCORE', set, '-inf', last, 'LIMIT', '0', ARGV[2])
if #ids == 0 then return 0 end
local queue = queue_library()
call('ZREM', set, unpack(ids))
for i = 1, #ids do
    local id = ids[i]
    if from ~= 'delayed' and call('TYPE', P .. id).ok == 'hash' then forget_result(id, from) end
    call('XADD', P .. 'events', '*', 'event', 'waiting', 'jobId', id, 'prev', from)
end
call('LPUSH', queue.target(P), unpack(ids))
call('XTRIM', P .. 'events', 'MAXLEN', '~', queue.event_cap(P))
queue.base_marker(P)
return #ids
