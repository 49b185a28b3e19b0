-- What a finished job's outcome may do.

local function control_of(text)
    local kind, count, age, delay, attempts, made =
        string.match(text, '^(%a)|(%d*)|(%d*)|(%d+)|(%-?%d+)|(%d*)$')
    made = tonumber(made)
    return {kind = kind, keep = count .. '|' .. age, count = tonumber(count),
        age = tonumber(age), delay = delay, attempts = tonumber(attempts),
        plain = made and {made = made + 1}}
end

-- What is seldom asked, about parents, children and deduplication. Made when it is needed.
local function family_library()
    local M = {}
    local ended_children = {}  -- by their parent's key, those that earlier outcomes end
    local sound = {}           -- names whose keys have the types that they should have

    -- 4 or 9 when a job's children do not let it end like this.
    function M.refusal(key, kind)
        if kind ~= 'c' and kind ~= 'w' then return end
        local ended = ended_children[key]
        local pending = pcall_redis('SCARD', key .. ':dependencies')
        local failed = pcall_redis('ZCARD', key .. ':unsuccessful')
        if type(pending) == 'table' or type(failed) == 'table' then return 20 end
        if kind == 'c' and pending > (ended and ended.count or 0) then return 4 end
        if failed > 0 or (ended and ended.failed) then return 9 end
    end

    -- This outcome of a child is recorded before those of its parent that follow.
    function M.note_child(key, job, control, queue)
        local kind, parent = control.kind, job.parent
        if kind ~= 'c' and kind ~= 'f' then return end
        if call('SISMEMBER', parent .. ':dependencies', key) == 0 then return end
        local ended = ended_children[parent] or {count = 0}
        ended_children[parent] = ended
        if kind == 'f' then
            local _, _, flags = queue.parent_of(parent, call('HGET', key, 'parent'))
            if flags.fpof then
                ended.failed = true
            elseif not (flags.cpof or flags.idof or flags.rdof) and control.count ~= 0 then
                return
            end
        end
        ended.count = ended.count + 1
    end

    local function has_type(command, key)
        local answer = pcall_redis(command, key)
        return type(answer) ~= 'table' or not answer.err
    end

    local function is_sound(name, checks)
        if sound[name] == nil then
            sound[name] = true
            for i = 1, #checks, 2 do
                if not has_type(checks[i + 1], name .. checks[i]) then sound[name] = false end
            end
        end
        return sound[name]
    end

    -- What a child's end may write to: its parent, and where that waits, in any queue.
    local function is_parent_sound(parent)
        local q = string.match(parent, '^(.*:)[^:]*$')
        return is_sound(parent, {'', 'HLEN', ':dependencies', 'SCARD', ':processed', 'HLEN',
                ':failed', 'HLEN', ':unsuccessful', 'ZCARD'})
            and (not q or is_sound(q, {'waiting-children', 'ZCARD', 'wait', 'LLEN',
                'events', 'XLEN', 'marker', 'ZCARD', 'meta', 'HLEN', 'delayed', 'ZCARD',
                'prioritized', 'ZCARD'}))
    end

    -- Whether what a finished job owes to others can be written.
    function M.can_settle(job)
        if job.parent and not is_parent_sound(job.parent) then return false end
        local id = job.deduplication
        return not id
            or (has_type('STRLEN', P .. 'de:' .. id) and has_type('HLEN', P .. 'dn:' .. id))
    end

    return M
end

-- What is to be known of a job to finish it: attempts made with this one, deduplication, and
-- parent, which it may have got while it ran. Nil and a code when it cannot be finished.
local function job_to_finish(key, control, all_exist)
    local plain = all_exist and control.plain
    if plain then
        local parent = pcall_redis('HGET', key, 'parentKey')
        if not parent then return plain, 0 end
        if parent.err then return nil, 20 end
        return {made = plain.made, parent = parent}, 0
    end
    local job = pcall_redis('HMGET', key, 'atm', 'deid', 'parentKey')
    if job.err then return nil, 20 end
    if not all_exist and call('EXISTS', key) == 0 then return nil, 1 end
    local made = control.plain and control.plain.made or (tonumber(job[1] or '') or 0) + 1
    return {made = made, deduplication = job[2], parent = job[3]}, 0
end
