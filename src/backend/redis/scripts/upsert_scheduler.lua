-- upsert_scheduler.lua: makes a scheduler or changes it, and makes its next run.
--
--   KEYS  1 wait
--   ARGV  1 now, ms since 1970, or 0   2 scheduler   3 next run, ms, with a pattern
--         4 every, ms, or ''   5 offset, ms, or 0   6 start, ms, or ''   7 1 all missed runs, or 0
--         8 name   9 data   10 options of the run (lib/schedule.lua)   11 priority
--         12 1 lifo, or 0   13... fields and values of its record
--
--   Returns {id of the run, when it is due}; -10 a job stands where its run would; -11 jobs
--           stand where its next 32 runs would. Then nothing was changed.
--   Events  added {jobId, name}, then delayed {jobId, delay} or waiting {jobId}
--
-- INCR is the first write, and Redis refuses it when its memory is full.

--- @include "lib/base.lua"
--- @include "lib/clock.lua"
--- @include "lib/queue.lua"
--- @include "lib/state.lua"
--- @include "lib/schedule.lua"
local now, now_text = clock(ARGV[1])
local scheduler, every = ARGV[2], tonumber(ARGV[4])
local record = P .. 'repeat:' .. scheduler
local previous = call('ZSCORE', P .. 'repeat', scheduler)
local kept = call('HMGET', record, 'every', 'offset', 'ic')
call('LLEN', wait_key)
call('XLEN', P .. 'events')
call('ZCARD', P .. 'marker')

-- The run that is pending goes, unless it has begun.
local pending, place
if previous then
    pending = 'repeat:' .. scheduler .. ':' .. previous
    if call('EXISTS', P .. pending) == 1 then place = state_of(pending) end
end
local replaced = place == 'delayed' or place == 'prioritized' or place == 'waiting'

local due, offset = tonumber(ARGV[3]), tonumber(ARGV[5])
if every then
    local same = tonumber(kept[1] or '') == every
    local rule = {every = every, offset = offset, start = tonumber(ARGV[6]), all = ARGV[7] == '1'}
    due, offset = next_every(rule, same and tonumber(previous) or nil, now)
    if replaced and same then due = tonumber(previous) end
end

local function is_taken(at)
    local id = run_id(scheduler, at)
    return not (replaced and id == pending) and call('EXISTS', P .. id) == 1
end
if is_taken(due) then
    if not every then return -10 end
    local scans = 0
    repeat
        if scans == 32 then return -11 end
        due, scans = due + every, scans + 1
    until not is_taken(due)
end

call('INCR', P .. 'id')
local queue = queue_library()
if replaced then
    if place == 'waiting' then
        local found = call('LREM', wait_key, '1', pending)
        if found == 0 then call('LREM', P .. 'paused', '1', pending) end
    else
        call('ZREM', P .. place, pending)
    end
    queue.remove(P, pending, true)
end

-- As BullMQ has it: a run that was replaced leaves the place in the interval as it was.
local place_in_interval = ARGV[5] ~= '0' and ARGV[5]
if not place_in_interval then
    place_in_interval = replaced and kept[2] or not replaced and string.format('%.0f', offset)
end
call('DEL', record)
call('HSET', record, 'name', ARGV[8], 'ic', kept[3] or '1', unpack(ARGV, 13))
if place_in_interval then call('HSET', record, 'offset', place_in_interval) end
local id = make_run({scheduler = scheduler, due = due, name = ARGV[8], data = ARGV[9],
    opts = ARGV[10], priority = tonumber(ARGV[11]), lifo = ARGV[12] == '1'}, now, now_text, queue)
return {id, due}
