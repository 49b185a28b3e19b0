-- Jobs whose worker is gone go back to the front (bullmq-wire 3.15). One that came back more
-- than `most` times fails at its next take, unless a scheduler hangs on it.
local function put_back(queue, id, most)
    local key, events = P .. id, P .. 'events'
    local function has_scheduler(scheduler)
        return scheduler and scheduler ~= '' and (call('EXISTS', P .. 'repeat:' .. scheduler) == 1
            or call('ZSCORE', P .. 'repeat', scheduler))
    end
    local job = pcall_redis('HMGET', key, 'stc', 'rjk')
    if not job.err then
        local times = (tonumber(job[1] or '') or 0) + 1
        call('HSET', key, 'stc', string.format('%d', times))
        if times > most and not has_scheduler(job[2]) then
            call('HSET', key, 'defa', 'job stalled more than allowable limit')
        end
    end
    -- A wish to cancel the run goes with it.
    call('DEL', P .. 'toril:cancel:' .. id)
    call('RPUSH', queue.target(P), id)
    call('XADD', events, '*', 'event', 'waiting', 'jobId', id, 'prev', 'active')
    call('XADD', events, '*', 'event', 'stalled', 'jobId', id)
end
