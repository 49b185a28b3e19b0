-- examine_ids.lua: which of these keys are records of jobs that no list holds, and which hold a
-- deduplication id for a job that is gone. Mends them if asked.
--
--   KEYS  1 wait
--   ARGV  1 1 mends   2... suffixes of keys of this queue
--
--   Returns {orphans, stale deduplication keys, one of the first, one of the second}.
--   Events  waiting {jobId}
--
-- An orphan goes where its record says that it belongs: finished, or to wait for a worker.

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
--- @include "lib/state.lua"
local queue = queue_library()
local mend = ARGV[1] == '1'
local orphans, stale, orphan, window = 0, 0, '', ''

local function put_back(id, job)
    local finished = tonumber(job[4] or '')
    if finished and job[5] then
        call('ZADD', P .. 'completed', finished, id)
    elseif finished and job[6] then
        call('ZADD', P .. 'failed', finished, id)
    else
        queue.push(P, id, tonumber(job[7] or '') or 0, 'LPUSH')
        queue.capped(P, 'event', 'waiting', 'jobId', id)
    end
end

local function look_at_window(suffix)
    local key = P .. suffix
    if call('TYPE', key).ok ~= 'string' or call('PTTL', key) ~= -1 then return end
    local owner = call('GET', key)
    if call('EXISTS', P .. owner) == 1 then return end
    stale, window = stale + 1, string.sub(suffix, 4)
    if mend then call('DEL', key, P .. 'dn:' .. window) end
end

for i = 2, #ARGV do
    local suffix = ARGV[i]
    if string.sub(suffix, 1, 3) == 'de:' then
        look_at_window(suffix)
    elseif call('TYPE', P .. suffix).ok == 'hash' then
        local job = call('HMGET', P .. suffix, 'name', 'data', 'timestamp', 'finishedOn',
            'returnvalue', 'failedReason', 'priority')
        if job[1] and job[2] and job[3] and state_of(suffix) == 'unknown' then
            orphans, orphan = orphans + 1, suffix
            if mend then put_back(suffix, job) end
        end
    end
end
return {orphans, stale, orphan, window}
