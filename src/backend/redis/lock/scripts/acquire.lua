-- acquire.lua: gives a lock to who asks, unless another has it.
--
--   KEYS  1 lock   2 fence
--   ARGV  1 token   2 owner   3 ttl, ms
--
--   Returns the fence when it is held by the token now; or {owner, fence, remaining ms} of who
--           holds it.
--
--   lock  := token "|" fence "|" owner, for its ttl
--   fence := the last one that was given; kept for a year
--
-- A token that has it already gets its fence again, and the whole ttl: its first answer got lost.
-- Expiry is relative: no change of a clock ends a lock early or late. The clock is read for the
-- fence alone, which thereby grows even when the server forgot the last one.

local call = redis.call
local held = call('GET', KEYS[1])
if held then
    local token, fence, owner = string.match(held, '^([^|]*)|(%d+)|(.*)$')
    if not token then return redis.error_reply('TORILFORM') end
    if token == ARGV[1] then
        call('PEXPIRE', KEYS[1], ARGV[3])
        return fence
    end
    return {owner, fence, call('PTTL', KEYS[1])}
end
--- @include "lib/fence.lua"
local fence = next_fence(call('GET', KEYS[2]))
call('SET', KEYS[2], fence, 'PX', fence_kept)
call('SET', KEYS[1], ARGV[1] .. '|' .. fence .. '|' .. ARGV[2], 'PX', ARGV[3])
return fence
