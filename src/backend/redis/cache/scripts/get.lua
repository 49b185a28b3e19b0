-- get.lua: reads entries, and lends those that are not there or not fresh.
--
--   KEYS  1 marks
--   ARGV  1 incarnation of marks that are not there   2 lease, ms; 0: lend none
--         3 token of the lease   4 also lend what is fresh for less than this, ms   5... keys
--
--   Returns {incarnation, latest number, and for each key:
--            the entry, or nil when there is none that is valid;
--            how long it is kept, ms; -1: there is one that this version cannot read;
--            -1 it is lent to the token, else how long it is lent to another, ms}
--
-- Reads work on a server that is full, too: then nothing is lent, and nobody loads for others.

--- @include "lib/marks.lua"
--- @include "lib/valid.lua"
local lease, token, ahead = ARGV[2], ARGV[3], tonumber(ARGV[4])
read_marks(ARGV[1])

local wrong_server
local function lend(key)
    local name = base .. 'l:' .. key
    if lease ~= '0' then
        local lent = try('SET', name, token, 'PX', lease, 'NX')
        if lent and lent.ok then return -1 end
        if lent then
            if string.find(lent.err, 'READONLY', 1, true) then wrong_server = lent end
            return 0
        end
        if try('GET', name) == token then return -1 end
    end
    return math.max(call('PTTL', name), 0)
end

local names = {}
for i = 5, #ARGV do names[i - 4] = base .. 'e:' .. ARGV[i] end
local values = #names > 0 and call('MGET', unpack(names))
local answer = {incarnation, latest}
for i = 1, #names do
    local key, value = ARGV[i + 4], values[i]
    local kept, fresh, served = 0, 0, false
    if value then
        local stale_for, generation, of, tags_length = read_head(value)
        if not stale_for then
            kept = -1
        elseif is_valid(key, of, generation, function()
            return string.sub(value, head_length + 1, head_length + tags_length)
        end) then
            kept = math.max(call('PTTL', names[i]), 0)
            fresh, served = kept - stale_for, kept > 0 and value
        end
    end
    local n = #answer
    answer[n + 1], answer[n + 2], answer[n + 3] = served, kept, 0
    if fresh <= 0 or fresh < ahead then answer[n + 3] = lend(key) end
end
return wrong_server or answer
