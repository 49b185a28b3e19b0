-- set.lua: makes a new entry at KEYS[2], from where the caller moves it to its place.
--
--   KEYS  1 marks   2 where to put it
--   ARGV  1 incarnation of marks that are not there   2 key
--         3 token of its lease; empty: whoever holds it   4 how long it is kept, ms
--         5 the entry up to its generation   6 its number   7 its incarnation   8 the rest
--
--   Returns 1; 0: with a token, when the lease is gone or the entry invalid by now
--
-- The caller sends MULTI, this, RENAME, EXEC: Redis tells a connection of what its own scripts
-- wrote, and not (NOLOOP) of what its own commands did. So who stores keeps its copy in memory.

--- @include "lib/marks.lua"
--- @include "lib/valid.lua"
--- @include "lib/tell.lua"
local key, token = ARGV[2], ARGV[3]
local number, of, rest = tonumber(ARGV[6]), ARGV[7], ARGV[8]
local lease_name = base .. 'l:' .. key
read_marks(ARGV[1])

if token == '' then
    number, of = latest, incarnation
else
    if call('GET', lease_name) ~= token then return 0 end
    local tags_length = read('>I4', rest, 9)
    local function tags() return string.sub(rest, 25, 24 + tags_length) end
    if not is_valid(key, of, number, tags) then
        call('DEL', lease_name)
        tell(base .. 'e:' .. key)
        return 0
    end
end
call('SET', KEYS[2], ARGV[5] .. write('>I8c16', number, of) .. rest, 'PX', ARGV[4])
call('DEL', lease_name)
return 1
