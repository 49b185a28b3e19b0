-- recover_dead.lua: puts back jobs whose worker's process is proved to be dead.
--
--   KEYS  1 wait
--   ARGV  1 most recoveries   2... id and token in turn, the job taken last first
--
--   Returns the ids that were put back.
--   Events  waiting {jobId, prev}, stalled {jobId}
--
-- Only a job whose lock still has that token: another worker may have it by now.

--- @include "lib/base.lua"
--- @include "lib/queue.lua"
--- @include "lib/put_back.lua"
local active_key = P .. 'active'
call('LLEN', wait_key)
call('LLEN', active_key)
call('XLEN', P .. 'events')
call('ZCARD', P .. 'marker')
call('SCARD', P .. 'stalled')
local queue = queue_library()
local recovered = {}
for i = 2, #ARGV, 2 do
    local id = ARGV[i]
    local lock = P .. id .. ':lock'
    if call('GET', lock) == ARGV[i + 1] and call('LREM', active_key, '1', id) > 0 then
        call('DEL', lock)
        call('SREM', P .. 'stalled', id)
        put_back(queue, id, tonumber(ARGV[1]))
        recovered[#recovered + 1] = id
    end
end
if #recovered > 0 then queue.base_marker(P) end
return recovered
