-- Jobs whose worker is gone go back to the front (bullmq-wire 3.15). One that came back more
-- than `most` times fails at its next take, unless a scheduler hangs on it; so does one that was
-- asked to stop. The token in a mark tells the runs of Node, which end without dropping it.
local function put_back(queue, id, most)
    local key, events = P .. id, P .. 'events'
    local function has_scheduler(scheduler)
        return scheduler and scheduler ~= '' and (call('EXISTS', P .. 'repeat:' .. scheduler) == 1
            or call('ZSCORE', P .. 'repeat', scheduler))
    end
    local job = pcall_redis('HMGET', key, 'stc', 'rjk')
    local mark = call('GET', P .. 'toril:cancel:' .. id)
    local token, reason = string.match(mark or '', '^([^\n]*)\n(.*)$')
    if token and string.find(token, '^%x+%-%x+%-%x+%-%x+%-%x+:%d+$') then reason = nil end
    if not job.err then
        local times = (tonumber(job[1] or '') or 0) + 1
        call('HSET', key, 'stc', string.format('%d', times))
        if reason then
            call('HSET', key, 'defa', reason)
        elseif times > most and not has_scheduler(job[2]) then
            call('HSET', key, 'defa', 'job stalled more than allowable limit')
        end
    end
    if mark then call('DEL', P .. 'toril:cancel:' .. id) end
    call('RPUSH', queue.target(P), id)
    call('XADD', events, '*', 'event', 'waiting', 'jobId', id, 'prev', 'active')
    call('XADD', events, '*', 'event', 'stalled', 'jobId', id)
end
