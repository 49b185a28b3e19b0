-- give_back.lua: ends a lease, if it is still the token's.
--
--   KEYS  1 the lease
--   ARGV  1 token

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
