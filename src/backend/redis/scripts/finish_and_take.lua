-- finish_and_take.lua: ends some jobs, lets due ones in, and gives out others.
--
--   KEYS  1 wait
--   ARGV  1 now, ms since 1970, or 0   2 worker:lane, or ''   3 sequence   4 jobs to take
--         5 token for their locks   6 lock duration, ms   7 worker name or ''
--         8 rate limit or ''   9 its window, ms   10 outcomes, then for each: id, token, control,
--         value, stacktrace; behind them, if finished jobs are counted per minute, the most
--         minutes that are kept
--
--   control := kind "|" keep_count? "|" keep_age_s? "|" delay "|" attempts "|" made?
--   kind    := c complete | f fail | r retry | h hand back | p postpone | w wait for children
--              | l hand back, and no starts for `delay`
--   made    := attempts made before this one, of a job without a deduplication key; without it
--              both are read from the record
--
--   Returns {now, codes, next due or 0, limited for, blocked, job...}: codes is 0 when every
--           outcome is recorded, else one code an outcome (below); a job is the fields and values
--           of its record, a later one of a field being the right one, then its id.
--   Events  completed, failed, retries-exhausted, delayed, waiting, waiting-children, active,
--           drained
--
-- Codes: 0 done, 1 no such job, 2 lock gone, 3 not active, 4 has pending children, 6 another's
-- lock, 9 has failed children, 20 a key of the job has the wrong type, 21 one of its parent or
-- its deduplication has.
--
-- Reads come first: a key of the wrong type ends the script before anything is changed. The
-- first write is never one that Redis refuses when its memory is full, so what is done can be
-- recorded, and its memory freed, even then.

--- @include "lib/base.lua"
--- @include "lib/clock.lua"
--- @include "lib/queue.lua"
--- @include "lib/requeue.lua"
--- @include "lib/outcomes.lua"
local ARGV = ARGV
local sub, find, format = string.sub, string.find, string.format
local active_key, events = P .. 'active', P .. 'events'
local prioritized_key, delayed_key, marker = P .. 'prioritized', P .. 'delayed', P .. 'marker'

-- All of a job: each field that HMGET is asked for and does not find costs Redis as much as
-- two that HGETALL brings.
local function read_job(id)
    return pcall_redis('HGETALL', P .. id)
end

--- @include "lib/replay.lua"

-- ---- what is there -------------------------------------------------------------------------

local take, outcomes = tonumber(ARGV[4]), tonumber(ARGV[10])
local memory
local locks, lock_keys = {}, {}
local marks, marked_jobs  -- runs that were asked to stop, if there are such
if outcomes > 0 then
    marks = P .. 'toril:cancel'
    for i = 1, outcomes do lock_keys[i] = P .. ARGV[6 + i * 5] .. ':lock' end
    lock_keys[outcomes + 1] = marks
    locks = call('MGET', unpack(lock_keys))
    marked_jobs = locks[outcomes + 1]
end
local minutes = ARGV[11 + outcomes * 5]
if ARGV[2] ~= '' then
    memory = P .. 'toril:worker:' .. ARGV[2]
    local last = call('GET', memory)
    if last then
        local sequence = tonumber(string.match(last, '^%d+'))
        local asked = tonumber(ARGV[3])
        if sequence == asked then return replay(last) end
        if sequence > asked then return {err = 'TORILSTALE a later call has been answered'} end
    end
end

local now, now_text = clock(ARGV[1])
local meta = call('HMGET', P .. 'meta', 'paused', 'concurrency', 'opts.maxLenEvents',
    'max', 'duration')
local waiting = call('LLEN', wait_key)
local first_due = call('ZRANGE', delayed_key, '0', '0', 'WITHSCORES')
local events_length = call('XLEN', events)
local most_starts = tonumber(meta[4] or ARGV[8])
if most_starts and most_starts <= 0 then most_starts = nil end
local starts = most_starts and tonumber(call('GET', P .. 'limiter') or '0') or 0
local cap = meta[3]
local cap_missing = not cap or not find(cap, '^%d+$')
if cap_missing then cap = '10000' end
local queue  -- the library, when something rare is needed

-- ---- what the outcomes may do ------------------------------------------------------------

local codes, jobs, controls = {}, {}, {}
local completing, failing
local finishing, refused = 0, false
local unusual = first_due[2] and tonumber(first_due[2]) < (now + 1) * 4096

-- In two looks at all jobs: whether each has a record, and whether any has or had children.
-- Nearly always they do, and have not.
local function look_at_all()
    local records, families, size = {}, {}, 0
    for i = 1, outcomes do
        local key = P .. ARGV[6 + i * 5]
        records[i] = key
        families[size + 1], families[size + 2] = key .. ':dependencies', key .. ':unsuccessful'
        size = size + 2
    end
    return call('EXISTS', unpack(records)) == outcomes, call('EXISTS', unpack(families)) > 0
end

if outcomes > 0 then
    local all_exist, families = look_at_all()
    local seen = {}
    local family = families and family_library()
    for i = 1, outcomes do
        local at = 6 + i * 5
        local id, text = ARGV[at], ARGV[at + 2]
        local control = controls[text]
        if not control then
            control = control_of(text)
            controls[text] = control
        end
        local code
        if seen[id] or locks[i] ~= ARGV[at + 1] then
            code = (seen[id] or not locks[i]) and 2 or 6
            if not seen[id] and call('EXISTS', P .. id) == 0 then code = 1 end
        else
            local job
            job, code = job_to_finish(P .. id, control, all_exist)
            if job and families then
                code = family.refusal(P .. id, control.kind) or 0
                if code ~= 0 then job = nil end
            end
            if job and (job.parent or job.deduplication) then
                unusual = true
                family = family or family_library()
                if not family.can_settle(job) then
                    job, code = nil, 21
                elseif families and job.parent then
                    queue = queue or queue_library()
                    family.note_child(P .. id, job, control, queue)
                end
            end
            if job then
                seen[id] = true
                finishing = finishing + 1
                jobs[i] = job
                local kind = control.kind
                if kind == 'c' then completing = true
                elseif kind == 'f' then failing = true
                else
                    unusual = true
                    if kind == 'w' then call('ZCARD', P .. 'waiting-children') end
                end
            end
        end
        codes[i] = code
        if code ~= 0 then refused = true end
    end
end

-- The rest of what may be written to. With enough to take in `wait`, nobody looks further.
local by_priority, marked = 0, false
if unusual or waiting <= take then by_priority = call('ZCARD', prioritized_key) end
if unusual or waiting + by_priority > take then marked = call('ZSCORE', marker, '0') end
if completing then call('ZCARD', P .. 'completed') end
if failing then call('ZCARD', P .. 'failed') end
if outcomes == 0 or unusual then call('LLEN', active_key) end
if minutes then
    for _, name in ipairs({'completed', 'failed'}) do
        call('HLEN', P .. 'metrics:' .. name)
        call('LLEN', P .. 'metrics:' .. name .. ':data')
    end
end

-- ---- out of `active` -----------------------------------------------------------------------
-- Jobs mostly end in the order in which they began, so those of a batch stand close together
-- at the tail: it is read, cut off, and what stays put back, instead of one search for each.

if finishing > 0 then
    -- First of all, as it does no harm if a wrong type of `active` ends the script below.
    local ids, size = {}, 0
    for i = 1, outcomes do
        if jobs[i] then
            size = size + 1
            ids[size] = ARGV[6 + i * 5]
        end
    end
    if call('EXISTS', P .. 'stalled') == 1 then call('SREM', P .. 'stalled', unpack(ids)) end
end
if finishing > 2 then
    local index = {}
    for i = 1, outcomes do
        if jobs[i] then index[ARGV[6 + i * 5]] = i end
    end
    local reach = finishing * 2 + 8
    local tail = call('LRANGE', active_key, -reach, '-1')
    local stay, staying, found = {}, 0, {}
    for at = #tail, 1, -1 do
        local i = index[tail[at]]
        if i and not found[i] then
            found[i] = true
        else
            staying = staying + 1
            stay[staying] = tail[at]
        end
    end
    call('LTRIM', active_key, '0', -(reach + 1))
    if staying > 0 then
        local again = {}
        for at = 1, staying do again[at] = stay[staying + 1 - at] end
        call('RPUSH', active_key, unpack(again))
    end
    for i in pairs(jobs) do
        if not found[i] and call('LREM', active_key, '-1', ARGV[6 + i * 5]) == 0 then
            jobs[i], codes[i], refused = nil, 3, true
        end
    end
elseif finishing > 0 then
    for i in pairs(jobs) do
        if call('LREM', active_key, '-1', ARGV[6 + i * 5]) == 0 then
            jobs[i], codes[i], refused = nil, 3, true
        end
    end
end

-- ---- recording the outcomes ------------------------------------------------------------------

local finished, changed = 0, false

-- Finished jobs join their set together, as long as they are kept by the same rule.
local ended = {completed = {size = 0}, failed = {size = 0}}

-- A job that the rules no longer keep: softly, that is without events, but a parent that waits
-- for it must know.
local function forget(set, ids)
    local keys, size = {}, 0
    for i = 1, #ids do
        local key = P .. ids[i]
        local parent = pcall_redis('HGET', key, 'parentKey')
        if parent and not parent.err then
            queue = queue or queue_library()
            pcall(queue.detach, key, false, parent, P)  -- it may be damaged: this job goes
        end
        keys[size + 1], keys[size + 2], keys[size + 3] = key, key .. ':logs', key .. ':processed'
        keys[size + 4], keys[size + 5] = key .. ':dependencies', key .. ':failed'
        keys[size + 6] = key .. ':unsuccessful'
        size = size + 6
    end
    if size > 0 then
        call('DEL', unpack(keys))
        call('ZREM', set, unpack(ids))
    end
end

local function flush(name)
    local group = ended[name]
    if group.size == 0 then return end
    local set, control = P .. name, group.control
    call('ZADD', set, unpack(group, 1, group.size))
    if control.age then
        forget(set, call('ZREVRANGEBYSCORE', set, format('%.0f', now - control.age * 1000),
            '-inf', 'LIMIT', '0', '1000'))
    end
    if control.count and call('ZCARD', set) > control.count then
        forget(set, call('ZREVRANGE', set, control.count, control.count + 999))
    end
    group.size = 0
end

-- What a finished job owes to others: its deduplication key, and its parent.
local function settle(job, key, control, value)
    queue = queue or queue_library()
    if job.deduplication then
        local owner = P .. 'de:' .. job.deduplication
        local lives = call('PTTL', owner)
        if lives == 0 or (lives == -1 and call('GET', owner) == sub(key, #P + 1)) then
            call('DEL', owner)
        end
        requeue_last(job.deduplication, now, now_text, queue)
    end
    if job.parent then
        local q, id, flags = queue.parent_of(job.parent, call('HGET', key, 'parent'))
        if q then
            local parent = {q = q, id = id, flags = flags}
            if control.kind == 'c' then
                queue.child_completed(key, parent, value, now)
            else
                flush('failed')  -- where the parent may be
                queue.child_failed(key, parent, value, now)
            end
        end
    end
end

local gone, gone_size = {}, 0  -- keys of jobs that are not kept

local function number_text(number)
    return number == 1 and '1' or format('%d', number)
end

local function finish(id, job, control, at)
    local key, value = P .. id, ARGV[at + 3]
    local made = number_text(job.made)
    local complete = control.kind == 'c'
    if job.deduplication or job.parent then settle(job, key, control, value) end
    if control.count == 0 then
        gone[gone_size + 1], gone[gone_size + 2] = key, key .. ':logs'
        gone[gone_size + 3], gone[gone_size + 4] = key .. ':dependencies', key .. ':processed'
        gone[gone_size + 5], gone[gone_size + 6] = key .. ':failed', key .. ':unsuccessful'
        gone_size = gone_size + 6
        if job.parent then queue.detach(key, false, job.parent, P) end
    else
        local name = complete and 'completed' or 'failed'
        local group = ended[name]
        if group.size > 0 and group.control.keep ~= control.keep then flush(name) end
        group.control = control
        group[group.size + 1], group[group.size + 2] = now_text, id
        group.size = group.size + 2
        if complete then
            call('HSET', key, 'returnvalue', value, 'finishedOn', now_text, 'atm', made)
        else
            call('HSET', key, 'failedReason', value, 'finishedOn', now_text, 'atm', made)
            if ARGV[at + 4] ~= '' then call('HSET', key, 'stacktrace', ARGV[at + 4]) end
            call('HDEL', key, 'defa')
        end
    end
    if complete then
        call('XADD', events, '*', 'event', 'completed', 'jobId', id, 'returnvalue', value,
            'prev', 'active')
    else
        call('XADD', events, '*', 'event', 'failed', 'jobId', id, 'failedReason', value,
            'prev', 'active')
        if job.made >= control.attempts then
            call('XADD', events, '*', 'event', 'retries-exhausted', 'jobId', id,
                'attemptsMade', made)
        end
    end
end

-- How a job goes on that ends without a result. Made when one does.
local function moves_library()
    local M = {}

    -- Again after a delay, or at once: behind the others, a LIFO job in front of them.
    local function come_again(id, delay)
        local key = P .. id
        if delay ~= '0' then
            local due = now + delay
            call('HSET', key, 'delay', delay)
            call('ZADD', delayed_key, queue.delay_score(P, due), id)
            call('XADD', events, '*', 'event', 'delayed', 'jobId', id,
                'delay', format('%.0f', due))
            queue.delay_marker(P)
            return
        end
        local job = call('HMGET', key, 'priority', 'opts')
        local priority = tonumber(job[1] or '') or 0
        if priority > 0 then
            call('ZADD', prioritized_key, queue.priority_score(P, priority), id)
        else
            call(queue.side_of(job[2]), queue.target(P), id)
        end
        call('XADD', events, '*', 'event', 'waiting', 'jobId', id, 'prev', 'active')
    end

    function M.r(id, job, control, at)
        local key = P .. id
        call('HSET', key, 'failedReason', ARGV[at + 3], 'atm', number_text(job.made))
        if ARGV[at + 4] ~= '' then call('HSET', key, 'stacktrace', ARGV[at + 4]) end
        come_again(id, control.delay)
    end

    function M.p(id, job, control) come_again(id, control.delay) end

    function M.h(id)
        local priority = tonumber(call('HGET', P .. id, 'priority') or '') or 0
        if priority > 0 then
            call('ZADD', prioritized_key, priority * 4294967296, id)
        else
            call('RPUSH', queue.target(P), id)
        end
        call('XADD', events, '*', 'event', 'waiting', 'jobId', id, 'prev', 'active')
    end

    -- For its children, unless they are done.
    function M.w(id)
        if call('SCARD', P .. id .. ':dependencies') == 0 then return M.h(id) end
        call('ZADD', P .. 'waiting-children', now_text, id)
        call('XADD', events, '*', 'event', 'waiting-children', 'jobId', id, 'prev', 'active')
    end

    function M.l(id, job, control)
        M.h(id)
        if control.delay == '0' then return end
        starts = 9007199254740991  -- more than any limit
        call('SET', P .. 'limiter', '9007199254740991', 'PX', control.delay)
    end

    return M
end

if next(jobs) then
    changed = true
    local keys, size = lock_keys, outcomes
    if refused then
        keys, size = {}, 0
        for i = 1, outcomes do
            if jobs[i] then
                size = size + 1
                keys[size] = lock_keys[i]
            end
        end
    end
    call('DEL', unpack(keys, 1, size))
    if marked_jobs then
        for i in pairs(jobs) do call('DEL', marks .. ':' .. ARGV[6 + i * 5]) end
    end
    local moves
    for i = 1, outcomes do
        local job = jobs[i]
        if job then
            local at = 6 + i * 5
            local control = controls[ARGV[at + 2]]
            local kind = control.kind
            if kind == 'c' or kind == 'f' then
                finish(ARGV[at], job, control, at)
                finished = finished + 1
            else
                queue = queue or queue_library()
                moves = moves or moves_library()
                moves[kind](ARGV[at], job, control, at)
            end
        end
    end
    flush('completed')
    flush('failed')
    if gone_size > 0 then call('DEL', unpack(gone)) end
    if minutes and finished > 0 then
        --- @include "lib/count_minutes.lua"
    end
    if queue then  -- something rare happened, which may have moved jobs of this queue
        waiting = call('LLEN', wait_key)
        by_priority = call('ZCARD', prioritized_key)
        first_due = call('ZRANGE', delayed_key, '0', '0', 'WITHSCORES')
    end
end

-- ---- letting in what is due ------------------------------------------------------------------

local function promote()
    queue = queue or queue_library()
    local target = queue.target(P)
    local ids = call('ZRANGEBYSCORE', delayed_key, '0', (now + 1) * 4096 - 1,
        'LIMIT', '0', '1000')
    if #ids == 0 then return end
    call('ZREM', delayed_key, unpack(ids))
    local list, size = {}, 0
    for i = 1, #ids do
        local id = ids[i]
        local key = P .. id
        local job = call('HMGET', key, 'priority', 'name')
        local priority = tonumber(job[1] or '') or 0
        if priority > 0 then
            call('ZADD', prioritized_key, queue.priority_score(P, priority), id)
        else
            size = size + 1
            list[size] = id
        end
        call('XADD', events, '*', 'event', 'waiting', 'jobId', id, 'prev', 'delayed')
        if job[1] or job[2] then call('HSET', key, 'delay', '0') end
    end
    if size > 0 then call('LPUSH', target, unpack(list)) end
    by_priority = by_priority + #ids - size
    if target == wait_key then waiting = waiting + size end
    first_due = call('ZRANGE', delayed_key, '0', '0', 'WITHSCORES')
    changed = true
end

if first_due[2] and tonumber(first_due[2]) < (now + 1) * 4096 then promote() end

-- ---- taking ------------------------------------------------------------------------------------

local room, blocked, limited = take, meta[1] and true or false, 0
local busy  -- jobs in `active`, when that matters
if meta[2] then
    busy = call('LLEN', active_key)
    room = math.min(room, math.max(0, (tonumber(meta[2]) or math.huge) - busy))
end
if blocked then room = 0 end

local limit_window
local startable = math.huge  -- jobs that the rate limit lets start
if most_starts then
    limit_window = starts >= most_starts and call('PTTL', P .. 'limiter')
    if limit_window and limit_window > 0 then
        limited, room = limit_window, 0
    elseif limit_window and limit_window == 0 then
        call('DEL', P .. 'limiter')
        starts = 0
    end
    -- A counter that never expires limits nothing, as in BullMQ.
    if not limit_window or limit_window == 0 then startable = most_starts - starts end
end

local taken, ids, taken_count = {}, {}, 0
local charged = 0

--- @include "lib/give.lua"

local listed  -- the one job is in `active` already
if room == 1 and waiting > 0 then
    local id = call('RPOPLPUSH', wait_key, active_key)
    waiting = waiting - 1
    if sub(id, 1, 2) == '0:' then
        call('LREM', active_key, '1', id)
    else
        give(id, read_job(id))
        listed = taken_count == 1
        if not listed then call('LREM', active_key, '1', id) end
    end
end
-- Jobs that come to be failed are not charged, so another look may find more.
while taken_count < room and waiting > 0 and charged < startable do
    local list = call('LRANGE', wait_key, -math.min(room - taken_count, startable - charged), '-1')
    local size = #list
    call('LTRIM', wait_key, '0', -(size + 1))
    waiting = waiting - size
    for i = size, 1, -1 do
        local id = list[i]
        -- "0:..." is a marker that BullMQ 4 left in the list.
        if sub(id, 1, 2) ~= '0:' then give(id, read_job(id)) end
    end
end
while taken_count < room and by_priority > 0 and charged < startable do
    local list = call('ZRANGE', prioritized_key, '0',
        math.min(room - taken_count, startable - charged) - 1)
    call('ZREMRANGEBYRANK', prioritized_key, '0', #list - 1)
    by_priority = #list > 0 and by_priority - #list or 0
    for i = 1, #list do give(list[i], read_job(list[i])) end
end
if taken_count < room and charged < startable then call('DEL', P .. 'pc') end

if taken_count > 0 then
    changed = true
    if not listed then call('LPUSH', active_key, unpack(ids)) end
    if busy then busy = busy + taken_count end
    if most_starts and charged > 0 then
        starts = call('INCRBY', P .. 'limiter', charged)
        if starts == charged then
            local window = tonumber(ARGV[9] ~= '' and ARGV[9] or meta[5] or '') or 0
            call('PEXPIRE', P .. 'limiter', format('%.0f', math.abs(math.floor(window))))
        end
        if starts >= most_starts then limited = math.max(0, call('PTTL', P .. 'limiter')) end
    end
end
if meta[2] and busy >= (tonumber(meta[2]) or math.huge) then blocked = true end

-- ---- waking others --------------------------------------------------------------------------
-- One worker is woken by one marker. So whoever changed something while more waits leaves a
-- marker for the next, who does the same: that chain wakes as many as there is work for.

if changed and not blocked and not marked and waiting + by_priority > 0 then
    call('ZADD', marker, '0', '0')
end

local next_due = first_due[2] and math.floor(tonumber(first_due[2]) / 4096) or 0
if finished > 0 and taken_count == 0 and waiting + by_priority == 0
    and (take == 0 or (next_due == 0 and not blocked and limited == 0))
    and call('LLEN', active_key) == 0 then
    call('XADD', events, '*', 'event', 'drained')
end
if changed then
    if cap_missing then call('HSET', P .. 'meta', 'opts.maxLenEvents', cap) end
    -- Redis frees whole blocks of a hundred events: to ask for less is in vain.
    if events_length >= cap + 100 then
        call('XTRIM', events, 'MAXLEN', '~', cap)
    end
end

local codes_text = '0'
if refused then codes_text = table.concat(codes, ',') end
if memory then
    -- A full server refuses SET as a script's first write, not as its second.
    if not changed then call('DEL', memory) end
    local list = taken_count > 0 and table.concat(ids, '\0') .. '\0' or ''
    local head = format('%s %s %s %.0f %.0f %d\n', ARGV[3], now_text, codes_text, next_due,
        limited, blocked and 1 or 0)
    call('SET', memory, head .. list, 'PX', '600000')
end
local reply = {now, refused and codes or 0, next_due, limited, blocked and 1 or 0}
for i = 1, taken_count do reply[i + 5] = taken[i] end
return reply
