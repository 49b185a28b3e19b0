-- release_owner.lua: takes a lock from its holder, who is known by name.
--
--   KEYS  1 lock
--   ARGV  1 owner   2 channel of those who wait   3 channel of those who hold   4 key, for the
--         latter
--
--   Returns 0 released, 1 nobody holds it; or {owner} of another who does.

local held = redis.call('GET', KEYS[1])
if not held then return 1 end
local owner = string.match(held, '^[^|]*|%d+|(.*)$')
if not owner then return redis.error_reply('TORILFORM') end
if owner ~= ARGV[1] then return {owner} end
redis.call('DEL', KEYS[1])
redis.pcall('PUBLISH', ARGV[2], 'released')
redis.pcall('PUBLISH', ARGV[3], ARGV[4])
return 0
