-- cancel.lua: ends a job that is not finished.
--
--   KEYS  1 wait
--   ARGV  1 now, ms since 1970, or 0   2 id   3 reason   4 lifetime of a mark, ms
--
--   Returns the state it was in; or -1 no such job, -3 finished or nowhere, -8 the next run of a
--           scheduler.
--   Events  failed {jobId, failedReason, prev}, after those of its parent and of the job that
--           waited for its deduplication key; none for a job that runs
--
-- A run is asked to stop by a mark for its token, which renewals of its lock find (renew.lua).
-- The key without an id says that there may be marks. The mark of a run whose lock has expired
-- bears no worker's token: what is left is that the job fails when it is put back.

--- @include "lib/base.lua"
--- @include "lib/clock.lua"
--- @include "lib/queue.lua"
--- @include "lib/state.lua"
--- @include "lib/requeue.lua"
local id, reason = ARGV[2], ARGV[3]
local key, marks = P .. id, P .. 'toril:cancel'
local job = call('HMGET', key, 'atm', 'deid', 'parentKey', 'parent', 'rjk')
if call('EXISTS', key) == 0 then return -1 end
local state = state_of(id)
if state == 'completed' or state == 'failed' or state == 'unknown' then return -3 end
local queue = queue_library()
local token = call('GET', key .. ':lock')
if state == 'active' then
    call('SET', marks .. ':' .. id, (token or '') .. '\n' .. reason, 'PX', ARGV[4])
    call('SET', marks, '1', 'PX', ARGV[4])
    -- Some users may not publish. Then the run learns of it at its next renewal.
    pcall_redis('PUBLISH', marks, id)
    return state
end
if queue.is_pending_iteration(P, id, job[5]) then return -8 end

local now, now_text = clock(ARGV[1])
call('XLEN', P .. 'events')
call('ZCARD', P .. 'failed')
call('ZCARD', P .. 'marker')
local prev = state
if state == 'waiting' then
    prev = 'wait'
    if call('LREM', wait_key, '1', id) == 0 then call('LREM', P .. 'paused', '1', id) end
else
    call('ZREM', P .. state, id)
end

if job[2] then
    local owner = P .. 'de:' .. job[2]
    if call('PTTL', owner) == -1 and call('GET', owner) == id then call('DEL', owner) end
    requeue_last(job[2], now, now_text, queue)
end
if job[3] then
    local q, parent, flags = queue.parent_of(job[3], job[4])
    if q then queue.child_failed(key, {q = q, id = parent, flags = flags}, reason, now) end
end
call('ZADD', P .. 'failed', now_text, id)
call('HSET', key, 'failedReason', reason, 'finishedOn', now_text,
    'atm', string.format('%d', (tonumber(job[1] or '') or 0) + 1))
call('HDEL', key, 'defa')
call('XADD', P .. 'events', '*', 'event', 'failed', 'jobId', id, 'failedReason', reason,
    'prev', prev)
return state
