-- continue_scheduler.lua: makes the run after one that was taken.
--
--   KEYS  1 wait
--   ARGV  1 now, ms since 1970, or 0   2 scheduler   3 the run   4 next run, ms, with a pattern,
--         or 0   5 the run's options   6 options of the next one (lib/schedule.lua), in which byte
--         4 stands for what its `repeat` is
--
--   Returns 1, or 0: it is not the pending run, nothing comes after it, or a job stands there.
--   Events  added {jobId, name}, then delayed {jobId, delay} or waiting {jobId}; duplicated {jobId}
--
-- Keys of BullMQ 4's repeatable jobs, with colons in them, have other job ids: they are never
-- the pending run. Those that are an MD5 become schedulers here, and keep their data.

--- @include "lib/base.lua"
--- @include "lib/clock.lua"
--- @include "lib/queue.lua"
--- @include "lib/schedule.lua"
local scheduler = ARGV[2]
local record = P .. 'repeat:' .. scheduler
local previous = call('ZSCORE', P .. 'repeat', scheduler)
if not previous or ARGV[3] ~= 'repeat:' .. scheduler .. ':' .. previous then return 0 end
local now, now_text = clock(ARGV[1])
local kept = call('HMGET', record, 'every', 'pattern', 'offset', 'name', 'data', 'endDate', 'limit',
    'startDate', 'missed', 'ic')
local run = call('HMGET', P .. ARGV[3], 'name', 'data')
local fine, opts = pcall(cjson.decode, ARGV[5])
if not fine or type(opts) ~= 'table' then opts = {} end
local rule = type(opts['repeat']) == 'table' and opts['repeat'] or {}

local count = (tonumber(rule.count) or 0) + 1
local is_scheduler = kept[10]  -- else the run's own options say how often, and until when
local most = tonumber(kept[7] or (not is_scheduler and rule.limit) or '')
local last = tonumber(kept[6] or (not is_scheduler and rule.endDate) or '')
if (most and count > most) or (last and now > last) then return 0 end

local due = tonumber(ARGV[4])
local every = tonumber(kept[1] or (not kept[2] and rule.every) or '')
if every and every > 0 then
    due = next_every({every = every, offset = tonumber(kept[3] or rule.offset) or 0,
        all = kept[9] == 'all'}, tonumber(previous), now)
end
if not due or due <= 0 then return 0 end
call('LLEN', wait_key)
call('XLEN', P .. 'events')
call('ZCARD', P .. 'marker')
local queue = queue_library()
local id = run_id(scheduler, due)
if call('EXISTS', P .. id) == 1 then
    queue.capped(P, 'event', 'duplicated', 'jobId', id)
    return 0
end

-- Member by member, as cjson leaves 14 digits of a number.
rule.count = count
local members = {}
for name, value in pairs(rule) do
    local text = type(value) == 'number' and string.format('%.17g', value) or cjson.encode(value)
    members[#members + 1] = cjson.encode(name) .. ':' .. text
end
table.sort(members)
local next_opts = string.gsub(ARGV[6], '\4', function()
    return '{' .. table.concat(members, ',') .. '}'
end)

call('INCR', P .. 'id')
local data = kept[5]
if not data and not is_scheduler and run[2] and run[2] ~= '{}' then
    data = run[2]
    call('HSET', record, 'data', data)
end
call('HINCRBY', record, 'ic', '1')
make_run({scheduler = scheduler, due = due, name = kept[4] or run[1] or scheduler,
    data = data or '{}', opts = next_opts, priority = tonumber(opts.priority) or 0,
    lifo = opts.lifo == true}, now, now_text, queue)
return 1
