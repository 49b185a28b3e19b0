-- examine.lua: what is wrong with one queue, and mends it if asked.
--
--   KEYS  1 wait
--   ARGV  1 now, ms since 1970, or 0   2 1 mends what can be mended   3 most jobs to look at
--
--   Returns a list of {code, 1 if mended, detail...}:
--     wrong_type key, type it has, type it should have      reserved_id id, its new id
--     stranded_paused jobs          ghost_job list, jobs, one of them
--     missing_marker jobs           stale_limiter           stuck_stall_check
--     scheduler_without_record id   stalled_scheduler id, due
--     releasable_parent id          stuck_parent id, child, why
--     abandoned_job jobs, one of them

--- @include "lib/base.lua"
--- @include "lib/clock.lua"
--- @include "lib/queue.lua"
--- @include "lib/state.lua"
--- @include "lib/kinds.lua"
--- @include "lib/join_paused.lua"
local queue = queue_library()
local now = clock(ARGV[1])
local mend, looks = ARGV[2] == '1', tonumber(ARGV[3])
local found = {}

local function report(code, mended, ...)
    found[#found + 1] = {code, mended and 1 or 0, ...}
end

-- ---- keys of the wrong type ---------------------------------------------------------------

local job_fields = {'name', 'data', 'opts', 'timestamp', 'delay', 'priority', 'processedOn',
    'finishedOn', 'atm', 'ats', 'pb', 'returnvalue', 'failedReason', 'stacktrace'}

-- A job whose id is the name of one of the queue's own keys: BullMQ accepts it, and the queue
-- stands still. The job gets another id.
local function rescue(name)
    local id = 'rescued-' .. name
    if not mend or call('EXISTS', P .. id) == 1 then return false, id end
    if name == 'meta' then
        local values = call('HMGET', P .. 'meta', unpack(job_fields))
        for i = 1, #job_fields do
            if values[i] then call('HSET', P .. id, job_fields[i], values[i]) end
        end
        call('HDEL', P .. 'meta', unpack(job_fields))
    else
        call('RENAME', P .. name, P .. id)
    end
    for _, list in ipairs({'wait', 'paused', 'active'}) do
        if call('TYPE', P .. list).ok == 'list' then call('LREM', P .. list, '0', name) end
    end
    for _, set in ipairs({'completed', 'failed', 'delayed', 'prioritized'}) do
        if call('TYPE', P .. set).ok == 'zset' then call('ZREM', P .. set, name) end
    end
    call('LPUSH', P .. 'wait', id)
    queue.base_marker(P)
    return true, id
end

local function is_job(key)
    local fields = call('HMGET', key, 'name', 'data', 'timestamp')
    return fields[1] and fields[2] and fields[3]
end

local broken = false
for name, kind in pairs(kinds) do
    local has = call('TYPE', P .. name).ok
    if has == 'hash' and is_job(P .. name) then
        local mended, id = rescue(name)
        report('reserved_id', mended, name, id)
        broken = broken or not mended
    elseif has ~= 'none' and has ~= kind then
        report('wrong_type', false, P .. name, has, kind)
        broken = true
    end
end
if broken then return found end

-- ---- what stands still -------------------------------------------------------------------

local meta = call('HMGET', P .. 'meta', 'paused', 'concurrency')
local aside = call('LLEN', P .. 'paused')
if not meta[1] and aside > 0 then
    if mend then
        join_paused()
        queue.base_marker(P)
    end
    report('stranded_paused', mend, aside)
end

for _, name in ipairs({'limiter', 'stalled-check'}) do
    if call('PTTL', P .. name) == -1 then
        if mend then call('DEL', P .. name) end
        report(name == 'limiter' and 'stale_limiter' or 'stuck_stall_check', mend)
    end
end

local waiting = call('LLEN', wait_key) + call('ZCARD', P .. 'prioritized')
if waiting > 0 and call('LLEN', P .. 'active') == 0 and not queue.blocked(P)
    and not call('ZSCORE', P .. 'marker', '0') then
    if mend then queue.base_marker(P) end
    report('missing_marker', mend, waiting)
end

-- ---- ids without a job ---------------------------------------------------------------------

local function ghosts_in(name, ids, take_out)
    local ghosts, one = 0, ''
    for i = 1, #ids do
        local id = ids[i]
        if string.sub(id, 1, 2) ~= '0:' and call('EXISTS', P .. id) == 0 then
            ghosts, one = ghosts + 1, id
            if mend then take_out(id) end
        end
    end
    if ghosts > 0 then report('ghost_job', mend, name, ghosts, one) end
end

for _, name in ipairs({'wait', 'paused', 'active'}) do
    ghosts_in(name, call('LRANGE', P .. name, -looks, '-1'), function(id)
        call('LREM', P .. name, '0', id)
    end)
end
for _, name in ipairs({'delayed', 'prioritized', 'waiting-children', 'completed', 'failed'}) do
    ghosts_in(name, call('ZRANGE', P .. name, '0', looks - 1), function(id)
        call('ZREM', P .. name, id)
    end)
end

-- A worker that is gone, and none that looks for such.
if call('EXISTS', P .. 'stalled-check') == 0 then
    local abandoned, one = 0, ''
    local ids = call('LRANGE', P .. 'active', -looks, '-1')
    for i = 1, #ids do
        if call('EXISTS', P .. ids[i] .. ':lock') == 0 then
            abandoned, one = abandoned + 1, ids[i]
        end
    end
    if abandoned > 0 then report('abandoned_job', false, abandoned, one) end
end

-- ---- schedulers -------------------------------------------------------------------------------

-- Those of BullMQ 4 have no record, and a key with their whole rule in it.
local function is_legacy(id)
    return select(2, string.gsub(id, ':', ':')) >= 3
end

local function is_over(record)
    local limit, last = tonumber(record[2] or ''), tonumber(record[3] or '')
    return (limit and (tonumber(record[4] or '') or 0) >= limit) or (last and now > last)
end

local late = 60000  -- a worker makes the next run within milliseconds of taking the one before
local runs = call('ZRANGE', P .. 'repeat', '0', looks - 1, 'WITHSCORES')
for i = 1, #runs, 2 do
    local id, due = runs[i], tonumber(runs[i + 1])
    local record = call('HMGET', P .. 'repeat:' .. id, 'name', 'limit', 'endDate', 'ic')
    if not record[1] and not is_legacy(id) then
        if mend then call('ZREM', P .. 'repeat', id) end
        report('scheduler_without_record', mend, id)
    elseif record[4] and now > due + late and not is_over(record) then
        local state = state_of('repeat:' .. id .. ':' .. string.format('%.0f', due))
        if state == 'unknown' or state == 'completed' or state == 'failed' then
            report('stalled_scheduler', false, id, string.format('%.0f', due))
        end
    end
end

-- ---- parents ----------------------------------------------------------------------------------

-- Why a child will not finish by itself; nil when it may.
local function obstacle(child)
    local q, id = queue.split(child)
    if not q then return 'bad_key' end
    local parent = call('HGET', child, 'parent')
    if call('EXISTS', child) == 0 then return 'gone' end
    if not call('ZSCORE', q .. 'failed', id) then return nil end
    local fine, link = pcall(cjson.decode, parent or '')
    if fine and type(link) == 'table' and (link.fpof or link.cpof or link.idof or link.rdof) then
        return nil
    end
    return 'failed'
end

local parents = call('ZRANGE', P .. 'waiting-children', '0', looks - 1)
for i = 1, #parents do
    local id = parents[i]
    local dependencies = P .. id .. ':dependencies'
    if call('EXISTS', P .. id) == 0 then
        -- told above
    elseif call('SCARD', dependencies) == 0 then
        if mend then queue.release_parent(P, id, now) end
        report('releasable_parent', mend, id)
    else
        local children = call('SSCAN', dependencies, '0', 'COUNT', '100')[2]
        for at = 1, #children do
            local why = obstacle(children[at])
            if why then
                report('stuck_parent', false, id, children[at], why)
                break
            end
        end
    end
end

return found
