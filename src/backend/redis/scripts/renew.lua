-- renew.lua: prolongs the locks of running jobs.
--
--   KEYS  1 wait
--   ARGV  1 lock duration, ms   2 leases, then for each: id, token
--
--   Returns a string with a character a lease: 1 renewed, 0 lost.
--
-- PEXPIRE, not SET: Redis allows it when its memory is full, and a job that runs then must not
-- lose its lock for that.

--- @include "lib/base.lua"
local count = tonumber(ARGV[2])
local keys, ids = {}, {}
for i = 1, count do keys[i] = P .. ARGV[i * 2 + 1] .. ':lock' end
local tokens = call('MGET', unpack(keys))
local flags, held = {}, 0
call('SCARD', P .. 'stalled')
for i = 1, count do
    flags[i] = '0'
    if tokens[i] == ARGV[i * 2 + 2] and call('PEXPIRE', keys[i], ARGV[1]) == 1 then
        flags[i] = '1'
        held = held + 1
        ids[held] = ARGV[i * 2 + 1]
    end
end
if held > 0 then call('SREM', P .. 'stalled', unpack(ids)) end
return table.concat(flags)
