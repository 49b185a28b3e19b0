-- resume.lua: lets a queue give out jobs again.
--
--   KEYS  1 wait
--
--   Events  resumed
--
-- What BullMQ 5 set aside in `paused` is joined to the consuming end of `wait`, in either style:
-- BullMQ 5 renames it over `wait`, and jobs that were added there meanwhile are lost.

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
--- @include "lib/join_paused.lua"
local paused_key = P .. 'paused'
local aside = call('LLEN', paused_key)
local waiting = call('LLEN', wait_key)
call('XLEN', P .. 'events')
call('HDEL', P .. 'meta', 'paused')
if aside > 0 and waiting == 0 then
    call('RENAME', paused_key, wait_key)
elseif aside > 0 then
    join_paused()
end
if aside + waiting > 0 or call('ZCARD', P .. 'prioritized') > 0 then
    call('ZADD', P .. 'marker', '0', '0')
else
    queue_library().delay_marker(P)
end
call('XADD', P .. 'events', '*', 'event', 'resumed')
return 0
