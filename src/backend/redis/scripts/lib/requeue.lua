-- The job that came while the holder of its deduplication key ran (keepLastIfActive): it takes
-- the key over and joins the queue, before the holder is marked as finished.
local function requeue_last(deduplication, now, now_text, queue)
    local stash = P .. 'dn:' .. deduplication
    local fields = call('HGETALL', stash)
    if #fields == 0 then return end
    local last = {}
    for i = 1, #fields, 2 do last[fields[i]] = fields[i + 1] end
    local events = P .. 'events'
    local counter = string.format('%d', call('INCR', P .. 'id'))
    local id = last.jid and last.jid ~= '' and last.jid or counter
    call('DEL', stash)
    if call('EXISTS', P .. id) == 1 then return end  -- added meanwhile, without the key
    local fine, opts = pcall(cjson.decode, last.opts or '{}')
    if not fine or type(opts) ~= 'table' then opts = {} end
    local delay = tonumber(last.delay or opts.delay) or 0
    local priority = tonumber(last.priority or opts.priority) or 0
    local hash = {'name', last.name or '', 'data', last.data or '{}', 'opts', last.opts or '{}',
        'timestamp', now_text, 'delay', string.format('%.0f', delay),
        'priority', string.format('%d', priority), 'deid', deduplication}
    local function set(name, value) hash[#hash + 1], hash[#hash + 2] = name, value end
    if last.pk and last.pd then
        set('parentKey', last.pk)
        set('parent', last.pd)
    end
    if last.rjk then set('rjk', last.rjk) end
    local rule = type(opts.de) == 'table' and opts.de or {}
    local lifetime = tonumber(rule.ttl) or 0
    if lifetime > 0 and not rule.keepLastIfActive then
        call('SET', P .. 'de:' .. deduplication, id, 'PX', string.format('%d', lifetime))
    else
        call('SET', P .. 'de:' .. deduplication, id)
    end
    call('HSET', P .. id, unpack(hash))
    call('XADD', events, '*', 'event', 'added', 'jobId', id, 'name', last.name or '')
    if delay > 0 then
        local due = now + delay
        call('ZADD', P .. 'delayed', queue.delay_score(P, due), id)
        call('XADD', events, '*', 'event', 'delayed', 'jobId', id,
            'delay', string.format('%.0f', due))
        queue.delay_marker(P)
    else
        local front = last.lifo == '1' or opts.lifo == true
        queue.push(P, id, priority, front and 'RPUSH' or 'LPUSH')
        call('XADD', events, '*', 'event', 'waiting', 'jobId', id)
    end
    if last.pdk and last.pk and call('EXISTS', last.pk) == 1 then
        pcall_redis('SADD', last.pdk, P .. id)
    end
end
