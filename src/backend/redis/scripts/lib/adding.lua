-- Adds jobs that are linked to others, one at a time: to a parent, a deduplication id, a
-- scheduler (bullmq-wire 3.2). What is to be written to is read first, by `prepare`.
--
--   a job's arguments := kind (s standard, l lifo, d delayed, p prioritized, c has children),
--       id or '', name, data, opts, timestamp or '', delay, priority,
--       prefix of its parent's queue or '', the parent's id, the parent as JSON,
--       scheduler or '', deduplication id or '', rule
--   rule := ttl, ms "|" any of e extend, r replace, s reschedule, k keep the last if active
local job_arguments = 14

local function job_at(at, now_text)
    local job = {kind = ARGV[at], id = ARGV[at + 1], name = ARGV[at + 2], data = ARGV[at + 3],
        opts = ARGV[at + 4], timestamp = ARGV[at + 5], delay = ARGV[at + 6],
        priority = ARGV[at + 7]}
    if job.timestamp == '' then job.timestamp = now_text end
    if ARGV[at + 8] ~= '' then
        local key = ARGV[at + 8] .. ARGV[at + 9]
        job.parent = {q = ARGV[at + 8], id = ARGV[at + 9], json = ARGV[at + 10], key = key,
            dependencies = key .. ':dependencies'}
    end
    if ARGV[at + 11] ~= '' then job.scheduler = ARGV[at + 11] end
    return job
end

local function adding_library(queue, now)
    local M = {}
    local places, order = {}, {}
    local parents = {}

    -- What is to be known of a queue with this prefix.
    function M.place(q)
        local place = places[q]
        if place then return place end
        local meta = call('HMGET', q .. 'meta', 'opts.maxLenEvents', 'paused', 'concurrency')
        local cap = meta[1]
        local has_cap = cap and string.find(cap, '^%d+$')
        local most = tonumber(meta[3] or '')
        call('LLEN', q .. 'wait')
        call('ZCARD', q .. 'marker')
        call('GET', q .. 'id')
        place = {q = q, cap = has_cap and cap or '10000', has_cap = has_cap,
            events = q .. 'events', length = call('XLEN', q .. 'events'),
            blocked = meta[2] or (most and call('LLEN', q .. 'active') >= most),
            target = meta[2] and queue.target(q) or q .. 'wait', looked = {}}
        if meta[2] then call('LLEN', q .. 'paused') end
        places[q] = place
        order[#order + 1] = place
        return place
    end

    local function look(place, command, name)
        if not place.looked[name] then
            call(command, place.q .. name)
            place.looked[name] = true
        end
    end

    local sets = {d = 'delayed', p = 'prioritized', c = 'waiting-children'}

    -- Reads all that adding this job may write to, so that a key of the wrong type is found
    -- while nothing is changed. Answers whether its own record exists, and of what parent.
    function M.prepare(q, job)
        local place = M.place(q)
        if sets[job.kind] then look(place, 'ZCARD', sets[job.kind]) end
        if job.kind == 'p' then look(place, 'GET', 'pc') end
        local parent = job.parent
        if parent and not parents[parent.key] then
            parents[parent.key] = true
            call('HGET', parent.key, 'priority')
            call('SCARD', parent.dependencies)
        end
        if job.id == '' then return false end
        local key = q .. job.id
        if call('EXISTS', key) == 0 then return false end
        local old = call('HGET', key, 'parentKey')
        if parent then
            look(place, 'ZCARD', 'completed')
            call('HLEN', parent.key .. ':processed')
            local home = M.place(parent.q)
            for name, command in pairs({['waiting-children'] = 'ZCARD', delayed = 'ZCARD',
                prioritized = 'ZCARD', pc = 'GET'}) do
                look(home, command, name)
            end
        end
        return true, old
    end

    -- Lets a parent run that waits for nothing.
    function M.release(parent)
        if call('SCARD', parent.dependencies) == 0 then
            queue.release_parent(parent.q, parent.id, now)
        end
    end

    -- A job that exists gets a new parent, which waits for it unless it has completed.
    local function link(q, job)
        local key, parent = q .. job.id, job.parent
        if call('ZSCORE', q .. 'completed', job.id) then
            call('HSET', parent.key .. ':processed', key,
                call('HGET', key, 'returnvalue') or 'null')
        else
            call('SADD', parent.dependencies, key)
        end
        call('HSET', key, 'parentKey', parent.key, 'parent', parent.json)
    end

    -- An id that exists: the job stays as it is, but for a parent.
    function M.duplicate(place, job, release_too)
        if job.parent then link(place.q, job) end
        if job.parent and release_too then M.release(job.parent) end
        place.changed = true
        call('XADD', place.events, '*', 'event', 'duplicated', 'jobId', job.id)
    end

    local function store(place, job, id)
        local key, parent = place.q .. id, job.parent
        if parent then
            call('HSET', key, 'name', job.name, 'data', job.data, 'opts', job.opts,
                'timestamp', job.timestamp, 'delay', job.delay, 'priority', job.priority,
                'parentKey', parent.key, 'parent', parent.json)
        else
            call('HSET', key, 'name', job.name, 'data', job.data, 'opts', job.opts,
                'timestamp', job.timestamp, 'delay', job.delay, 'priority', job.priority)
        end
        if job.scheduler then call('HSET', key, 'rjk', job.scheduler) end
        if job.deduplication then call('HSET', key, 'deid', job.deduplication.id) end
        call('XADD', place.events, '*', 'event', 'added', 'jobId', id, 'name', job.name)
    end

    -- Puts a job where it belongs; the markers follow in `wake`.
    function M.delay(place, id, timestamp, delay)
        local due = tonumber(timestamp)
        if tonumber(delay) > 0 then due = due + delay end
        call('ZADD', place.q .. 'delayed', queue.next_delay_score(place.q, due), id)
        call('XADD', place.events, '*', 'event', 'delayed', 'jobId', id,
            'delay', string.format('%.0f', due))
        place.delays, place.changed = true, true
    end

    function M.write(place, job, id)
        local kind = job.kind
        place.changed = true
        store(place, job, id)
        if kind == 'c' then
            call('ZADD', place.q .. 'waiting-children', job.timestamp, id)
            call('XADD', place.events, '*', 'event', 'waiting-children', 'jobId', id)
        elseif kind == 'd' then
            M.delay(place, id, job.timestamp, job.delay)
        else
            if kind == 'p' then
                call('ZADD', place.q .. 'prioritized',
                    queue.priority_score(place.q, tonumber(job.priority)), id)
            else
                call(kind == 'l' and 'RPUSH' or 'LPUSH', place.target, id)
            end
            place.pushes = true
            call('XADD', place.events, '*', 'event', 'waiting', 'jobId', id)
        end
        if job.parent then call('SADD', job.parent.dependencies, place.q .. id) end
    end

    -- For all queues, at the end.
    function M.wake()
        for i = 1, #order do
            local place = order[i]
            if place.delays then queue.delay_marker(place.q) end
            if place.pushes and not place.blocked then
                call('ZADD', place.q .. 'marker', '0', '0')
            end
            if place.changed and not place.has_cap then
                call('HSET', place.q .. 'meta', 'opts.maxLenEvents', place.cap)
            end
            -- Redis frees whole blocks of a hundred events: to ask for less is in vain.
            if place.length >= place.cap + 100 then
                call('XTRIM', place.events, 'MAXLEN', '~', place.cap)
            end
        end
    end

    return M
end
