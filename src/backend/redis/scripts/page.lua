-- page.lua: jobs of one state, by position.
--
--   KEYS  1 wait
--   ARGV  1 state: a set's or a list's suffix   2 start   3 end   4 1 ascending, 0 newest first
--         5 most jobs in this step
--
--   Returns {where to go on or -1, end, job...}: a job is {id, field, value...}.
--
-- The waiting jobs of a queue are `wait` and what BullMQ 5 set aside in `paused`, which stands
-- at its right, that is, runs first. Ids without a record are left out, as in BullMQ 6.

--- @include "lib/base.lua"
local name, ascending = ARGV[1], ARGV[4] == '1'
local listed = name == 'wait' or name == 'active'
local total, aside
if name == 'wait' then
    aside = call('LLEN', P .. 'paused')
    total = call('LLEN', wait_key) + aside
elseif listed then
    total = call('LLEN', P .. name)
else
    total = call('ZCARD', P .. name)
end
local first, last = tonumber(ARGV[2]), tonumber(ARGV[3])
if first < 0 then first = math.max(0, total + first) end
if last < 0 then last = total + last end
last = math.min(last, total - 1)
if first > last then return {-1, last} end
local stop = math.min(last, first + ARGV[5] - 1)

-- Positions of a list, from its left end.
local function of_list(from, to)
    if name ~= 'wait' then return call('LRANGE', P .. name, from, to) end
    local here = total - aside
    local ids = {}
    if from < here then ids = call('LRANGE', wait_key, from, math.min(to, here - 1)) end
    if to >= here then
        local more = call('LRANGE', P .. 'paused', math.max(0, from - here), to - here)
        for i = 1, #more do ids[#ids + 1] = more[i] end
    end
    return ids
end

local ids
if not listed then
    ids = call(ascending and 'ZRANGE' or 'ZREVRANGE', P .. name, first, stop)
elseif not ascending then
    ids = of_list(first, stop)
else
    local found = of_list(total - 1 - stop, total - 1 - first)
    ids = {}
    for i = #found, 1, -1 do ids[#ids + 1] = found[i] end
end
local reply = {stop < last and stop + 1 or -1, last}
for i = 1, #ids do
    local job = pcall_redis('HGETALL', P .. ids[i])
    if not job.err and #job > 0 then
        table.insert(job, 1, ids[i])
        reply[#reply + 1] = job
    end
end
return reply
