-- In the middle of finish_and_take.lua: jobs that ended, per minute (bullmq-wire 3.4.1). All of a
-- batch end at one time, so they count together.
local sums = {completed = 0, failed = 0}
for i in pairs(jobs) do
    local kind = controls[ARGV[8 + i * 5]].kind
    local name = kind == 'c' and 'completed' or kind == 'f' and 'failed'
    if name then sums[name] = sums[name] + 1 end
end
for name, sum in pairs(sums) do
    local key = P .. 'metrics:' .. name
    local count = sum > 0 and call('HINCRBY', key, 'count', sum) - sum
    local last = count and call('HMGET', key, 'prevTS', 'prevCount')
    if last and not last[1] then
        call('HSET', key, 'prevTS', now_text, 'prevCount', '0')
    elseif last then
        local past = math.floor(now / 60000) - math.floor((tonumber(last[1]) or now) / 60000)
        past = math.min(past, tonumber(minutes))
        if past > 0 then
            call('LPUSH', key .. ':data', count - (tonumber(last[2] or '') or 0))
            for _ = 2, past do call('LPUSH', key .. ':data', '0') end
            call('LTRIM', key .. ':data', '0', minutes - 1)
            call('HSET', key, 'prevCount', count, 'prevTS', now_text)
        end
    end
end
