-- remove.lua: removes entries and ends leases.
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
    if valid_entry(name, key) then count = count + 1 end
    local was_there = call('UNLINK', name) == 1
    if call('DEL', base .. 'l:' .. key) == 1 and not was_there then tell(name) end
end
return count
