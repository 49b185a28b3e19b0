-- remove.lua: removes a job, and the jobs below it if asked (bullmq-wire 3.13).
--
--   KEYS  1 wait
--   ARGV  1 id   2 1 its children too
--
--   Returns 0, or -1 no such job, -2 it or a child that goes along is locked,
--           -8 a schedule hangs on it.
--   Events  removed {jobId, prev}; waiting {jobId, prev} of a parent that is released

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
--- @include "lib/removal.lua"
local id, children_too = ARGV[1], ARGV[2] == '1'
local key = P .. id
local queue = queue_library()
local removal = removal_library(queue)
if queue.is_pending_iteration(P, id, call('HGET', key, 'rjk')) then return -8 end
removal.prepare(key)
if removal.is_locked(key) or (children_too and removal.is_any_locked(key)) then return -2 end
return removal.remove(P, id, children_too and 'all' or 'none', 0) and 0 or -1
