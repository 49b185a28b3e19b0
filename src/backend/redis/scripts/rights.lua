-- rights.lua: which commands that workers and producers need this user may not run.
--
--   KEYS  1 wait, of a queue that nobody uses
--
--   Returns their names. Nothing is left behind.

--- @include "lib/base.lua"
local scratch = P .. 'toril:doctor'
local other = P .. 'toril:doctor2'
local tries = {
    {'SET', scratch, '1', 'PX', '1000'}, {'GET', scratch}, {'INCR', scratch}, {'INCRBY', scratch, '1'},
    {'EXISTS', scratch}, {'PTTL', scratch}, {'PEXPIRE', scratch, '1000'}, {'PERSIST', scratch},
    {'MGET', scratch}, {'TYPE', scratch}, {'RENAME', scratch, other}, {'DEL', scratch, other},
    {'HSET', scratch, 'a', '1'}, {'HGET', scratch, 'a'}, {'HMGET', scratch, 'a'},
    {'HGETALL', scratch}, {'HEXISTS', scratch, 'a'}, {'HLEN', scratch}, {'HKEYS', scratch},
    {'HINCRBY', scratch, 'a', '1'}, {'HSCAN', scratch, '0'}, {'HDEL', scratch, 'a'},
    {'LPUSH', scratch, 'a'}, {'RPUSH', scratch, 'b'}, {'LLEN', scratch}, {'LINDEX', scratch, '0'},
    {'LRANGE', scratch, '0', '-1'}, {'LREM', scratch, '1', 'c'}, {'LTRIM', scratch, '0', '9'},
    {'LPOS', scratch, 'a'}, {'RPOPLPUSH', scratch, other}, {'RPOP', scratch}, {'DEL', scratch, other},
    {'SADD', scratch, 'a'}, {'SCARD', scratch}, {'SMEMBERS', scratch}, {'SISMEMBER', scratch, 'a'},
    {'SSCAN', scratch, '0'}, {'SREM', scratch, 'a'},
    {'ZADD', scratch, '1', 'a'}, {'ZCARD', scratch}, {'ZSCORE', scratch, 'a'},
    {'ZCOUNT', scratch, '0', '1'}, {'ZRANGE', scratch, '0', '-1'}, {'ZREVRANGE', scratch, '0', '0'},
    {'ZRANGEBYSCORE', scratch, '0', '1'}, {'ZREVRANGEBYSCORE', scratch, '1', '0'},
    {'ZREMRANGEBYRANK', scratch, '5', '6'}, {'ZPOPMIN', scratch}, {'ZREM', scratch, 'a'},
    {'XADD', scratch, '*', 'event', 'a'}, {'XLEN', scratch}, {'XTRIM', scratch, 'MAXLEN', '~', '9'},
    {'XRANGE', scratch, '-', '+', 'COUNT', '1'}, {'DEL', scratch}, {'TIME'},
}
local missing, seen = {}, {}
for i = 1, #tries do
    local name = tries[i][1]
    local answer = pcall_redis(unpack(tries[i]))
    local refusal = type(answer) == 'table' and answer.err or ''
    if (string.find(refusal, "can't run", 1, true) or string.find(refusal, 'NOPERM', 1, true)
        or string.find(refusal, "can't access", 1, true)) and not seen[name] then
        seen[name] = true
        missing[#missing + 1] = name
    end
end
return missing
