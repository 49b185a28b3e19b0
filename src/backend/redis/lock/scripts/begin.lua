-- begin.lua: whether something is to be done now, is being done, or was done before.
--
--   KEYS  1 record   2 lease
--   ARGV  1 token   2 fingerprint   3 lease, ms   4 how long a record without lease is kept, ms
--
--   Returns {0, fence} do it; {1, remaining ms} another does; {2, value, failed} done before;
--           {3} the key was used for another request.
--
--   record := hash   state running | done   token fingerprint fence   value failed of one that is
--             done; fence alone: forgotten
--   lease  := token, for the time of the lease: without it a running record is nobody's
--
-- The token that runs gets its fence again, and the whole lease: its first answer got lost.

local call = redis.call
local found = call('HMGET', KEYS[1], 'state', 'fingerprint', 'token', 'fence', 'value', 'failed')
local state = found[1]
local other = found[2] and found[2] ~= ARGV[2]
if state == 'done' then
    if other then return {3} end
    return {2, found[5] or '', found[6] or '0'}
end
local lease = call('GET', KEYS[2])
local kept = string.format('%.0f', ARGV[3] + ARGV[4])
if state == 'running' and lease then
    if lease == ARGV[1] then
        call('PEXPIRE', KEYS[2], ARGV[3])
        call('PEXPIRE', KEYS[1], kept)
        return {0, found[4]}
    end
    if other then return {3} end
    return {1, call('PTTL', KEYS[2])}
end
--- @include "lib/fence.lua"
local fence = next_fence(found[4])
call('HSET', KEYS[1], 'state', 'running', 'fingerprint', ARGV[2], 'token', ARGV[1], 'fence', fence)
call('PEXPIRE', KEYS[1], kept)
call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
return {0, fence}
