-- set_rate_limit.lua: sets or lifts the most starts in a window over all workers.
--
--   KEYS  1 wait
--   ARGV  1 most starts, or '' for no limit   2 window, ms
--
-- A marker lets workers know at once, as in set_concurrency.lua.

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
local queue = queue_library()
local waiting = call('LLEN', wait_key) + call('ZCARD', P .. 'prioritized')
call('ZCARD', P .. 'marker')
if ARGV[1] == '' then
    call('HDEL', P .. 'meta', 'max', 'duration')
else
    call('HSET', P .. 'meta', 'max', ARGV[1], 'duration', ARGV[2])
end
if waiting > 0 then queue.base_marker(P) end
return 0
