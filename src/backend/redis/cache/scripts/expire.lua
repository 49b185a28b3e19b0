-- expire.lua: makes entries stale and ends leases.
--
--   KEYS  1 marks
--   ARGV  1 incarnation of marks that are not there   2... keys
--
--   Returns how many there were that were valid

--- @include "lib/marks.lua"
--- @include "lib/valid.lua"
--- @include "lib/entry.lua"
read_marks(ARGV[1])
local count = 0
for i = 2, #ARGV do
    local key = ARGV[i]
    local name = base .. 'e:' .. key
    local stale_for = valid_entry(name, key)
    if stale_for then
        local kept = call('PTTL', name)
        -- What is left of its life is from now on the time after it was fresh.
        if kept > stale_for then call('SETRANGE', name, 4, write('>I8', kept)) end
        count = count + 1
    end
    call('DEL', base .. 'l:' .. key)
end
return count
