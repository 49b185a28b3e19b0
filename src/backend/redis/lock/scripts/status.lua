-- status.lua: who holds a lock.
--
--   KEYS  1 lock
--
--   Returns {owner, fence, remaining ms}, or nil.

local held = redis.call('GET', KEYS[1])
if not held then return false end
local fence, owner = string.match(held, '^[^|]*|(%d+)|(.*)$')
if not fence then return redis.error_reply('TORILFORM') end
return {owner, fence, redis.call('PTTL', KEYS[1])}
