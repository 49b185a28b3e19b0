-- decide.lua: asks about rate limits, of several callers in one call.
--
--   KEYS  one an ask; no key twice among asks that belong together
--   ARGV  1 now, microseconds since 1970; 0: the server's clock
--         2 the asks, 59 bytes each (`record` below): kind (0 take, 1 peek, 2 refund, 3 debit),
--           how many of the next belong to it (all are taken, or none), shape, cost, max, burst,
--           per, and for gcra three spans of microseconds and parts of 1/max: what may be owed
--           for it to be allowed, what it takes, and the most that may be owed
--
--   Returns {now, a letter an ask, its state in the end, ...}
--           y done   n not taken: it, or one it belongs to, is refused   x not a state: not done
--
-- States as base/rate_limit.hpp writes them; what is done with them is said there too, and in
-- docs/internals/limits.md. The caller works out remaining and waits from the state.

local record = '<BBBI4I4I4I8I8I4I8I4I8I4'
local record_size = 59
local form_1, form_17 = '<BI8I8I4', '<BI8I8I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4'
local size_1, size_17 = 21, 85
local floor, pack, read = math.floor, struct.pack, struct.unpack

local now = tonumber(ARGV[1])
local spare = 2 -- ms that a key lives on: the clock that ends it may be a little ahead of ours
if now == 0 then
    local time = redis.call('TIME')
    now = time[1] * 1000000 + time[2]
else
    spare = 60000 -- a time that was given does not pass as the server's does
end

local records = ARGV[2]
local kind, others, shape, cost, max, burst, per
local room, room_rest, step, step_rest, most, most_rest
local function read_record(i)
    kind, others, shape, cost, max, burst, per, room, room_rest, step, step_rest, most, most_rest =
        read(record, records, (i - 1) * record_size + 1)
end

-- floor(x * y / z) and what is left, exactly. x and z below 2^45, y below 2^35, in digits of 2^7.
local function mul_div(x, y, z)
    local quotient, left, scale = 0, 0, 268435456
    while scale >= 1 do
        local digit = floor(y / scale)
        y = y - digit * scale
        local sum = left * 128 + x * digit
        local part = floor(sum / z)
        quotient, left = quotient * 128 + part, sum - part * z
        scale = scale / 128
    end
    return quotient, left
end

-- The number of the part of a window that a time is in, and when a part begins.
local function part_at(window, parts)
    local whole = floor(now / window)
    return whole * parts + floor((now - whole * window) * parts / window)
end
local function begin_of(part, window, parts)
    local whole = floor(part / parts)
    return whole * window - floor(-(part - whole * parts) * window / parts)
end

-- What still counts of a state under another rule, in units of this; whether it is ahead of now.
local function converted(bytes)
    local old = bytes:byte()
    if #bytes == size_1 and old == 1 then
        local _, window, mark, rest = read(form_1, bytes)
        if window < 1 then return nil end
        local owed = mark - now
        local ahead = owed > mul_div(window, burst + max, max)
        if owed < 0 then return 0, ahead end
        if rest > 0 then owed = owed + 1 end
        if owed >= window then return max, ahead end
        local used, left = mul_div(owed, max, window)
        return left > 0 and used + 1 or used, ahead
    end
    local parts, kept, form = 1, 1, form_1
    if #bytes == size_17 and old == 0 then
        parts, kept, form = 16, 17, form_17
    elseif #bytes ~= size_1 or old ~= 2 then
        return nil
    end
    local state = {read(form, bytes)}
    if state[2] < 1 then return nil end
    local shift, used = part_at(state[2], parts) - state[3], 0
    for i = 4, 3 + kept - (shift > 0 and shift or 0) do used = used + state[i] end
    return used < max and used or max, shift < 0
end

-- Owed time and its rest; whether the state is ahead of now. nil: not a state.
local function look_at_gcra(bytes)
    if not bytes then return 0, 0, false end
    local old, window, mark, rest = 0, 0, 0, 0
    if #bytes == size_1 then old, window, mark, rest = read(form_1, bytes) end
    if old ~= 1 or window ~= per then
        local used, ahead = converted(bytes)
        if not used then return nil end
        local owed, left = mul_div(per, used, max)
        return owed, left, ahead
    end
    local owed = mark - now
    if owed < 0 then return 0, 0, false end
    local ahead = owed > most
    if rest >= max then owed, rest = owed + 1, 0 end
    if owed > most or (owed == most and rest > most_rest) then owed, rest = most, most_rest end
    return owed, rest, ahead
end

-- {shape, per, part, counts...}, their sum, and whether the state is ahead of now. nil: not one.
local function look_at_counts(bytes, parts, kept)
    local part = part_at(per, parts)
    local state
    if bytes and #bytes == (kept == 17 and size_17 or size_1) and bytes:byte() == shape then
        state = {read(kept == 17 and form_17 or form_1, bytes)}
    end
    if state and state[2] == per then
        local shift, sum = part - state[3], 0
        if shift > 0 then
            for i = 3 + kept, 4 + shift, -1 do state[i] = state[i - shift] end
            for i = 4, (shift < kept and shift or kept) + 3 do state[i] = 0 end
        end
        state[3] = part
        for i = 4, 3 + kept do sum = sum + state[i] end
        return state, sum, shift < 0
    end
    local used, ahead = 0, false
    if bytes then
        used, ahead = converted(bytes)
        if not used then return nil end
    end
    state = {shape, per, part, used}
    for i = 5, 3 + kept do state[i] = 0 end
    return state, used, ahead
end

local function keep(key, bytes, life)
    if life > 0 then
        redis.call('SET', key, bytes, 'PX', floor(life / 1000) + spare)
        return bytes
    end
    redis.call('DEL', key)
    return ''
end

local function write_gcra(key, owed, rest)
    if kind == 2 then
        owed, rest = owed - step, rest - step_rest
        if rest < 0 then owed, rest = owed - 1, rest + max end
        if owed < 0 then owed, rest = 0, 0 end
    elseif kind ~= 1 then
        owed, rest = owed + step, rest + step_rest
        if rest >= max then owed, rest = owed + 1, rest - max end
        if owed > most or (owed == most and rest > most_rest) then owed, rest = most, most_rest end
    end
    return keep(key, pack(form_1, 1, per, now + owed, rest), rest > 0 and owed + 1 or owed)
end

local function write_counts(key, state, parts, kept)
    if kind == 2 then
        local left = cost
        for i = 3 + kept, 4, -1 do
            local part = left < state[i] and left or state[i]
            state[i], left = state[i] - part, left - part
        end
    elseif kind ~= 1 then
        local sum = state[4] + cost
        state[4] = sum < 4294967295 and sum or 4294967295
    end
    local newest = 4
    while state[newest] == 0 do newest = newest + 1 end
    local life = 0
    if newest < 4 + kept then
        life = begin_of(state[3] - (newest - 4) + kept, per, parts) - now
    end
    if kept == 17 then return keep(key, pack(form_17, unpack(state, 1, 20)), life) end
    return keep(key, pack(form_1, shape, per, state[3], state[4]), life)
end

-- What is known of a key under this rule, whether it allows this, and whether it is ahead of now.
-- nil: not a state.
local function look(bytes)
    if shape == 1 then
        local owed, rest, ahead = look_at_gcra(bytes)
        if not owed then return nil end
        local allowed = owed < room or (owed == room and rest <= room_rest)
        return owed, rest, allowed and cost <= burst, ahead
    end
    local state, sum, ahead
    if shape == 0 then
        state, sum, ahead = look_at_counts(bytes, 16, 17)
    else
        state, sum, ahead = look_at_counts(bytes, 1, 1)
    end
    if not state then return nil end
    return state, 0, sum + cost <= max, ahead
end

local function write(key, known, rest)
    if shape == 1 then return write_gcra(key, known, rest) end
    if shape == 0 then return write_counts(key, known, 16, 17) end
    return write_counts(key, known, 1, 1)
end

local letters, out = {}, {now, ''}
local function answer(i, letter, bytes)
    letters[i] = letter
    out[i + 2] = bytes or ''
end

local function refuse(i, bytes, known, rest, ahead)
    -- What is not taken is written only where it would be refused for ever else.
    if ahead then
        kind = 1
        bytes = write(KEYS[i], known, rest)
    end
    answer(i, 'n', bytes)
end

local function decide_one(i)
    local bytes = redis.pcall('GET', KEYS[i])
    if type(bytes) == 'table' then return answer(i, 'x') end
    local known, rest, allowed, ahead = look(bytes)
    if not known then return answer(i, 'x') end
    if kind == 1 then return answer(i, 'y', bytes) end
    if kind == 0 and not allowed then return refuse(i, bytes, known, rest, ahead) end
    answer(i, 'y', write(KEYS[i], known, rest))
end

local function take_together(first, last)
    local all, sound, seen = true, true, {}
    for i = first, last do
        read_record(i)
        local bytes = redis.pcall('GET', KEYS[i])
        if type(bytes) == 'table' then
            sound = false
        else
            local known, rest, allowed, ahead = look(bytes)
            seen[i] = {bytes, known, rest, ahead}
            sound = sound and known
            all = all and allowed
        end
    end
    for i = first, last do
        read_record(i)
        local found = seen[i]
        if not sound then
            answer(i, 'x')
        elseif all then
            answer(i, 'y', write(KEYS[i], found[2], found[3]))
        else
            refuse(i, found[1], found[2], found[3], found[4])
        end
    end
end

local i = 1
while i <= #KEYS do
    read_record(i)
    if kind == 0 and others > 0 then
        local last = i + others
        take_together(i, last)
        i = last + 1
    else
        decide_one(i)
        i = i + 1
    end
end
out[2] = table.concat(letters)
return out
