-- rate_limit_ttl.lua: for how long the rate limit lets nobody start.
--
--   KEYS  1 wait
--   ARGV  1 most starts of who asks, or 0: the queue's own, else only a limit set by hand
--
--   Returns milliseconds; 0 when jobs may start.

--- @include "lib/base.lua"
local most = tonumber(ARGV[1])
if most == 0 then most = tonumber(call('HGET', P .. 'meta', 'max') or '') or 0 end
if most <= 0 then most = 9007199254740991 end
local starts = tonumber(call('GET', P .. 'limiter') or '0') or 0
if starts < most then return 0 end
return math.max(0, call('PTTL', P .. 'limiter'))
