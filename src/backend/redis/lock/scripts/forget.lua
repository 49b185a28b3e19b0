-- forget.lua: gives up what was begun; the next one who asks does it.
--
--   KEYS  1 record   2 lease
--   ARGV  1 token   2 how long the fence is kept, ms   3 channel
--
--   Returns 0 forgotten; 1 the record is another's, is done, or is gone.

local call = redis.call
local found = call('HMGET', KEYS[1], 'token', 'state')
if found[1] ~= ARGV[1] or found[2] ~= 'running' then return 1 end
call('HDEL', KEYS[1], 'state', 'fingerprint', 'token')
call('PEXPIRE', KEYS[1], ARGV[2])
call('DEL', KEYS[2])
redis.pcall('PUBLISH', ARGV[3], 'forgotten')
return 0
