-- tell.lua: makes listeners hear of an entry that did not change.
--
-- Who waits for the load of another waits for news of the entry. A lease that ends with none would
-- keep them waiting for as long as it could have lasted.

local function tell(name)
    local first = redis.pcall('GETRANGE', name, 0, 0)
    if type(first) ~= 'string' then return end
    if first ~= '' then
        redis.call('SETRANGE', name, 0, first)
    else
        redis.call('SET', name, '')
        redis.call('DEL', name)
    end
end
