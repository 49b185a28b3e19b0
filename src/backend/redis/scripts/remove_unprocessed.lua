-- remove_unprocessed.lua: removes the jobs that a job waits for, but those that run or failed,
-- with the jobs below them by the same rule (bullmq-wire 3.13).
--
--   KEYS  1 wait
--   ARGV  1 id
--
--   Returns how many were removed, or -1 no such job.
--   Events  removed {jobId, prev}; waiting {jobId, prev} of the job, if nothing is left to
--           wait for

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
--- @include "lib/removal.lua"
local key = P .. ARGV[1]
if call('EXISTS', key) == 0 then return -1 end
local removal = removal_library(queue_library())
removal.prepare(key)
removal.remove_children(key, 'unprocessed', 0)
return removal.removed
