-- remove.lua: removes a job and the jobs below it (bullmq-wire 3.13).
--
--   KEYS  1 wait
--   ARGV  1 id
--
--   Returns 0, or -1 no such job, -2 it or a child of it is locked, -8 a schedule hangs on it.
--   Events  removed {jobId, prev}

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
local queue = queue_library()
local sets = {'completed', 'waiting-children', 'delayed', 'failed', 'prioritized'}
local lists = {'wait', 'paused', 'active'}

local function is_locked(key, depth)
    if call('EXISTS', key .. ':lock') == 1 then return true end
    if depth > 500 then return false end
    for _, child in ipairs(call('SMEMBERS', key .. ':dependencies')) do
        if is_locked(child, depth + 1) then return true end
    end
    return false
end

-- Takes it out of whatever holds it, and answers which that was.
local function take_out(q, id)
    for i = 1, #sets do
        if call('ZREM', q .. sets[i], id) == 1 then return sets[i] end
    end
    for i = 1, #lists do
        if call('LREM', q .. lists[i], '0', id) > 0 then return lists[i] end
    end
    return 'unknown'
end

local function remove(q, id, depth)
    local key = q .. id
    local job = call('HMGET', key, 'parentKey', 'deid')
    queue.detach(key, false, job[1], q)
    if depth < 500 then
        local children = call('SMEMBERS', key .. ':dependencies')
        for _, part in ipairs({':processed', ':failed'}) do
            for _, child in ipairs(call('HKEYS', key .. part)) do
                children[#children + 1] = child
            end
        end
        for _, child in ipairs(call('ZRANGE', key .. ':unsuccessful', '0', '-1')) do
            children[#children + 1] = child
        end
        for i = 1, #children do
            local child_q, child_id = queue.split(children[i])
            if child_q then remove(child_q, child_id, depth + 1) end
        end
    end
    local before = take_out(q, id)
    if job[2] then queue.release_deduplication(q, id, job[2]) end
    local existed = call('DEL', queue.job_keys(key)) > 0
    if existed then queue.capped(q, 'event', 'removed', 'jobId', id, 'prev', before) end
    return existed or before ~= 'unknown'
end

local id = ARGV[1]
for i = 1, #sets do call('ZCARD', P .. sets[i]) end
for i = 1, #lists do call('LLEN', P .. lists[i]) end
call('XLEN', P .. 'events')
if queue.is_pending_iteration(P, id, call('HGET', P .. id, 'rjk')) then return -8 end
if is_locked(P .. id, 0) then return -2 end
return remove(P, id, 0) and 0 or -1
