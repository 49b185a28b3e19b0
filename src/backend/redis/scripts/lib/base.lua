-- What every script begins with. KEYS[1] is the queue's `wait` list: it decides the slot, and
-- all other names are its prefix and a suffix (building a name here costs Redis less than
-- reading one more argument).
local call, pcall_redis = redis.call, redis.pcall
local wait_key = KEYS[1]
local P = string.sub(wait_key, 1, -5)

