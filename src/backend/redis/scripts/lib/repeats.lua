-- Makes the next run of the scheduler that a taken job came from (bullmq-wire 3.16). Whoever
-- takes such a job must, or the schedule ends with it. Fixed intervals only: the next time of
-- a cron pattern is not to be had from Lua.
local function schedule_next(job, now, now_text, queue)
    local scheduler = job.scheduler
    local previous = call('ZSCORE', P .. 'repeat', scheduler)
    if not previous or job.id ~= 'repeat:' .. scheduler .. ':' .. previous then return end
    local record = P .. 'repeat:' .. scheduler
    local kept = call('HMGET', record, 'every', 'offset', 'name', 'data', 'endDate', 'limit')
    local fine, opts = pcall(cjson.decode, job.opts)
    if not fine or type(opts) ~= 'table' or type(opts['repeat']) ~= 'table' then return end
    local runs = opts['repeat']
    local every = tonumber(kept[1] or runs.every)
    if not every or every <= 0 then return end
    local run = (tonumber(runs.count) or 0) + 1
    local most, last = tonumber(kept[6] or runs.limit), tonumber(kept[5] or runs.endDate)
    if (most and run > most) or (last and now > last) then return end

    -- Missed runs are left out: the next one keeps the phase.
    local due = previous + every
    if due < now then
        due = math.floor(now / every) * every + (tonumber(kept[2] or '') or 0)
        if due <= now then due = due + every end
    end
    local due_text = string.format('%.0f', due)
    local id = 'repeat:' .. scheduler .. ':' .. due_text
    local key, events = P .. id, P .. 'events'
    if call('EXISTS', key) == 1 then
        call('XADD', events, '*', 'event', 'duplicated', 'jobId', id)
        return
    end
    local delay = math.max(0, due - now)
    local delay_text = string.format('%.0f', delay)
    runs.count = run
    opts.jobId, opts.delay, opts.timestamp, opts.repeatJobKey = id, delay, now, scheduler
    if type(opts.backoff) == 'number' then
        opts.backoff = {type = 'fixed', delay = opts.backoff}
    end
    local priority = tonumber(opts.priority) or 0
    local name = kept[3] or job.name
    call('ZADD', P .. 'repeat', due_text, scheduler)
    call('HINCRBY', record, 'ic', '1')
    call('INCR', P .. 'id')
    call('HSET', key, 'name', name, 'data', kept[4] or '{}', 'opts', cjson.encode(opts),
        'timestamp', now_text, 'delay', delay_text, 'priority', string.format('%d', priority),
        'rjk', scheduler)
    call('XADD', events, '*', 'event', 'added', 'jobId', id, 'name', name)
    if delay > 0 then
        call('ZADD', P .. 'delayed', queue.delay_score(P, due), id)
        call('XADD', events, '*', 'event', 'delayed', 'jobId', id, 'delay', due_text)
        queue.delay_marker(P)
    else
        queue.push(P, id, priority, opts.lifo and 'RPUSH' or 'LPUSH')
        call('XADD', events, '*', 'event', 'waiting', 'jobId', id)
    end
end

