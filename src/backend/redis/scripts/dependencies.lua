-- dependencies.lua: a page of a job's children in one state.
--
--   KEYS  1 wait
--   ARGV  1 id   2 which: dependencies, processed, failed, unsuccessful   3 cursor
--         4 about so many
--
--   Returns {next cursor, key...}, with processed and failed {next cursor, key, value...}, or
--           -1 no such job.

--- @include "lib/base.lua"
local key, which = P .. ARGV[1], ARGV[2]
if call('EXISTS', key) == 0 then return -1 end
local scans = {dependencies = 'SSCAN', processed = 'HSCAN', failed = 'HSCAN',
    unsuccessful = 'ZSCAN'}
local page = call(scans[which], key .. ':' .. which, ARGV[3], 'COUNT', ARGV[4])
local reply, found = {page[1]}, page[2]
for i = 1, #found, which == 'unsuccessful' and 2 or 1 do reply[#reply + 1] = found[i] end
return reply
