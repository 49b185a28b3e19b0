-- remove_scheduler.lua: ends a scheduler. Its pending run goes too, if it is not due yet.
--
--   KEYS  1 wait
--   ARGV  1 scheduler
--
--   Returns 0, or -1 no such scheduler.
--   Events  removed {jobId, prev}

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
local next_run = call('ZSCORE', P .. 'repeat', ARGV[1])
if not next_run then return -1 end
local id = 'repeat:' .. ARGV[1] .. ':' .. next_run
call('XLEN', P .. 'events')
if call('ZREM', P .. 'delayed', id) == 1 then
    call('DEL', queue_library().job_keys(P .. id))
    call('XADD', P .. 'events', '*', 'event', 'removed', 'jobId', id, 'prev', 'delayed')
end
call('ZREM', P .. 'repeat', ARGV[1])
call('DEL', P .. 'repeat:' .. ARGV[1])
return 0
