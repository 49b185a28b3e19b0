-- job.lua: one job and where it is.
--
--   KEYS  1 wait
--   ARGV  1 id
--
--   Returns {state, field, value...}, or -1 no such job.

--- @include "lib/base.lua"
--- @include "lib/state.lua"
local reply = call('HGETALL', P .. ARGV[1])
if #reply == 0 then return -1 end
table.insert(reply, 1, state_of(ARGV[1]))
return reply
