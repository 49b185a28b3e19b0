-- Where a job is, looked up as BullMQ does. LPOS came with Redis 6.0.6.
local function in_list(name, id)
    local at = pcall_redis('LPOS', P .. name, id)
    if type(at) ~= 'table' then return at ~= false end
    local all = call('LRANGE', P .. name, '0', '-1')
    for i = 1, #all do
        if all[i] == id then return true end
    end
    return false
end

local function state_of(id)
    for _, name in ipairs({'completed', 'failed', 'delayed', 'prioritized'}) do
        if call('ZSCORE', P .. name, id) then return name end
    end
    if in_list('active', id) then return 'active' end
    if in_list('wait', id) or in_list('paused', id) then return 'waiting' end
    if call('ZSCORE', P .. 'waiting-children', id) then return 'waiting-children' end
    return 'unknown'
end

