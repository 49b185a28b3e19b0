-- counts.lua: how many jobs are in each state.
--
--   KEYS  1 wait
--
--   Returns {wait, active, delayed, prioritized, waiting-children, completed, failed, paused}.

--- @include "lib/base.lua"
-- BullMQ 4 may have left a marker, "0:...", at a list's right end: it is no job.
local function length(name)
    local count = call('LLEN', P .. name)
    local last = count > 0 and call('LINDEX', P .. name, '-1')
    return last and string.sub(last, 1, 2) == '0:' and count - 1 or count
end
return {length('wait'), call('LLEN', P .. 'active'), call('ZCARD', P .. 'delayed'),
    call('ZCARD', P .. 'prioritized'), call('ZCARD', P .. 'waiting-children'),
    call('ZCARD', P .. 'completed'), call('ZCARD', P .. 'failed'), length('paused')}
