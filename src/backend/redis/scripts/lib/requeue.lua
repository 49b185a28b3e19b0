-- The job that came while the holder of its deduplication key ran (keepLastIfActive): it takes
-- the key over and joins the queue, before the holder is marked as finished.
local function requeue_last(deduplication, now, now_text, queue)
    local stash = P .. 'dn:' .. deduplication
    local last = call('HMGET', stash, 'name', 'data', 'opts', 'jid', 'pk', 'pd', 'pdk', 'rjk')
    if not last[1] then return end
    local events = P .. 'events'
    local counter = call('INCR', P .. 'id')
    local id = last[4] and last[4] ~= '' and last[4] or string.format('%d', counter)
    local fine, opts = pcall(cjson.decode, last[3] or '{}')
    if not fine or type(opts) ~= 'table' then opts = {} end
    local delay, priority = tonumber(opts.delay) or 0, tonumber(opts.priority) or 0
    local timestamp = tonumber(opts.timestamp) or now
    local hash = {'name', last[1], 'data', last[2] or '{}', 'opts', last[3] or '{}',
        'timestamp', string.format('%.0f', timestamp), 'delay', string.format('%.0f', delay),
        'priority', string.format('%d', priority), 'deid', deduplication}
    if last[5] and last[6] then
        hash[#hash + 1], hash[#hash + 2] = 'parentKey', last[5]
        hash[#hash + 1], hash[#hash + 2] = 'parent', last[6]
    end
    if last[8] then hash[#hash + 1], hash[#hash + 2] = 'rjk', last[8] end
    local rule = type(opts.de) == 'table' and opts.de or {}
    local lifetime = tonumber(rule.ttl) or 0
    if lifetime > 0 and not rule.keepLastIfActive then
        call('SET', P .. 'de:' .. deduplication, id, 'PX', string.format('%d', lifetime))
    else
        call('SET', P .. 'de:' .. deduplication, id)
    end
    call('HSET', P .. id, unpack(hash))
    call('XADD', events, '*', 'event', 'added', 'jobId', id, 'name', last[1])
    if delay > 0 then
        local due = timestamp + delay
        call('ZADD', P .. 'delayed', queue.delay_score(P, due), id)
        call('XADD', events, '*', 'event', 'delayed', 'jobId', id,
            'delay', string.format('%.0f', due))
        queue.delay_marker(P)
    else
        queue.push(P, id, priority, opts.lifo and 'RPUSH' or 'LPUSH')
        call('XADD', events, '*', 'event', 'waiting', 'jobId', id)
    end
    if last[7] then call('SADD', last[7], P .. id) end
    call('DEL', stash)
end

