-- beat.lua: what is new among the marks of several caches.
--
--   KEYS  marks of each
--   ARGV  1 incarnation of marks that are not there
--         2... of each: the incarnation and the number that the caller knows
--
--   Returns for each: incarnation (empty: there is none, and none can be made), latest number,
--   the latest marks if there are newer ones than the caller knows
--
-- Writes, if only in theory, so that a server that has become a replica refuses it.

local answer = {}
for i = 1, #KEYS do
    local made = redis.pcall('HSETNX', KEYS[i], 'incarnation', ARGV[1])
    if type(made) == 'table' and string.find(made.err, 'READONLY', 1, true) then return made end
    if made == 1 then redis.call('HSET', KEYS[i], 'latest', 0, 'floor', 0) end
    local found = redis.call('HMGET', KEYS[i], 'incarnation', 'latest')
    local incarnation, latest = found[1] or '', tonumber(found[2]) or 0
    local is_behind = incarnation == ARGV[2 * i] and latest > tonumber(ARGV[2 * i + 1])
    local n = #answer
    answer[n + 1], answer[n + 2] = incarnation, latest
    answer[n + 3] = is_behind and redis.call('HGET', KEYS[i], 'recent') or ''
end
return answer
