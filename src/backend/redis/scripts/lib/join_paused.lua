-- Joins what BullMQ 5 has set aside in `paused` to the consuming end of `wait`.
local function join_paused()
    while true do
        local part = call('LRANGE', P .. 'paused', '0', '6999')
        if #part == 0 then return end
        call('RPUSH', wait_key, unpack(part))
        call('LTRIM', P .. 'paused', '7000', '-1')
    end
end

