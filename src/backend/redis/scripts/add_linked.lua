-- add_linked.lua: adds jobs of which some have a parent, a deduplication id or a scheduler.
--
--   KEYS  1 wait
--   ARGV  1 now, ms since 1970, or 0   2 repeat token or ''   3 sequence   4 its lifetime, ms
--         5 jobs, then for each its arguments (lib/adding.lua)
--
--   Returns an answer a job: "a" id added, "e" id it existed, "d" id which holds the
--           deduplication id, "5" its parent does not exist, "7" it has another parent.
--   Events  added {jobId, name}, then waiting {jobId} or delayed {jobId, delay};
--           duplicated {jobId}; deduplicated {jobId, deduplicationId, deduplicatedJobId};
--           removed {jobId, prev} of a job that is replaced; those of a parent that is released
--
-- As in add.lua, what may be refused is read before the first write, which is INCR.

--- @include "lib/base.lua"
--- @include "lib/clock.lua"
--- @include "lib/queue.lua"
--- @include "lib/state.lua"
--- @include "lib/adding.lua"
--- @include "lib/deduplication.lua"
local ARGV = ARGV
local repeat_key
if ARGV[2] ~= '' then
    repeat_key = P .. 'toril:add:' .. ARGV[2]
    local last = call('GET', repeat_key) or '0'
    local sequence, answer = string.match(last, '^(%d+) %d+\n(.*)$')
    if sequence == ARGV[3] then return cmsgpack.unpack(answer) end
    if tonumber(string.match(last, '^%d+')) > tonumber(ARGV[3]) then
        return {err = 'TORILSTALE a later call has been answered'}
    end
end

local now, now_text = clock(ARGV[1])
local queue = queue_library()
local adding = adding_library(queue, now)
local place = adding.place(P)
local jobs = {}
for i = 1, tonumber(ARGV[5]) do
    local at = 6 + (i - 1) * job_arguments
    local job = job_at(at, now_text)
    adding.prepare(P, job)
    if ARGV[at + 12] ~= '' then
        job.deduplication = deduplication_of(ARGV[at + 12], ARGV[at + 13])
        prepare_deduplication(job.deduplication)
    end
    jobs[i] = job
end

-- Another parent that is still there keeps its child.
local function has_other_parent(job)
    local old = job.parent and call('HGET', P .. job.id, 'parentKey')
    return old and old ~= job.parent.key and call('EXISTS', old) == 1
end

local function add(job)
    local parent = job.parent
    if parent and call('EXISTS', parent.key) == 0 then return '5' end
    local counter = call('INCR', P .. 'id')
    local id = job.id ~= '' and job.id or string.format('%d', counter)
    if job.id ~= '' and call('EXISTS', P .. id) == 1 then
        if has_other_parent(job) then return '7' end
        adding.duplicate(place, job, true)
        return 'e' .. id
    end
    local owner = job.deduplication and deduplicate(place, job, id, adding, queue)
    if owner then return 'd' .. owner end
    adding.write(place, job, id)
    local replaced = job.replaced
    if replaced and replaced.parent then queue.detach(replaced.key, false, replaced.parent, P) end
    return 'a' .. id
end

local answers = {}
for i = 1, #jobs do answers[i] = add(jobs[i]) end
adding.wake()
if repeat_key then
    local answer = ARGV[3] .. ' ' .. now_text .. '\n' .. cmsgpack.pack(answers)
    call('SET', repeat_key, answer, 'PX', ARGV[4])
end
return answers
