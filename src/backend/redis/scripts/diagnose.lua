-- diagnose.lua: which of a queue's keys has the wrong type.
--
--   KEYS  1 wait
--   ARGV  what else may be damaged: ids of jobs, keys of any queue's jobs and deduplication ids,
--         and prefixes of other queues, which end with a colon
--
--   Returns {key, type it has, type it should have}, or an empty list.

--- @include "lib/base.lua"
--- @include "lib/kinds.lua"
local parts = {
    [''] = 'hash', [':dependencies'] = 'set', [':processed'] = 'hash', [':failed'] = 'hash',
    [':unsuccessful'] = 'zset', [':logs'] = 'list', [':lock'] = 'string',
}

local function wrong(key, kind)
    local found = call('TYPE', key).ok
    if found ~= 'none' and found ~= kind then return {key, found, kind} end
end

local function wrong_of(key, suffixes)
    for suffix, kind in pairs(suffixes) do
        local found = wrong(key .. suffix, kind)
        if found then return found end
    end
end

local function wrong_in(name)
    if string.sub(name, -1) == ':' then return wrong_of(name, kinds) end
    if string.find(name, ':de:', 1, true) then return wrong(name, 'string') end
    if string.find(name, ':dn:', 1, true) then return wrong(name, 'hash') end
    local is_key = string.find(name, ':', 1, true) and not string.find(name, '^repeat:')
    local key = is_key and name or P .. name
    local found = wrong_of(key, parts)
    local parent = not found and call('HGET', key, 'parentKey')
    return found or (parent and wrong_of(parent, parts))
end

local found = wrong_of(P, kinds)
for i = 1, #ARGV do found = found or wrong_in(ARGV[i]) end
return found or {}
