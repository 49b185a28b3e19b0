-- add.lua: adds a batch of jobs.
--
--   KEYS  1 wait
--   ARGV  1 now, ms since 1970, or 0   2 repeat token or ''   3 sequence   4 its lifetime, ms
--         5 jobs, then for each: kind (s standard, l lifo, d delayed, p prioritized), id or '',
--         name, data, opts, timestamp or '', delay, priority
--
--   Returns {first counter, now, flags}: job i without an id of its own is number counter+i-1;
--           flags has a character a job, '1' where the id existed, and is '' when none did.
--   Events  added {jobId, name}, then waiting {jobId} or delayed {jobId, delay};
--           duplicated {jobId}
--
-- Everything that can be refused is read before the first write. That is INCRBY, which Redis
-- refuses when its memory is full, and then nothing has been changed.

--- @include "lib/base.lua"
--- @include "lib/clock.lua"
--- @include "lib/queue.lua"
local ARGV = ARGV
local token = ARGV[2]
local repeat_key
if token ~= '' then
    repeat_key = P .. 'toril:add:' .. token
    local answer = call('GET', repeat_key)
    if answer then
        local sequence, first, when, flags = string.match(answer, '^(%d+) (%d+) (%d+) (.*)$')
        if sequence == ARGV[3] then return {tonumber(first), tonumber(when), flags} end
        -- From a link that died: a later call had its answer, and so had this one.
        if tonumber(string.match(answer, '^%d+')) > tonumber(ARGV[3]) then
            return {err = 'TORILSTALE a later call has been answered'}
        end
    end
end

local now, now_text = clock(ARGV[1])
local events, marker, meta_key = P .. 'events', P .. 'marker', P .. 'meta'
local count = tonumber(ARGV[5])
local meta = call('HMGET', meta_key, 'opts.maxLenEvents', 'paused', 'concurrency', 'version')
local paused = meta[2]
local target = wait_key
if paused then
    local listed = call('LLEN', P .. 'paused') > 0
    if listed or (meta[4] and string.sub(meta[4], 1, 9) == 'bullmq:5.') then
        target = P .. 'paused'
    end
end

-- The reads below also find a key of the wrong type.
call('LLEN', wait_key)
local marked = call('ZSCORE', marker, '0')
local length = call('XLEN', events)
local blocked = paused
if not blocked and meta[3] then
    blocked = call('LLEN', P .. 'active') >= (tonumber(meta[3]) or math.huge)
end
local queue, prioritized
local delayed_count, priority_count = 0, 0
for at = 6, 5 + count * 8, 8 do
    local kind = ARGV[at]
    if kind == 'd' then delayed_count = delayed_count + 1 end
    if kind == 'p' then priority_count = priority_count + 1 end
end
if delayed_count > 0 then
    queue = queue_library()
    call('ZCARD', P .. 'delayed')
end
if priority_count > 0 then
    prioritized = P .. 'prioritized'
    call('ZCARD', prioritized)
    call('GET', P .. 'pc')
end

local first = call('INCRBY', P .. 'id', ARGV[5]) - count
local cap = meta[1]
if not cap or not string.find(cap, '^%d+$') then
    cap = '10000'
    call('HSET', meta_key, 'opts.maxLenEvents', cap)
end
local priority_counter
if priority_count > 0 then
    priority_counter = call('INCRBY', P .. 'pc', priority_count) - priority_count
end

local lefts, rights, delays, priorities = {}, {}, {}, {}
local left, right, delays_size, priorities_size = 0, 0, 0, 0
local flags
local at = 6
for i = 1, count do
    local kind, id = ARGV[at], ARGV[at + 1]
    local key, existed
    if id == '' then
        id = string.format('%d', first + i)
        key = P .. id
    else
        key = P .. id
        existed = call('EXISTS', key) == 1
    end
    if existed then
        call('XADD', events, '*', 'event', 'duplicated', 'jobId', id)
        flags = flags or {}
        flags[i] = '1'
    else
        local name, timestamp = ARGV[at + 2], ARGV[at + 5]
        if timestamp == '' then timestamp = now_text end
        call('HSET', key, 'name', name, 'data', ARGV[at + 3], 'opts', ARGV[at + 4],
            'timestamp', timestamp, 'delay', ARGV[at + 6], 'priority', ARGV[at + 7])
        call('XADD', events, '*', 'event', 'added', 'jobId', id, 'name', name)
        if kind == 'd' then
            local due = timestamp + ARGV[at + 6]
            local score = queue.delay_score(P, due)
            -- Written below, all at once: the score of the next one due then is counted on here.
            delays[delays_size + 1] = score
            delays[delays_size + 2] = id
            delays_size = delays_size + 2
            call('XADD', events, '*', 'event', 'delayed', 'jobId', id,
                'delay', string.format('%.0f', due))
        else
            if kind == 's' then
                left = left + 1
                lefts[left] = id
            elseif kind == 'l' then
                right = right + 1
                rights[right] = id
            else
                priority_counter = priority_counter + 1
                priorities[priorities_size + 1] =
                    ARGV[at + 7] * 4294967296 + priority_counter % 4294967296
                priorities[priorities_size + 2] = id
                priorities_size = priorities_size + 2
            end
            call('XADD', events, '*', 'event', 'waiting', 'jobId', id)
        end
    end
    at = at + 8
end

if left > 0 then call('LPUSH', target, unpack(lefts)) end
if right > 0 then call('RPUSH', target, unpack(rights)) end
if priorities_size > 0 then call('ZADD', prioritized, unpack(priorities)) end
if delays_size > 0 then
    call('ZADD', P .. 'delayed', unpack(delays))
    queue.delay_marker(P)
end
if not marked and not blocked and left + right + priorities_size > 0 then
    call('ZADD', marker, '0', '0')
end
-- Redis frees whole blocks of a hundred events: to ask for less is in vain.
if length >= cap + 100 then call('XTRIM', events, 'MAXLEN', '~', cap) end

local flag_text = ''
if flags then
    for i = 1, count do flags[i] = flags[i] or '0' end
    flag_text = table.concat(flags)
end
if repeat_key then
    local answer = string.format('%s %d %s %s', ARGV[3], first, now_text, flag_text)
    call('SET', repeat_key, answer, 'PX', ARGV[4])
end
return {first, now, flag_text}
