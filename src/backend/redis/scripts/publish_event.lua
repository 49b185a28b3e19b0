-- publish_event.lua: adds an event that a program makes up.
--
--   KEYS  1 wait
--   ARGV  1 name   2... fields and values

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
call('XLEN', P .. 'events')
queue_library().capped(P, 'event', unpack(ARGV))
return 0
