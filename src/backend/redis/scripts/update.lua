-- update.lua: replaces a job's data or progress.
--
--   KEYS  1 wait
--   ARGV  1 id   2 data or progress   3 JSON
--
--   Returns 0, or -1 no such job.
--   Events  progress {jobId, data}

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
local id, field = ARGV[1], ARGV[2]
call('HGET', P .. id, field)
if call('EXISTS', P .. id) == 0 then return -1 end
if field == 'progress' then
    call('XLEN', P .. 'events')
    call('HSET', P .. id, field, ARGV[3])
    queue_library().capped(P, 'event', 'progress', 'jobId', id, 'data', ARGV[3])
else
    call('HSET', P .. id, field, ARGV[3])
end
return 0
