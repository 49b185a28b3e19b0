-- counts_per_priority.lua: how many jobs wait with each of some priorities.
--
--   KEYS  1 wait
--   ARGV  the priorities
--
--   Returns a count for each, in their order.

--- @include "lib/base.lua"
local counts = {}
for i = 1, #ARGV do
    local priority = tonumber(ARGV[i])
    if priority == 0 then
        counts[i] = call('LLEN', wait_key) + call('LLEN', P .. 'paused')
    else
        counts[i] = call('ZCOUNT', P .. 'prioritized', priority * 4294967296,
            '(' .. string.format('%.0f', (priority + 1) * 4294967296))
    end
end
return counts
