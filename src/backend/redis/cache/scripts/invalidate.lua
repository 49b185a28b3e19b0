-- invalidate.lua: gives each mark the next number of the cache.
--
--   KEYS  1 marks
--   ARGV  1 incarnation of marks that are not there   2 most marks that are remembered
--         3 most patterns of them   4 most that listeners can catch up with
--         5... of each mark: `t` tag, `p` pattern or `a` all, and its text
--
--   Returns {incarnation, latest number}
--
-- Listeners hear that the hash has changed and read what is new: beat.lua.

--- @include "lib/marks.lua"
read_marks(ARGV[1])
local marks_max, patterns_max, recent_max = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local fixed_fields = {incarnation = 1, latest = 1, floor = 1, recent = 1, patterns = 1}
local forgotten = floor
local tags, is_cleared, recent = {}, false, {}

local function forget_pattern(text)
    for i = 1, #patterns do
        if patterns[i][2] == text then return table.remove(patterns, i) end
    end
end

-- The older half of `list`, whose first elements are numbers in order; the rest is answered.
local function forget_half(list)
    local half = math.floor(#list / 2)
    forgotten = math.max(forgotten, list[half][1])
    return {unpack(list, half + 1)}
end

for i = 5, #ARGV, 2 do
    local kind, text = ARGV[i], ARGV[i + 1]
    latest = latest + 1
    recent[#recent + 1] = write('>I8c1I4', latest, kind, #text) .. text
    if kind == 't' then
        tags[text] = latest
    elseif kind == 'a' then
        forgotten, is_cleared, tags, patterns = latest, true, {}, {}
    else
        if not patterns then read_patterns() end
        forget_pattern(text)
        patterns[#patterns + 1] = {latest, text}
        if #patterns > patterns_max then patterns = forget_half(patterns) end
    end
end

-- The first command that writes: one that a full server refuses.
call('HSET', KEYS[1], 'latest', latest)

local known_recent = call('HGET', KEYS[1], 'recent') or ''
local from = 1
while from <= #known_recent do
    local number, _, length, after = read('>I8c1I4', known_recent, from)
    if number > latest - recent_max then break end
    from = after + length
end
local first = math.max(1, #recent - recent_max + 1)
call('HSET', KEYS[1], 'recent',
     string.sub(known_recent, from) .. table.concat(recent, '', first))

if is_cleared then
    local fields = call('HKEYS', KEYS[1])
    for i = 1, #fields do
        if not fixed_fields[fields[i]] then call('HDEL', KEYS[1], fields[i]) end
    end
end
for tag, number in pairs(tags) do call('HSET', KEYS[1], 't:' .. tag, number) end

-- Beyond what may be remembered, the older half goes: tags and patterns in one order.
local pattern_count = #(patterns or read_patterns())
if call('HLEN', KEYS[1]) - 5 + pattern_count > marks_max then
    local all, fields = {}, call('HGETALL', KEYS[1])
    for i = 1, #fields, 2 do
        if not fixed_fields[fields[i]] then all[#all + 1] = {tonumber(fields[i + 1]), fields[i]} end
    end
    for i = 1, pattern_count do all[#all + 1] = {patterns[i][1], false} end
    table.sort(all, function(a, b) return a[1] < b[1] end)
    forgotten = math.max(forgotten, all[math.ceil(#all / 2)][1])
    for i = 1, #all do
        if all[i][1] <= forgotten and all[i][2] then call('HDEL', KEYS[1], all[i][2]) end
    end
end

local packed = {}
for i = 1, pattern_count do
    local number, text = patterns[i][1], patterns[i][2]
    if number > forgotten then packed[#packed + 1] = write('>I8I4', number, #text) .. text end
end
call('HSET', KEYS[1], 'patterns', table.concat(packed), 'floor', forgotten)
return {incarnation, latest}
