-- add_flow.lua: adds trees of jobs, in any queues of one slot: all of them, or none.
--
--   KEYS  1 wait of the queue that remembers the call
--   ARGV  1 now, ms since 1970, or 0   2 repeat token or ''   3 sequence   4 its lifetime, ms
--         5 queues, then the prefix of each; jobs, then for each: number of its queue, and its
--         arguments (lib/adding.lua), with an id and after its parent
--
--   Returns a character a job: 0 added, 1 existed. When any is refused: 5 its parent does not
--           exist, 7 it has another parent, c would have been added; and nothing was changed.
--   Events  added {jobId, name}, then waiting {jobId}, delayed {jobId, delay} or
--           waiting-children {jobId}; duplicated {jobId}; those of a parent that is released
--
-- All is read before the first write, which is INCRBY: Redis refuses it when its memory is full.

--- @include "lib/base.lua"
--- @include "lib/clock.lua"
--- @include "lib/queue.lua"
--- @include "lib/adding.lua"
local ARGV = ARGV
local repeat_key
if ARGV[2] ~= '' then
    repeat_key = P .. 'toril:add:' .. ARGV[2]
    local sequence, answer = string.match(call('GET', repeat_key) or '', '^(%d+) %d+\n(.*)$')
    if sequence == ARGV[3] then return answer end
end

local now, now_text = clock(ARGV[1])
local queue = queue_library()
local adding = adding_library(queue, now)
local queue_count = tonumber(ARGV[5])
local count = tonumber(ARGV[6 + queue_count])

-- ---- what is there --------------------------------------------------------------------------

local nodes, flags, refused = {}, {}, false
local planned = {}  -- key of a job that this call adds: the key of its parent, or true
local adds = {}     -- prefix of a queue: jobs that are for it

local function exists(key) return planned[key] or call('EXISTS', key) == 1 end

local function flag_of(job, key)
    local existed, old = adding.prepare(job.q, job)
    if planned[key] then existed, old = true, planned[key] end
    local parent = job.parent
    if parent and not exists(parent.key) then return '5' end
    if not existed then
        planned[key] = parent and parent.key or true
        return '0'
    end
    if parent and old and old ~= true and old ~= parent.key and exists(old) then return '7' end
    if parent then planned[key] = parent.key end
    return '1'
end

local at = 7 + queue_count
for i = 1, count do
    local job = job_at(at + 1, now_text)
    job.q = ARGV[5 + tonumber(ARGV[at])]
    local flag = flag_of(job, job.q .. job.id)
    if flag == '5' or flag == '7' then refused = true end
    nodes[i], flags[i] = job, flag
    adds[job.q] = (adds[job.q] or 0) + 1
    at = at + 1 + job_arguments
end
local function remember(answer)
    if repeat_key then
        call('SET', repeat_key, ARGV[3] .. ' ' .. now_text .. '\n' .. answer, 'PX', ARGV[4])
    end
    return answer
end

if refused then return remember((string.gsub(table.concat(flags), '[01]', 'c'))) end

-- ---- adding ---------------------------------------------------------------------------------

for i = 1, queue_count do
    local q = ARGV[5 + i]
    if adds[q] then call('INCRBY', q .. 'id', adds[q]) end
end
for i = 1, count do
    local job = nodes[i]
    local place = adding.place(job.q)
    if flags[i] == '0' then
        adding.write(place, job, job.id)
    else
        adding.duplicate(place, job, false)
    end
end

-- Only now: before the last child is there, a parent would be released too early.
local released = {}
local function release(key, parent)
    if released[key] then return end
    released[key] = true
    adding.release(parent)
end
for i = 1, count do
    local job = nodes[i]
    if job.kind == 'c' then
        local key = job.q .. job.id
        release(key, {q = job.q, id = job.id, dependencies = key .. ':dependencies'})
    end
    if job.parent then release(job.parent.key, job.parent) end
end
adding.wake()
return remember(table.concat(flags))
