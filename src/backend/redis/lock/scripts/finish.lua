-- finish.lua: stores the answer of what was done.
--
--   KEYS  1 record   2 lease
--   ARGV  1 token   2 value   3 failed, 0 or 1   4 how long it is replayed, ms   5 channel
--
--   Returns 0 stored, or stored before by the same token; 1 the record is another's, or gone.
--
-- The token of the record decides, not the lease: a lease that ended is no loss as long as
-- nobody else began.

local call = redis.call
local found = call('HMGET', KEYS[1], 'token', 'state')
if found[1] ~= ARGV[1] then return 1 end
if found[2] == 'done' then return 0 end
call('HSET', KEYS[1], 'state', 'done', 'value', ARGV[2], 'failed', ARGV[3])
call('PEXPIRE', KEYS[1], ARGV[4])
call('DEL', KEYS[2])
redis.pcall('PUBLISH', ARGV[5], 'done')
return 0
