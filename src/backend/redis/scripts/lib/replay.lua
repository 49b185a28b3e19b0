-- In finish_and_take.lua, behind what it uses.
-- The answer of a call that is repeated: as it was, the jobs read again. One whose lock is no
-- longer this call's has gone to another worker.
local function replay(last)
    local head, ids = string.match(last, '^([^\n]*)\n(.*)$')
    local now, codes, due, limited, blocked =
        string.match(head, '^%d+ (%d+) (%S+) (%d+) (%d+) (%d+)$')
    local reply = {tonumber(now), 0, tonumber(due), tonumber(limited), tonumber(blocked)}
    if codes ~= '0' then
        reply[2] = {}
        for code in string.gmatch(codes, '%d+') do reply[2][#reply[2] + 1] = tonumber(code) end
    end
    for id in string.gmatch(ids, '([^%z]+)%z') do
        if call('GET', P .. id .. ':lock') == ARGV[5] then
            local job = read_job(id)
            if not job.err then
                job[#job + 1] = id
                reply[#reply + 1] = job
            end
        end
    end
    return reply
end
