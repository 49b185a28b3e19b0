-- entry.lua: an entry that is to be changed or removed, without its value.

-- How long it is kept after it was fresh; nil when there is none, or none that is valid.
local function valid_entry(name, key)
    local bytes = try('GETRANGE', name, 0, head_length - 1)
    if type(bytes) ~= 'string' then return nil end
    local stale_for, generation, of, tags_length = read_head(bytes)
    if not stale_for then return nil end
    local function tags()
        if tags_length == 0 then return '' end
        return call('GETRANGE', name, head_length, head_length + tags_length - 1)
    end
    return is_valid(key, of, generation, tags) and stale_for or nil
end
