-- logs.lua: a page of a job's log.
--
--   KEYS  1 wait
--   ARGV  1 id   2 start   3 end   4 1 oldest first, 0 newest first
--
--   Returns {rows in all, row...}, or -1 no such job.

--- @include "lib/base.lua"
local rows = P .. ARGV[1] .. ':logs'
local reply = {call('LLEN', rows)}
if reply[1] == 0 and call('EXISTS', P .. ARGV[1]) == 0 then return -1 end
local total = reply[1]
local first, last = tonumber(ARGV[2]), tonumber(ARGV[3])
if first < 0 then first = math.max(0, total + first) end
if last < 0 then last = total + last end
last = math.min(last, total - 1)
if first > last then return reply end
if ARGV[4] == '1' then
    local page = call('LRANGE', rows, first, last)
    for i = 1, #page do reply[i + 1] = page[i] end
else
    local page = call('LRANGE', rows, total - 1 - last, total - 1 - first)
    for i = #page, 1, -1 do reply[#reply + 1] = page[i] end
end
return reply
