-- renew_records.lua: prolongs the leases of records that are running.
--
--   KEYS  for each: record, lease
--   ARGV  1 how long a record without lease is kept, ms; then for each: token, lease in ms
--
--   Returns a string with a character a record: 1 renewed, 0 gone or another's.

local call = redis.call
local flags = {}
for i = 1, #KEYS / 2 do
    local record, lease = KEYS[i * 2 - 1], KEYS[i * 2]
    flags[i] = '0'
    if call('GET', lease) == ARGV[i * 2] and call('PEXPIRE', lease, ARGV[i * 2 + 1]) == 1 then
        call('PEXPIRE', record, string.format('%.0f', ARGV[i * 2 + 1] + ARGV[1]))
        flags[i] = '1'
    end
end
return table.concat(flags)
