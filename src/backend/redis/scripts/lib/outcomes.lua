-- What a finished job's outcome may do.

local function control_of(text)
    local kind, count, age, delay, attempts, made =
        string.match(text, '^(%a)|(%d*)|(%d*)|(%d+)|(%-?%d+)|(%d*)$')
    made = tonumber(made)
    return {kind = kind, keep = count .. '|' .. age, count = tonumber(count),
        age = tonumber(age), delay = delay, attempts = tonumber(attempts),
        plain = made and {made = made + 1}}
end

-- What is to be known of a job to finish it: attempts made with this one, deduplication, and
-- parent, which it may have got while it ran. Nil and a code when it cannot be finished.
local function job_to_finish(key, control, all_exist, families)
    if families and control.kind == 'c' then
        if call('SCARD', key .. ':dependencies') > 0 then return nil, 4 end
        if call('ZCARD', key .. ':unsuccessful') > 0 then return nil, 9 end
    end
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
    local made = plain and plain.made or (tonumber(job[1] or '') or 0) + 1
    return {made = made, deduplication = job[2], parent = job[3]}, 0
end
