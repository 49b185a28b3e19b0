-- remove_dependency.lua: a job's parent waits for it no longer (bullmq-wire 3.13).
--
--   KEYS  1 wait
--   ARGV  1 id
--
--   Returns 1, or 0 its parent did not depend on it, -1 no such job, -5 no parent that exists.
--   Events  waiting {jobId, prev} of a parent that is released

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
local key = P .. ARGV[1]
local parent = call('HGET', key, 'parentKey')
if call('EXISTS', key) == 0 then return -1 end
if not parent or parent == '' or call('EXISTS', parent) == 0 then return -5 end
local queue = queue_library()
local q = queue.split(parent)
if call('SISMEMBER', parent .. ':dependencies', key) == 0 then return 0 end
if q then
    call('ZCARD', q .. 'waiting-children')
    call('LLEN', queue.target(q))
    call('XLEN', q .. 'events')
    call('ZCARD', q .. 'marker')
end
queue.detach(key, false, parent, P)
call('HDEL', key, 'parentKey', 'parent')
return 1
