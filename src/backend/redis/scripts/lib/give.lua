-- In the middle of finish_and_take.lua: gives one job to the worker.
local function give(id, job)
    if job.err then  -- not a job: some other key of that name
        call('XADD', events, '*', 'event', 'removed', 'jobId', id, 'prev', 'wait')
        return
    end
    local key = P .. id
    local size, starts_before, is_job = #job, nil, false
    local failing = false
    for at = 1, size, 2 do
        local field = job[at]
        if field == 'ats' then starts_before = tonumber(job[at + 1])
        elseif field == 'name' or field == 'opts' then is_job = true
        elseif field == 'defa' then failing = true end
    end
    if not failing then charged = charged + 1 end
    if not is_job and not failing then
        job[size + 1], job[size + 2] = 'defa', 'the record of this job is missing'
        size = size + 2
    end
    local ats = number_text((starts_before or 0) + 1)
    job[size + 1], job[size + 2], job[size + 3] = 'ats', ats, id
    taken_count = taken_count + 1
    taken[taken_count], ids[taken_count] = job, id
    call('SET', key .. ':lock', ARGV[5], 'PX', ARGV[6])
    if ARGV[7] ~= '' then
        call('HSET', key, 'processedOn', now_text, 'pb', ARGV[7], 'ats', ats)
    else
        call('HSET', key, 'processedOn', now_text, 'ats', ats)
    end
    call('XADD', events, '*', 'event', 'active', 'jobId', id, 'prev', 'waiting')
end
