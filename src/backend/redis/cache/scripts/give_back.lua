-- give_back.lua: ends a lease, if it is still the token's.
--
--   KEYS  1 the lease   2 its entry
--   ARGV  1 token

--- @include "lib/tell.lua"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
tell(KEYS[2])
return 1
