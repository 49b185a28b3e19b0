-- remove_deduplication.lua: frees a deduplication id.
--
--   KEYS  1 wait
--   ARGV  1 deduplication id   2 only if this job holds it, or ''
--
--   Returns 1, or 0 it was not held.   No event, as in BullMQ.

--- @include "lib/base.lua"
local holder = P .. 'de:' .. ARGV[1]
local owner = call('GET', holder)
if not owner or (ARGV[2] ~= '' and owner ~= ARGV[2]) then return 0 end
return call('DEL', holder)
