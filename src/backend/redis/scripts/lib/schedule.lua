-- Runs of schedulers (bullmq-wire 3.16).

-- When a fixed interval runs next, and its place in the interval. `previous` nil: the first run.
-- Runs that were missed are left out, unless `all` are to be made.
local function next_every(rule, previous, now)
    local every, offset = rule.every, rule.offset
    local function in_phase()
        local at = math.floor(now / every) * every + offset
        return at <= now and at + every or at
    end
    local due = now
    if previous then
        due = previous + every
        if due < now and not rule.all then due = in_phase() end
    elseif rule.start then
        due = math.max(rule.start, now)
    elseif offset > 0 then
        due = in_phase()
    end
    due = math.floor(due)
    return due, offset > 0 and offset or due % every
end

local function run_id(scheduler, due)
    return 'repeat:' .. scheduler .. ':' .. string.format('%.0f', due)
end

-- Writes one run and lets it wait. `opts` is JSON in which the bytes 1, 2 and 3, which JSON
-- never has, stand for the time it is due, the time now and what lies between them.
local function make_run(run, now, now_text, queue)
    local id = run_id(run.scheduler, run.due)
    local key, events = P .. id, P .. 'events'
    local due_text = string.format('%.0f', run.due)
    local delay = math.max(0, run.due - now)
    local delay_text = string.format('%.0f', delay)
    local opts = string.gsub(run.opts, '[\1\2\3]',
        {['\1'] = due_text, ['\2'] = now_text, ['\3'] = delay_text})
    call('ZADD', P .. 'repeat', due_text, run.scheduler)
    call('HSET', key, 'name', run.name, 'data', run.data, 'opts', opts, 'timestamp', now_text,
        'delay', delay_text, 'priority', string.format('%d', run.priority),
        'rjk', run.scheduler)
    call('XADD', events, '*', 'event', 'added', 'jobId', id, 'name', run.name)
    if delay > 0 then
        call('ZADD', P .. 'delayed', queue.delay_score(P, run.due), id)
        queue.capped(P, 'event', 'delayed', 'jobId', id, 'delay', due_text)
        queue.delay_marker(P)
    else
        queue.push(P, id, run.priority, run.lifo and 'RPUSH' or 'LPUSH')
        queue.capped(P, 'event', 'waiting', 'jobId', id)
    end
    return id
end
