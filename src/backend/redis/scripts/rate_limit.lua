-- rate_limit.lua: lets nobody with a limit start a job for a while, or again.
--
--   KEYS  1 wait
--   ARGV  1 how long, ms; 0: again
--
-- BullMQ's mark for a limit that was set by hand: as many starts as a number can count.

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
if ARGV[1] ~= '0' then
    call('SET', P .. 'limiter', '9007199254740991', 'PX', ARGV[1])
    return 0
end
local waiting = call('LLEN', wait_key) + call('ZCARD', P .. 'prioritized')
call('ZCARD', P .. 'marker')
if call('DEL', P .. 'limiter') == 1 and waiting > 0 then queue_library().base_marker(P) end
return 0
