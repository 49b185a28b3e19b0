-- Moves within one queue and between a child's queue and its parent's, after bullmq-wire 3.1.
-- One table, made when a script first needs it: Redis runs a script's text anew with each
-- call, and a closure that is never used would be made a thousand times a second.
-- `q` is a queue's prefix with its colon, as P is.
local function queue_library()
    local M = {}
    local due_last = {}

    -- The list that takes new jobs. While a queue is paused, BullMQ 5 keeps them in `paused`;
    -- 6 leaves them in `wait`. The list itself, or the version of who made the queue, tells.
    function M.target(q)
        local meta = call('HMGET', q .. 'meta', 'paused', 'version')
        if not meta[1] then return q .. 'wait' end
        if meta[2] and string.sub(meta[2], 1, 9) == 'bullmq:5.' then return q .. 'paused' end
        return call('EXISTS', q .. 'paused') == 1 and q .. 'paused' or q .. 'wait'
    end

    function M.blocked(q)
        local meta = call('HMGET', q .. 'meta', 'paused', 'concurrency')
        if meta[1] then return true end
        local most = tonumber(meta[2] or '')
        return most ~= nil and call('LLEN', q .. 'active') >= most
    end

    -- "There may be work": not while nobody may take any.
    function M.base_marker(q)
        if not M.blocked(q) then call('ZADD', q .. 'marker', '0', '0') end
    end

    -- "Something is due then": also while paused, as BullMQ has it.
    function M.delay_marker(q)
        local first = call('ZRANGE', q .. 'delayed', '0', '0', 'WITHSCORES')
        if first[2] then call('ZADD', q .. 'marker', tonumber(first[2]) / 4096, '1') end
    end

    -- score := due * 4096 + n    so that jobs due in one millisecond keep their order
    function M.next_delay_score(q, due)
        local low = due * 4096
        local found = call('ZREVRANGEBYSCORE', q .. 'delayed', low + 4095, low,
            'WITHSCORES', 'LIMIT', '0', '1')
        local last = found[2] and tonumber(found[2])
        if not last then return low end
        return last < low + 4095 and last + 1 or last
    end

    -- The same for jobs of the script's own queue that are written later, all at once.
    function M.delay_score(q, due)
        local last = due_last[due]
        local score
        if last then
            score = last < due * 4096 + 4095 and last + 1 or last
        else
            score = M.next_delay_score(q, due)
        end
        due_last[due] = score
        return score
    end

    -- score := priority * 2^32 + counter    so that equals keep their order of arrival
    function M.priority_score(q, priority)
        local counter = call('INCR', q .. 'pc')
        return priority * 4294967296 + counter % 4294967296
    end

    -- Makes a job wait: `side` is LPUSH (behind the others) or RPUSH (in front of them).
    function M.push(q, id, priority, side)
        if priority > 0 then
            call('ZADD', q .. 'prioritized', M.priority_score(q, priority), id)
        else
            call(side, M.target(q), id)
        end
        M.base_marker(q)
    end

    -- The command that puts a job in `wait`. Nearly no options say `lifo`, so few are parsed.
    function M.side_of(opts)
        if not opts or not string.find(opts, '"lifo"', 1, true) then return 'LPUSH' end
        local fine, parsed = pcall(cjson.decode, opts)
        return fine and type(parsed) == 'table' and parsed.lifo == true and 'RPUSH' or 'LPUSH'
    end

    function M.event_cap(q)
        local cap = call('HGET', q .. 'meta', 'opts.maxLenEvents')
        if cap and string.find(cap, '^%d+$') then return cap end
        call('HSET', q .. 'meta', 'opts.maxLenEvents', '10000')
        return '10000'
    end

    function M.capped(q, ...)
        call('XADD', q .. 'events', 'MAXLEN', '~', M.event_cap(q), '*', ...)
    end

    -- The six keys that a job may have, for DEL.
    function M.job_keys(key)
        return key, key .. ':logs', key .. ':dependencies', key .. ':processed',
            key .. ':failed', key .. ':unsuccessful'
    end

    -- Queue prefix and id of a job key. Ids hold no colon, but for those of schedulers.
    function M.split(key)
        local q, id = string.match(key, '^(.*:)(repeat:[^:]*:%d+)$')
        if q then return q, id end
        return string.match(key, '^(.*:)([^:]*)$')
    end

    -- The parent of a job hash: prefix of its queue, id, and the flags for a failed child.
    function M.parent_of(parent_key, parent_json)
        local fine, parent = pcall(cjson.decode, parent_json or '')
        if fine and type(parent) == 'table' and type(parent.id) == 'string'
            and type(parent.queueKey) == 'string' then
            return parent.queueKey .. ':', parent.id, parent
        end
        local q, id = M.split(parent_key)
        return q, id, {}
    end

    -- Lets a parent run whose children are done: behind `state`, which it has left already.
    function M.start_parent(q, id, now)
        local job = call('HMGET', q .. id, 'priority', 'delay')
        local priority, delay = tonumber(job[1] or '') or 0, tonumber(job[2] or '') or 0
        if delay > 0 then
            local due = string.format('%.0f', now + delay)
            call('ZADD', q .. 'delayed', (now + delay) * 4096, id)
            call('XADD', q .. 'events', '*', 'event', 'delayed', 'jobId', id, 'delay', due)
            M.delay_marker(q)
            return
        end
        M.push(q, id, priority, 'RPUSH')
        call('XADD', q .. 'events', '*', 'event', 'waiting', 'jobId', id,
            'prev', 'waiting-children')
    end

    function M.release_parent(q, id, now)
        if call('EXISTS', q .. id) == 1 and call('ZREM', q .. 'waiting-children', id) == 1 then
            M.start_parent(q, id, now)
        end
    end

    function M.child_completed(key, parent, value, now)
        local pkey = parent.q .. parent.id
        if call('SREM', pkey .. ':dependencies', key) == 0 then return end
        call('HSET', pkey .. ':processed', key, value)
        if call('SCARD', pkey .. ':dependencies') == 0 then
            M.release_parent(parent.q, parent.id, now)
        end
    end

    local function fail_parent(key, parent, now)
        local q, id = parent.q, parent.id
        local pkey = q .. id
        local reason = 'child ' .. key .. ' failed'
        call('ZADD', pkey .. ':unsuccessful', now, key)
        if call('ZREM', q .. 'waiting-children', id) == 1 then
            call('HSET', pkey, 'defa', reason)
            M.start_parent(q, id, now)
        elseif call('ZREM', q .. 'delayed', id) == 1 then
            call('HSET', pkey, 'delay', '0', 'defa', reason)
            M.start_parent(q, id, now)
        elseif call('EXISTS', pkey) == 1 and not call('ZSCORE', q .. 'failed', id) then
            call('HSET', pkey, 'defa', reason)
        end
    end

    -- Which of the four policies holds is said in the child's own `parent`. Without one the
    -- parent goes on waiting until the child is retried or removed.
    function M.child_failed(key, parent, reason, now)
        local flags = parent.flags
        if not (flags.fpof or flags.cpof or flags.idof or flags.rdof) then return end
        local pkey = parent.q .. parent.id
        if call('SREM', pkey .. ':dependencies', key) == 0 then return end
        if flags.fpof then
            fail_parent(key, parent, now)
        elseif flags.cpof then
            call('HSET', pkey .. ':failed', key, reason)
            M.release_parent(parent.q, parent.id, now)
        else
            if flags.idof then call('HSET', pkey .. ':failed', key, reason) end
            if call('SCARD', pkey .. ':dependencies') == 0 then
                M.release_parent(parent.q, parent.id, now)
            end
        end
    end

    -- A job that is being removed leaves its parent. `hard`: a parent in the same queue that
    -- waited for nothing else goes with it.
    function M.detach(key, hard, parent_key, own_queue)
        if not parent_key then parent_key = call('HGET', key, 'parentKey') end
        if not parent_key or parent_key == '' then return end
        local dependencies = parent_key .. ':dependencies'
        if call('SREM', dependencies, key) == 0 or call('SCARD', dependencies) > 0 then return end
        local q, id = M.split(parent_key)
        if not q or call('ZREM', q .. 'waiting-children', id) == 0 then return end
        if hard and q == own_queue then
            M.remove(q, id, true)
            return
        end
        call('RPUSH', M.target(q), id)
        M.base_marker(q)
        if not hard then
            call('XADD', q .. 'events', '*', 'event', 'waiting', 'jobId', id,
                'prev', 'waiting-children')
        end
    end

    -- A deduplication key goes with the job that holds it.
    function M.release_deduplication(q, id, deduplication)
        if call('GET', q .. 'de:' .. deduplication) == id then
            call('DEL', q .. 'de:' .. deduplication, q .. 'dn:' .. deduplication)
        end
    end

    -- Removes a job's keys; its place in a list or set is the caller's. Answers whether any was.
    function M.remove(q, id, hard)
        local key = q .. id
        local job = pcall_redis('HMGET', key, 'parentKey', 'deid')
        if not job.err then
            if job[1] then M.detach(key, hard, job[1], q) end
            if job[2] then M.release_deduplication(q, id, job[2]) end
        end
        return call('DEL', M.job_keys(key)) > 0
    end

    -- True for the one job that a scheduler's next run hangs on.
    function M.is_pending_iteration(q, id, scheduler)
        if not scheduler or scheduler == '' then return false end
        local next_run = call('ZSCORE', q .. 'repeat', scheduler)
        return next_run and id == 'repeat:' .. scheduler .. ':' .. next_run
    end

    return M
end

