-- change_delay.lua: makes one delayed job due `delay` from now.
--
--   KEYS  1 wait
--   ARGV  1 now, ms since 1970, or 0   2 id   3 delay, ms
--
--   Returns 0, or -1 no such job, -3 not delayed.
--   Events  delayed {jobId, delay}

--- @include "lib/base.lua"
--- @include "lib/clock.lua"
--- @include "lib/queue.lua"
local now = clock(ARGV[1])
local id = ARGV[2]
local queue = queue_library()
call('XLEN', P .. 'events')
call('ZCARD', P .. 'marker')
call('HGET', P .. id, 'delay')
if call('EXISTS', P .. id) == 0 then return -1 end
if call('ZREM', P .. 'delayed', id) == 0 then return -3 end
local due = now + ARGV[3]
call('ZADD', P .. 'delayed', queue.delay_score(P, due), id)
call('HSET', P .. id, 'delay', ARGV[3])
queue.capped(P, 'event', 'delayed', 'jobId', id, 'delay', string.format('%.0f', due))
queue.delay_marker(P)
return 0
