-- valid.lua: whether an entry is valid.

local start = 'tc\1'  -- of an entry that this version can read
local head_length = 60

-- As base/glob.hpp. Not by Lua's own patterns: some of those would hold up the server for hours.
local byte = string.byte
local function glob_matches(pattern, text)
    local p, t, after_star, star_takes_to = 1, 1, nil, 0
    local pattern_length, text_length = #pattern, #text
    while t <= text_length do
        local c = byte(pattern, p)
        if c == 42 then
            p = p + 1
            if p > pattern_length then return true end
            after_star, star_takes_to = p, t
        else
            local at, is_any = p, c == 63
            if c == 92 and p < pattern_length then
                at = p + 1
                c = byte(pattern, at)
            end
            if c and (is_any or c == byte(text, t)) then
                p, t = at + 1, t + 1
            elseif not after_star then
                return false
            else
                star_takes_to = star_takes_to + 1
                p, t = after_star, star_takes_to
            end
        end
    end
    while byte(pattern, p) == 42 do p = p + 1 end
    return p > pattern_length
end

local function is_described(key, generation)
    local all = patterns or read_patterns()
    for i = #all, 1, -1 do
        if all[i][1] <= generation then return false end
        if glob_matches(all[i][2], key) then return true end
    end
    return false
end

local function has_newer_tag(tags, generation)
    local fields, at, length = {}, 1, #tags
    while at <= length do
        local tag, after = read('>I4c0', tags, at)
        fields[#fields + 1] = 't:' .. tag
        at = after
    end
    local numbers = call('HMGET', KEYS[1], unpack(fields))
    for i = 1, #fields do
        if numbers[i] and tonumber(numbers[i]) > generation then return true end
    end
    return false
end

-- `tags()` gives the tags as the entry has them. Tags that cannot be read count as newer.
local function is_valid(key, entry_incarnation, generation, tags)
    if entry_incarnation ~= incarnation then return false end
    if generation < floor or generation > latest then return false end
    if generation == latest then return true end
    if is_described(key, generation) then return false end
    local packed = tags()
    if #packed == 0 then return true end
    local could_read, is_newer = pcall(has_newer_tag, packed, generation)
    return could_read and not is_newer
end

-- Of the entry that begins with `bytes`: how long it is kept after it was fresh, its generation,
-- its incarnation and the length of its tags. Nothing when this version cannot read it.
local function read_head(bytes)
    if #bytes < head_length or string.sub(bytes, 1, 3) ~= start then return nil end
    return read('>I8I8c16xxxxxxxxI4', bytes, 5)
end
