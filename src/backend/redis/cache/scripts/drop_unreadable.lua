-- drop_unreadable.lua: removes an entry that was found to be damaged, unless it is another one.
--
--   KEYS  1 the entry
--   ARGV  1 how it began

if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) ~= ARGV[1] then return 0 end
return redis.call('UNLINK', KEYS[1])
