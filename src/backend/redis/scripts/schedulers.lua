-- schedulers.lua: schedulers by their next run.
--
--   KEYS  1 wait
--   ARGV  1 start   2 end   3 1 soonest first, 0 latest first   4 most in this step
--
--   Returns {where to go on or -1, end, scheduler...}: one is {id, next run, field, value...}.
--
-- One without a record is left out: something removed half of it.

--- @include "lib/base.lua"
local total = call('ZCARD', P .. 'repeat')
local first, last = tonumber(ARGV[1]), tonumber(ARGV[2])
if first < 0 then first = math.max(0, total + first) end
if last < 0 then last = total + last end
last = math.min(last, total - 1)
if first > last then return {-1, last} end
local stop = math.min(last, first + ARGV[4] - 1)
local found = call(ARGV[3] == '1' and 'ZRANGE' or 'ZREVRANGE', P .. 'repeat', first, stop,
    'WITHSCORES')
local reply = {stop < last and stop + 1 or -1, last}
for i = 1, #found, 2 do
    local record = pcall_redis('HGETALL', P .. 'repeat:' .. found[i])
    if not record.err and #record > 0 then
        reply[#reply + 1] = {found[i], found[i + 1], unpack(record)}
    end
end
return reply
