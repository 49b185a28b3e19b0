-- Removes jobs together with the jobs below them (bullmq-wire 3.13).
local function removal_library(queue)
    local M = {}
    local sets = {'completed', 'waiting-children', 'delayed', 'failed', 'prioritized'}
    local lists = {'wait', 'paused', 'active'}
    local generations_max = 500
    local seen, visited = {}, {}  -- what other clients made may be no tree
    M.removed = 0

    -- Reads what is written to later, so that a key of the wrong type is found in time.
    function M.prepare(key)
        for i = 1, #sets do call('ZCARD', P .. sets[i]) end
        for i = 1, #lists do call('LLEN', P .. lists[i]) end
        call('XLEN', P .. 'events')
        call('HLEN', key .. ':processed')
        call('HLEN', key .. ':failed')
        call('ZCARD', key .. ':unsuccessful')
        local parent = call('HGET', key, 'parentKey')
        if parent then call('SCARD', parent .. ':dependencies') end
    end

    function M.is_locked(key) return call('EXISTS', key .. ':lock') == 1 end

    -- Whether a worker holds any job that is not done below this one.
    function M.is_any_locked(key, depth)
        local children = call('SMEMBERS', key .. ':dependencies')
        for i = 1, #children do
            local child = children[i]
            if not seen[child] and (depth or 0) < generations_max then
                seen[child] = true
                if M.is_locked(child) or M.is_any_locked(child, (depth or 0) + 1) then
                    return true
                end
            end
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

    local function children_of(key, which)
        local children = call('SMEMBERS', key .. ':dependencies')
        if which == 'unprocessed' then return children end
        for _, part in ipairs({':processed', ':failed'}) do
            for _, child in ipairs(call('HKEYS', key .. part)) do
                children[#children + 1] = child
            end
        end
        for _, child in ipairs(call('ZRANGE', key .. ':unsuccessful', '0', '-1')) do
            children[#children + 1] = child
        end
        return children
    end

    -- `which` children go along: all, unprocessed (of these, none that runs or failed), or none.
    function M.remove_children(key, which, depth)
        if which == 'none' or depth >= generations_max then return end
        local children = children_of(key, which)
        for i = 1, #children do
            local child = children[i]
            local q, id = queue.split(child)
            local stays = not q or (which == 'unprocessed'
                and (M.is_locked(child) or call('ZSCORE', q .. 'failed', id)))
            if not stays then M.remove(q, id, which, depth + 1, key) end
        end
    end

    -- Answers whether there was anything to remove.
    function M.remove(q, id, which, depth, parent)
        local key = q .. id
        if visited[key] then return false end
        visited[key] = true
        local job = call('HMGET', key, 'parentKey', 'deid')
        queue.detach(key, false, parent or job[1], q)
        M.remove_children(key, which, depth)
        local before = take_out(q, id)
        if job[2] then queue.release_deduplication(q, id, job[2]) end
        local existed = call('DEL', queue.job_keys(key)) > 0
        if existed then
            queue.capped(q, 'event', 'removed', 'jobId', id, 'prev', before)
            M.removed = M.removed + 1
        end
        return existed or before ~= 'unknown'
    end

    return M
end
