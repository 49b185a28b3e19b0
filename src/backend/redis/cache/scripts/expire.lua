-- expire.lua: makes entries stale and ends leases.
--
--   KEYS  1 marks
--   ARGV  1 incarnation of marks that are not there   2... keys
--
--   Returns how many there were that were valid

--- @include "lib/marks.lua"
--- @include "lib/valid.lua"
--- @include "lib/entry.lua"
--- @include "lib/tell.lua"
read_marks(ARGV[1])
local count = 0
for i = 2, #ARGV do
    local key = ARGV[i]
    local name = base .. 'e:' .. key
    local stale_for = valid_entry(name, key)
    local is_told = false
    if stale_for then
        local kept = call('PTTL', name)
        is_told = kept > stale_for
        -- What is left of its life is from now on the time after it was fresh.
        if is_told then call('SETRANGE', name, 4, write('>I8', kept)) end
        count = count + 1
    end
    if call('DEL', base .. 'l:' .. key) == 1 and not is_told then tell(name) end
end
return count
