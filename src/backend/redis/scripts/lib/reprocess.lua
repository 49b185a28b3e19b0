-- A finished job becomes a new one: its result goes, and its parent waits for it again.

-- Reads what is written to later, so that a key of the wrong type is found in time.
local function prepare_to_forget(id)
    local parent = call('HGET', P .. id, 'parentKey')
    if not parent then return end
    call('SCARD', parent .. ':dependencies')
    call('HLEN', parent .. ':processed')
    call('HLEN', parent .. ':failed')
    call('ZCARD', parent .. ':unsuccessful')
end

local function forget_result(id, from)
    local key = P .. id
    local result = from == 'failed' and 'failedReason' or 'returnvalue'
    call('HDEL', key, 'finishedOn', 'processedOn', result)
    local parent = call('HGET', key, 'parentKey')
    if not parent or call('EXISTS', parent) == 0 then return end
    local undone
    if from == 'failed' then
        undone = call('ZREM', parent .. ':unsuccessful', key) == 1
            or call('HDEL', parent .. ':failed', key) == 1
    else
        undone = call('HDEL', parent .. ':processed', key) == 1
    end
    if undone then call('SADD', parent .. ':dependencies', key) end
end
