-- probe_write.lua: write something that goes by itself.
--
--   KEYS  1 probe
--   ARGV  1 how long it stays, ms
--
-- A script, as everything else that the store writes is one: a user may be allowed to SET and not
-- to EVAL. The key is the same for all, so there is one at most.

return redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
