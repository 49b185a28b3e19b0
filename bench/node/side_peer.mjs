// What Node programs use for caches, locks and rate limits: the peers of cache_bench, lock_bench
// and limit_bench.
//
//   node side_peer.mjs hits   --library bentocache|cache-manager --seconds S [--load]
//   node side_peer.mjs locks  --store URL --seconds S --in-flight N
//   node side_peer.mjs limits --store URL|memory: --seconds S --in-flight N
//
// Prints one line of JSON: {"operations","seconds","per_second"}.

import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

const require = createRequire(new URL('../../tests/wire/package.json', import.meta.url));
const peer = async (name) => import(require.resolve(name));

const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
        library: { type: 'string', default: 'bentocache' },
        store: { type: 'string', default: 'memory:' },
        seconds: { type: 'string', default: '1' },
        'in-flight': { type: 'string', default: '1' },
        load: { type: 'boolean', default: false },
    },
});
const seconds = Number(values.seconds);
const inFlight = Number(values['in-flight']);

const keys = Array.from({ length: 10_000 }, (_, i) => `task:${i}`);
const value = { id: 42, state: 'done', text: 'x'.repeat(60) };

/** `step` over and over by `callers` at the same time, for so many seconds. */
async function measure(callers, step) {
    const from = process.hrtime.bigint();
    const until = from + BigInt(Math.round(seconds * 1e9));
    let operations = 0;
    const caller = async (number) => {
        for (let at = number; ; at += callers) {
            // The clock is not asked each time: it would be a part of the figure.
            for (let i = 0; i < 32; ++i) await step(keys[(at * 32 + i) % keys.length]);
            operations += 32;
            if (process.hrtime.bigint() >= until) return;
        }
    };
    await Promise.all(Array.from({ length: callers }, (_, number) => caller(number)));
    const taken = Number(process.hrtime.bigint() - from) / 1e9;
    console.log(JSON.stringify({ operations, seconds: taken, per_second: operations / taken }));
}

async function bento() {
    const { BentoCache, bentostore } = await peer('bentocache');
    const { memoryDriver } = await peer('bentocache/drivers/memory');
    // Without a copy of each value: its fastest way.
    const memory = memoryDriver({ maxItems: keys.length * 2, serialize: false });
    return new BentoCache({ default: 'one', stores: { one: bentostore().useL1Layer(memory) } });
}

async function hits() {
    if (values.library === 'bentocache') {
        const cache = await bento();
        for (const key of keys) await cache.set({ key, value, ttl: '1h' });
        const factory = async () => value;
        await measure(1, values.load ? (key) => cache.getOrSet({ key, factory, ttl: '1h' })
            : (key) => cache.get({ key }));
        return cache.disconnectAll();
    }
    const { createCache } = await peer('cache-manager');
    const cache = createCache({ ttl: 3_600_000 });
    for (const key of keys) await cache.set(key, value);
    await measure(1, values.load ? (key) => cache.wrap(key, async () => value)
        : (key) => cache.get(key));
    return cache.disconnect();
}

async function redis() {
    const Redis = require('ioredis');
    const client = new Redis(values.store);
    await client.ping();
    return client;
}

async function locks() {
    const Redlock = require('redlock');
    const client = await redis();
    const redlock = new Redlock([client], { retryCount: 0 });
    await measure(inFlight, async (key) => {
        const lock = await redlock.lock(`lock:${key}`, 30_000);
        await lock.unlock();
    });
    client.disconnect();
}

async function limits() {
    const { RateLimiterMemory, RateLimiterRedis } = require('rate-limiter-flexible');
    const rule = { points: 1_000_000_000, duration: 60 };
    const isMemory = values.store === 'memory:';
    const client = isMemory ? undefined : await redis();
    const limiter = isMemory ? new RateLimiterMemory(rule)
        : new RateLimiterRedis({ ...rule, storeClient: client });
    await measure(inFlight, (key) => limiter.consume(key));
    client?.disconnect();
    process.exit(0); // the limiter in memory holds a timer for each key
}

const modes = { hits, locks, limits };
const mode = modes[positionals[0]];
if (mode === undefined) {
    console.error('side_peer: the first word is hits, locks or limits');
    process.exit(2);
}
await mode();
