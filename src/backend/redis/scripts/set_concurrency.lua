-- set_concurrency.lua: sets or lifts the most active jobs over all workers.
--
--   KEYS  1 wait
--   ARGV  1 most active jobs, or '' for no limit
--
-- BullMQ leaves workers to find out at their next poll; a marker lets them know at once.

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
local queue = queue_library()
local waiting = call('LLEN', wait_key) + call('ZCARD', P .. 'prioritized')
call('ZCARD', P .. 'marker')
if ARGV[1] == '' then
    call('HDEL', P .. 'meta', 'concurrency')
else
    call('HSET', P .. 'meta', 'concurrency', ARGV[1])
end
if waiting > 0 then queue.base_marker(P) end
return 0
