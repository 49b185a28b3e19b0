-- Who may be added while another job holds its deduplication id (bullmq-wire 3.2.6).

-- rule := ttl, ms "|" any of e extend, r replace, s reschedule, k keep the last if active
local function deduplication_of(id, rule)
    local ttl, flags = string.match(rule, '^(%d+)|(%a*)$')
    local function has(flag) return string.find(flags, flag, 1, true) ~= nil end
    return {id = id, holder = P .. 'de:' .. id, next = P .. 'dn:' .. id, ttl = tonumber(ttl),
        extend = has('e'), replace = has('r'), reschedule = has('s'), keep_last = has('k')}
end

-- Reads what may be written to, so that a key of the wrong type is found in time.
local function prepare_deduplication(rule)
    local owner = call('GET', rule.holder)
    call('HLEN', rule.next)
    call('ZCARD', P .. 'delayed')
    call('LLEN', P .. 'active')
    if owner then call('HGET', P .. owner, 'delay') end
end

-- The holder keeps its id until it ends; what waits for that is the last job only.
local function keep_last(job, id)
    local rule, parent = job.deduplication, job.parent
    local fields = {'name', job.name, 'data', job.data, 'opts', job.opts, 'jid', id}
    local function keep(name, value) fields[#fields + 1], fields[#fields + 2] = name, value end
    if parent then
        keep('pk', parent.key)
        keep('pd', parent.json)
        keep('pdk', parent.dependencies)
    end
    if job.scheduler then keep('rjk', job.scheduler) end
    -- BullMQ reads these from the options; so do we, unless those do not say the same.
    local fine, opts = pcall(cjson.decode, job.opts)
    if not fine or type(opts) ~= 'table' then opts = {} end
    if (tonumber(opts.delay) or 0) ~= tonumber(job.delay) then keep('delay', job.delay) end
    if (tonumber(opts.priority) or 0) ~= tonumber(job.priority) then
        keep('priority', job.priority)
    end
    if job.kind == 'l' and opts.lifo ~= true then keep('lifo', '1') end
    call('DEL', rule.next)
    call('HSET', rule.next, unpack(fields))
    call('PERSIST', rule.holder)
end

-- Answers who holds the id, when this job is not to be added. Further
-- arguments: the libraries.
local function deduplicate(place, job, id, adding, queue)
    local rule = job.deduplication
    local function hold(holder)
        if rule.ttl > 0 and not rule.keep_last then
            call('SET', rule.holder, holder, 'PX', string.format('%.0f', rule.ttl))
        else
            call('SET', rule.holder, holder)
        end
    end
    local function tell(kept, dropped)
        place.changed = true
        call('XADD', place.events, '*', 'event', 'deduplicated', 'jobId', kept,
            'deduplicationId', rule.id, 'deduplicatedJobId', dropped)
    end

    local owner = call('GET', rule.holder)
    if not owner then return hold(id) end
    local owner_key = P .. owner
    if rule.replace and call('ZREM', P .. 'delayed', owner) == 1 then
        job.replaced = {key = owner_key, parent = call('HGET', owner_key, 'parentKey')}
        call('DEL', queue.job_keys(owner_key))
        call('XADD', place.events, '*', 'event', 'removed', 'jobId', owner, 'prev', 'delayed')
        tell(id, owner)
        call('DEL', rule.next)
        if rule.ttl > 0 and not rule.extend and not rule.keep_last then
            call('SET', rule.holder, id, 'KEEPTTL')
        else
            hold(id)
        end
        return
    end
    -- A holder whose record is gone would never let go of its id.
    if call('EXISTS', owner_key) == 0 and call('PTTL', rule.holder) == -1 then
        call('DEL', rule.next)
        return hold(id)
    end
    if rule.keep_last and in_list('active', owner) then
        keep_last(job, id)
        tell(owner, id)
        return owner
    end
    if rule.replace then return owner end
    if rule.extend and rule.ttl > 0 then hold(owner) end
    tell(owner, id)
    if rule.reschedule and call('ZSCORE', P .. 'delayed', owner) then
        call('HSET', owner_key, 'delay', job.delay)
        adding.delay(place, owner, job.timestamp, job.delay)
    end
    return owner
end
