-- drain.lua: removes what waits, a slice at a time.
--
--   KEYS  1 wait
--   ARGV  1 1 delayed jobs too   2 most jobs
--
--   Returns how many were removed. The pending runs of schedulers stay. No events, as in BullMQ.

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
local queue = queue_library()
local most, removed = tonumber(ARGV[2]), 0

local function drop(id)
    local job = pcall_redis('HGET', P .. id, 'rjk')
    if type(job) == 'string' and queue.is_pending_iteration(P, id, job) then return false end
    queue.remove(P, id, true)
    removed = removed + 1
    return true
end

local function drain_list(name)
    local skip = 0  -- jobs that stay, at the right end
    while removed < most do
        local want = math.min(1000, most - removed)
        local ids = call('LRANGE', P .. name, -(skip + want), -(skip + 1))
        if #ids == 0 then return end
        for i = #ids, 1, -1 do
            if drop(ids[i]) then call('LREM', P .. name, '-1', ids[i]) else skip = skip + 1 end
        end
    end
end

local function drain_set(name)
    local skip = 0
    while removed < most do
        local ids = call('ZRANGE', P .. name, skip, skip + math.min(1000, most - removed) - 1)
        if #ids == 0 then return end
        for i = 1, #ids do
            if drop(ids[i]) then call('ZREM', P .. name, ids[i]) else skip = skip + 1 end
        end
    end
end

for _, name in ipairs({'delayed', 'prioritized'}) do call('ZCARD', P .. name) end
for _, name in ipairs({'wait', 'paused'}) do call('LLEN', P .. name) end
drain_list('wait')
drain_list('paused')
drain_set('prioritized')
if ARGV[1] == '1' then drain_set('delayed') end
return removed
