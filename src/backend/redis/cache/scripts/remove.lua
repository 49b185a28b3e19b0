-- remove.lua: removes entries and ends leases.
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
    if valid_entry(name, key) then count = count + 1 end
    call('UNLINK', name)
    call('DEL', base .. 'l:' .. key)
end
return count
