-- obliterate.lua: removes a queue and all that is in it, a slice at a time.
--
--   KEYS  1 wait
--   ARGV  1 1 even when jobs are active   2 most jobs
--
--   Returns 1 when there is more, 0 when all is gone, -2 when jobs are active.
--
-- Also what BullMQ leaves behind: `waiting-children` and its jobs, and the rate limit.

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
local queue = queue_library()
local left = tonumber(ARGV[2])

-- A key of the wrong type is what an operator may want to get rid of this way.
local function kind(name) return call('TYPE', P .. name).ok end

if kind('meta') == 'hash' or kind('meta') == 'none' then
    call('HSET', P .. 'meta', 'paused', '1')
end
call('DEL', P .. 'marker')
if ARGV[1] ~= '1' and kind('active') == 'list' and call('LLEN', P .. 'active') > 0 then
    return -2
end

local function drop(id)
    queue.remove(P, id, true)
    call('DEL', P .. id .. ':lock')
end

local function empty_list(name)
    if kind(name) ~= 'list' then return end
    while left > 0 do
        local ids = call('LRANGE', P .. name, -math.min(left, 500), '-1')
        if #ids == 0 then return end
        for i = #ids, 1, -1 do drop(ids[i]) end
        call('LTRIM', P .. name, '0', -(#ids + 1))
        left = left - #ids
    end
end

local function empty_set(name)
    if kind(name) ~= 'zset' then return end
    while left > 0 do
        local ids = call('ZRANGE', P .. name, '0', math.min(left, 500) - 1)
        if #ids == 0 then return end
        for i = 1, #ids do drop(ids[i]) end
        call('ZREM', P .. name, unpack(ids))
        left = left - #ids
    end
end

local function empty_schedules()
    if kind('repeat') ~= 'zset' then return end
    local ids = call('ZRANGE', P .. 'repeat', '0', left - 1)
    for i = 1, #ids do call('DEL', P .. 'repeat:' .. ids[i]) end
    if #ids > 0 then call('ZREM', P .. 'repeat', unpack(ids)) end
    left = left - #ids
end

empty_list('active')
if left > 0 then empty_set('delayed') end
if left > 0 then empty_schedules() end
if left > 0 then empty_set('completed') end
if left > 0 then empty_list('wait') end
if left > 0 then empty_list('paused') end
if left > 0 then empty_set('prioritized') end
if left > 0 then empty_set('failed') end
if left > 0 then empty_set('waiting-children') end
if left <= 0 then return 1 end

local keys = {}
for _, name in ipairs({'active', 'delayed', 'repeat', 'completed', 'wait', 'paused', 'prioritized',
    'failed', 'waiting-children', 'events', 'delay', 'priority', 'stalled-check', 'stalled', 'id',
    'pc', 'marker', 'meta', 'limiter', 'metrics:completed', 'metrics:completed:data',
    'metrics:failed', 'metrics:failed:data'}) do
    keys[#keys + 1] = P .. name
end
call('DEL', unpack(keys))
return 0
