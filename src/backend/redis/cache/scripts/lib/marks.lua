-- marks.lua: the marks of a cache, in the hash KEYS[1]. docs/internals/redis-keys.md has the format.

local call, try = redis.call, redis.pcall
local read, write = struct.unpack, struct.pack
local base = string.sub(KEYS[1], 1, -6)  -- without "marks"

local incarnation, latest, floor

-- Marks that are not there were lost: every entry is of another incarnation then, and invalid.
-- DEL comes first as a full server allows it, and then what follows it in the same script too.
local function read_marks(new_incarnation)
    local found = call('HMGET', KEYS[1], 'incarnation', 'latest', 'floor')
    incarnation, latest, floor = found[1], tonumber(found[2]), tonumber(found[3])
    if incarnation and latest and floor then return end
    call('DEL', KEYS[1])
    call('HSET', KEYS[1], 'incarnation', new_incarnation, 'latest', 0, 'floor', 0)
    incarnation, latest, floor = new_incarnation, 0, 0
end

-- All {number, pattern}, in the order of their numbers.
local patterns
local function read_patterns()
    patterns = {}
    local packed = call('HGET', KEYS[1], 'patterns')
    local at = 1
    while packed and at <= #packed do
        local number, pattern, after = read('>I8I4c0', packed, at)
        patterns[#patterns + 1] = {number, pattern}
        at = after
    end
    return patterns
end
