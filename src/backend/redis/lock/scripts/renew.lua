-- renew.lua: prolongs locks.
--
--   KEYS  the locks
--   ARGV  for each: token, ttl in ms
--
--   Returns a string with a character a lock: 1 renewed, 0 gone or another's.
--
-- PEXPIRE, not SET: Redis allows it when its memory is full.

local held = redis.call('MGET', unpack(KEYS))
local flags = {}
for i = 1, #KEYS do
    local start = ARGV[i * 2 - 1] .. '|'
    flags[i] = '0'
    if held[i] and string.sub(held[i], 1, #start) == start and
       redis.call('PEXPIRE', KEYS[i], ARGV[i * 2]) == 1 then
        flags[i] = '1'
    end
end
return table.concat(flags)
