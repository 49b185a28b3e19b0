-- renew.lua: prolongs the locks of running jobs, and says which of these are to stop.
--
--   KEYS  1 wait
--   ARGV  1 lock duration, ms   2 leases, then for each: id, token
--
--   Returns a string with a character a lease: 1 renewed, 0 lost; or {that string, reason...}
--           with 2 for a job that was renewed and is to stop, and a reason for each of them.
--
-- PEXPIRE, not SET: Redis allows it when its memory is full, and a job that runs then must not
-- lose its lock for that.

--- @include "lib/base.lua"
local count = tonumber(ARGV[2])
local keys, ids = {}, {}
for i = 1, count do keys[i] = P .. ARGV[i * 2 + 1] .. ':lock' end
local marks = P .. 'toril:cancel'
keys[count + 1] = marks
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
if held == 0 or not tokens[count + 1] then return table.concat(flags) end

-- mark := token "\n" reason    of the run that is to stop; a job may have a new one by now
for i = 1, count do keys[i] = marks .. ':' .. ARGV[i * 2 + 1] end
local found = call('MGET', unpack(keys, 1, count))
local reply = {''}
for i = 1, count do
    local start = ARGV[i * 2 + 2] .. '\n'
    if flags[i] == '1' and found[i] and string.sub(found[i], 1, #start) == start then
        flags[i] = '2'
        reply[#reply + 1] = string.sub(found[i], #start + 1)
    end
end
reply[1] = table.concat(flags)
return reply
