-- The larger of the last fence + 1 and the server's clock in microseconds, as digits: %.0f is
-- exact up to 2^53, where tostring() would round.
local fence_kept = '31622400000'
local function next_fence(last)
    local now = redis.call('TIME')
    local fence = now[1] * 1000000 + now[2]
    local after_last = (tonumber(last or '0') or 0) + 1
    if after_last > fence then fence = after_last end
    return string.format('%.0f', fence)
end
