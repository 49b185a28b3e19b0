-- scheduler.lua: one scheduler.
--
--   KEYS  1 wait
--   ARGV  1 scheduler
--
--   Returns {id, next run, field, value...}, or nothing when it is not there.

--- @include "lib/base.lua"
local next_run = call('ZSCORE', P .. 'repeat', ARGV[1])
if not next_run then return {} end
local record = call('HGETALL', P .. 'repeat:' .. ARGV[1])
if #record == 0 then return {} end
return {ARGV[1], next_run, unpack(record)}
