-- dependency_counts.lua: how many of a job's children are in each state.
--
--   KEYS  1 wait
--   ARGV  1 id
--
--   Returns {unprocessed, processed, ignored, failed}, or -1 no such job.

--- @include "lib/base.lua"
local key = P .. ARGV[1]
if call('EXISTS', key) == 0 then return -1 end
return {call('SCARD', key .. ':dependencies'), call('HLEN', key .. ':processed'),
    call('HLEN', key .. ':failed'), call('ZCARD', key .. ':unsuccessful')}
