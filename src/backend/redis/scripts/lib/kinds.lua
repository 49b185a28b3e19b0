-- The type of each of a queue's own keys, by its suffix.
local kinds = {
    wait = 'list', active = 'list', paused = 'list',
    completed = 'zset', failed = 'zset', delayed = 'zset', prioritized = 'zset', marker = 'zset',
    ['waiting-children'] = 'zset', ['repeat'] = 'zset',
    stalled = 'set', events = 'stream', meta = 'hash',
    id = 'string', pc = 'string', limiter = 'string', ['stalled-check'] = 'string',
}

