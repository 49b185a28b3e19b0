-- active_locks.lua: who holds jobs of a queue, some of the active ones at a time.
--
--   KEYS  1 wait
--   ARGV  1 position in `active` from its left   2 jobs in this step
--         3 what the tokens of interest begin with
--
--   Returns {jobs in this step, id, token...}.

--- @include "lib/base.lua"
local from, count = tonumber(ARGV[1]), tonumber(ARGV[2])
local ids = call('LRANGE', P .. 'active', from, from + count - 1)
local reply = {#ids}
if #ids == 0 then return reply end
local keys = {}
for i = 1, #ids do keys[i] = P .. ids[i] .. ':lock' end
local tokens = call('MGET', unpack(keys))
local start = ARGV[3]
for i = 1, #ids do
    if tokens[i] and string.sub(tokens[i], 1, #start) == start then
        reply[#reply + 1] = ids[i]
        reply[#reply + 1] = tokens[i]
    end
end
return reply
