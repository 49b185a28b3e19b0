-- diagnose.lua: which of a queue's keys has the wrong type.
--
--   KEYS  1 wait
--   ARGV  ids of jobs that may be damaged
--
--   Returns {key, type it has, type it should have}, or an empty list.

--- @include "lib/base.lua"
local kinds = {
    wait = 'list', active = 'list', paused = 'list',
    completed = 'zset', failed = 'zset', delayed = 'zset', prioritized = 'zset', marker = 'zset',
    ['waiting-children'] = 'zset', ['repeat'] = 'zset',
    stalled = 'set', events = 'stream', meta = 'hash',
    id = 'string', pc = 'string', limiter = 'string', ['stalled-check'] = 'string',
}
local function wrong(name, kind)
    local found = call('TYPE', P .. name).ok
    if found ~= 'none' and found ~= kind then return {P .. name, found, kind} end
end
for name, kind in pairs(kinds) do
    local found = wrong(name, kind)
    if found then return found end
end
for i = 1, #ARGV do
    local found = wrong(ARGV[i], 'hash')
    if found then return found end
end
return {}
