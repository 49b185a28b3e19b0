-- pause.lua: stops a queue from giving out jobs.
--
--   KEYS  1 wait
--   ARGV  1 style: 5, 6, or '' to look which the queue is shared with
--
--   Events  paused
--
-- BullMQ 5 sets the waiting jobs aside in `paused`, and destroys `wait` when it resumes. 6 leaves
-- them where they are. Its own version in `meta`, or a list that 5 has left, tells them apart.

--- @include "lib/base.lua"
local style, paused_key = ARGV[1], P .. 'paused'
local version = call('HGET', P .. 'meta', 'version')
local aside = call('LLEN', paused_key)
local waiting = call('LLEN', wait_key)
call('XLEN', P .. 'events')
if style == '' then
    style = (aside > 0 or (version and string.sub(version, 1, 9) == 'bullmq:5.')) and '5' or '6'
end
if style == '5' and waiting > 0 then
    if aside == 0 then
        call('RENAME', wait_key, paused_key)
    else
        -- What is set aside already runs first: it stays at the right.
        while true do
            local part = call('LRANGE', wait_key, '-1000', '-1')
            if #part == 0 then break end
            local turned = {}
            for i = 1, #part do turned[i] = part[#part + 1 - i] end
            call('LPUSH', paused_key, unpack(turned))
            call('LTRIM', wait_key, '0', '-1001')
        end
    end
end
call('HSET', P .. 'meta', 'paused', '1')
call('DEL', P .. 'marker')
call('XADD', P .. 'events', '*', 'event', 'paused')
return 0
