-- The time: the caller's if it gave one, else the server's.
local function clock(given)
    if given ~= '0' then return tonumber(given), given end
    local time = call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    return now, string.format('%.0f', now)
end

