-- release.lua: gives a lock back.
--
--   KEYS  1 lock
--   ARGV  1 token   2 channel of those who wait
--
--   Returns 0 released, 1 nobody held it any more, 2 another holds it.
--
-- pcall: a user who may not publish has released it all the same.

local held = redis.call('GET', KEYS[1])
if not held then return 1 end
local start = ARGV[1] .. '|'
if string.sub(held, 1, #start) ~= start then return 2 end
redis.call('DEL', KEYS[1])
redis.pcall('PUBLISH', ARGV[2], 'released')
return 0
