-- clean.lua: removes jobs of one state that are older than an age (bullmq-wire 3.13).
--
--   KEYS  1 wait
--   ARGV  1 now, ms since 1970, or 0   2 state: a set's or a list's suffix   3 age, ms
--         4 most jobs
--
--   Returns the ids that were removed.
--   Events  cleaned {count}
--
-- A finished job is as old as its end; another as old as its latest run, or its adding. Active
-- jobs that are locked, and those that a schedule hangs on, stay.

--- @include "lib/base.lua"
--- @include "lib/clock.lua"
--- @include "lib/queue.lua"
local now = clock(ARGV[1])
local name, most = ARGV[2], tonumber(ARGV[4])
local key, before = P .. name, now - ARGV[3]
local queue = queue_library()
local removed = {}
local looks_max = 10000  -- jobs looked at in one step; younger ones may stand in front

local function is_old(id)
    local job = pcall_redis('HMGET', P .. id, 'finishedOn', 'processedOn', 'timestamp', 'rjk')
    if job.err then return false end
    local at
    if name == 'delayed' or name == 'prioritized' or name == 'waiting-children' then
        at = name == 'delayed' and job[2] or job[3]
        at = at or job[3]
    else
        at = job[1] or job[2] or job[3]
    end
    if (tonumber(at or '') or 0) > before then return false end
    return not queue.is_pending_iteration(P, id, job[4])
end

local function drop(id)
    queue.remove(P, id, true)
    removed[#removed + 1] = id
end

local function clean_list(list)
    local ids = call('LRANGE', list, -looks_max, '-1')
    for i = #ids, 1, -1 do
        if #removed >= most then return end
        local id = ids[i]
        local locked = name == 'active' and call('EXISTS', P .. id .. ':lock') == 1
        if not locked and is_old(id) then
            drop(id)
            call('LREM', list, '-1', id)
        end
    end
end

call('XLEN', P .. 'events')
if name == 'completed' or name == 'failed' then
    local ids = call('ZRANGEBYSCORE', key, '-inf', string.format('%.0f', before),
        'LIMIT', '0', ARGV[4])
    for i = 1, #ids do
        drop(ids[i])
        call('ZREM', key, ids[i])
    end
elseif name == 'wait' then
    clean_list(wait_key)
    clean_list(P .. 'paused')
elseif name == 'active' then
    clean_list(key)
else
    local ids = call('ZRANGE', key, '0', looks_max - 1)
    for i = 1, #ids do
        if #removed >= most then break end
        if is_old(ids[i]) then
            drop(ids[i])
            call('ZREM', key, ids[i])
        end
    end
end
call('XADD', P .. 'events', '*', 'event', 'cleaned', 'count', string.format('%d', #removed))
return removed
