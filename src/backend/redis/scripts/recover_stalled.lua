-- recover_stalled.lua: puts jobs whose worker is gone back to the front (bullmq-wire 3.15).
--
--   KEYS  1 wait
--   ARGV  1 now, ms since 1970, or 0   2 interval, ms   3 most recoveries
--
--   Returns the ids that were put back.
--   Events  waiting {jobId, prev}, stalled {jobId}
--
-- Two looks, one interval apart: what is active at the first and has not renewed its lock by
-- the second, and has none any more, is put back. One look an interval for the whole fleet.

--- @include "lib/base.lua"
--- @include "lib/clock.lua"
--- @include "lib/queue.lua"
--- @include "lib/put_back.lua"
local now, now_text = clock(ARGV[1])
local check_key, stalled_key = P .. 'stalled-check', P .. 'stalled'
local active_key = P .. 'active'
local interval = tonumber(ARGV[2])
local checked = call('GET', check_key)
if checked then
    -- A test moves the time it gives; the key's own time to live does not follow.
    local at = tonumber(checked)
    if ARGV[1] == '0' or not at or now < at + interval then return {} end
end
local ids = call('SMEMBERS', stalled_key)
local active = call('LRANGE', active_key, '0', '-1')
call('LLEN', wait_key)
call('XLEN', P .. 'events')
call('ZSCORE', P .. 'marker', '0')
if interval > 0 then
    call('SET', check_key, now_text, 'PX', string.format('%.0f', interval))
end
local queue = queue_library()
call('XTRIM', P .. 'events', 'MAXLEN', '~', queue.event_cap(P))

local recovered = {}
local suspects = {}
for i = 1, #ids do suspects[ids[i]] = true end
if #ids > 0 then call('DEL', stalled_key) end
-- From the newest to the oldest: each goes to the very front, so the oldest ends up first.
for i = 1, #active do
    local id = active[i]
    local key = P .. id
    if not suspects[id] then
        -- not there at the last look
    elseif string.sub(id, 1, 2) == '0:' then
        call('LREM', active_key, '1', id)
    elseif call('EXISTS', key .. ':lock') == 0 and call('LREM', active_key, '1', id) > 0 then
        put_back(queue, id, tonumber(ARGV[3]))
        recovered[#recovered + 1] = id
    end
end
if #recovered > 0 then queue.base_marker(P) end

local gone = {}
for i = 1, #recovered do gone[recovered[i]] = true end
local marks, size = {}, 0
for i = 1, #active do
    if not gone[active[i]] then
        size = size + 1
        marks[size] = active[i]
    end
    if size == 7000 or (i == #active and size > 0) then
        call('SADD', stalled_key, unpack(marks, 1, size))
        size = 0
    end
end
return recovered
