// What lies on Redis after an operation, in a form that can be compared: the same operations by
// Node and by toril, key by key, but for times and tokens.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Place, newest, within } from './peer.mjs';
import { keysOf, redis } from './redis.mjs';
import { torilWork } from './toril.mjs';

export const hour = 3_600_000;
const near = (value) => Math.abs(Number(value) - Date.now()) < 24 * hour;
const time = (value) => (near(value) ? 'T' : value);

// Stack traces are each side's own. So is the name of the client that wrote `meta`, which toril
// leaves alone. Node's worker and ours leave another marker behind: a hint that the next idle
// worker consumes. Node's worker is told not to look for stalled jobs here. toril keeps notes
// that make a repeated call harmless; all of them expire.
const tolerated = { hash: new Set(['version']), key: /:(marker|stalled-check|toril:(add|worker|cancel):.*)$/ };

function field(name, value) {
    if (name === 'stacktrace') return `${JSON.parse(value).length} traces`;
    if (name === 'opts') return options(JSON.parse(value));
    return time(value);
}

/** Options say the same in any order; `timestamp` is written by none of both unless given. */
function options(opts) {
    return Object.fromEntries(Object.entries(opts).sort(([a], [b]) => (a < b ? -1 : 1))
        // Node writes 0 attempts now and then; it means what no number means.
        .filter(([name, value]) => name !== 'attempts' || value !== 0)
        .map(([name, value]) => [name, name === 'timestamp' ? time(value) : value]));
}

/** Members with their scores, in their order; those scored by a time of today, by name. */
function scored(key, reply) {
    const rows = [];
    for (let i = 0; i < reply.length; i += 2) {
        const value = key.endsWith(':delayed') ? reply[i + 1] / 4096 : reply[i + 1];
        rows.push([reply[i], near(value) ? 'T' : reply[i + 1]]);
    }
    const timed = rows.filter(([, score]) => score === 'T').sort();
    return rows.map((row) => (row[1] === 'T' ? timed.shift() : row));
}

/** A scheduler's delays and places in its interval are counted from now: as times they compare. */
function fixedInTime(hash) {
    if (hash.ic) return { ...hash, offset: hash.offset > 1000 ? 'its own' : hash.offset };
    if (!hash.rjk) return hash;
    const opts = JSON.parse(hash.opts);
    const slot = Number(opts.jobId.split(':').at(-1));
    const due = (delay, from) => (Number(delay) > 0 && Math.abs(Number(delay) + Number(from) - slot) < 100
        ? slot : delay);
    opts.delay = due(opts.delay, opts.timestamp);
    // BullMQ 6 writes it for patterns alone, but 5 reckons from it.
    if (opts.repeat?.every) delete opts.prevMillis;
    return { ...hash, delay: String(due(hash.delay, hash.timestamp)), opts: JSON.stringify(opts) };
}

const readers = {
    string: async (key) => (key.endsWith(':lock') ? 'a token' : time(await redis.get(key))),
    list: (key) => redis.lrange(key, 0, -1),
    set: async (key) => (await redis.smembers(key)).sort(),
    zset: async (key) => scored(key, await redis.zrange(key, 0, -1, 'WITHSCORES')),
    hash: async (key) => Object.fromEntries(Object.entries(fixedInTime(await redis.hgetall(key)))
        .filter(([name]) => !tolerated.hash.has(name))
        .map(([name, value]) => [name, field(name, value)])),
    stream: async (key) => (await redis.xrange(key, '-', '+'))
        .map(([, fields]) => fields.map(time).join(' ')),
};

/** Everything under the prefix, without what cannot be the same. */
async function dump(place) {
    const all = {};
    for (const key of await keysOf(place.prefix)) {
        const expires = await redis.pttl(key) > 0 ? ' (expires)' : '';
        if (tolerated.key.test(key) && (expires || key.endsWith(':marker'))) continue;
        const type = await redis.type(key);
        all[`${key.slice(place.prefix.length + 1)} ${type}${expires}`] = await readers[type](key);
    }
    // Keys of other jobs are values too. Runs of schedulers are numbered: their ids are times.
    let text = JSON.stringify(all).replaceAll(place.prefix, 'P');
    const runs = [...new Set([...text.matchAll(/repeat:[^:"]+:(\d{13})/g)].map(([, ms]) => ms))].sort();
    runs.forEach((ms, i) => { text = text.replaceAll(ms, String(7_000_000_000_001 + i)); });
    return JSON.parse(text);
}

/** Node's worker, one job at a time, until nothing is left to take. */
export async function workThere(place, processor = async () => null, options = {}) {
    const worker = place.worker(processor, { name: 'w', autorun: false, skipStalledCheck: true, ...options });
    const drained = new Promise((resolve) => { worker.once('drained', resolve); });
    const running = worker.run();
    await within('drained', drained);
    await worker.close();
    await running;
}

export const workHere = (place, ...how) => torilWork(place,
    [...(how.length ? how : ['--noop']), '--name', 'w', '--concurrency', '1', '--stalled-interval', '1h']);

/** What a scenario leaves on Redis when `side` does its part. */
async function leaves(scenario, side) {
    const place = new Place(newest);
    try {
        await within('the queue is ready', place.queue.waitUntilReady());
        await scenario.both?.(place);
        await scenario[side](place);
        return await dump(place);
    } finally {
        await place.close();
    }
}

/** One test a scenario: `{both?, there, here}`, functions of a place. */
export function compare(title, scenarios) {
    describe(`what lies on Redis is the same whether Node or toril did it: ${title}`, () => {
        for (const [name, scenario] of Object.entries(scenarios)) {
            test(name, async () => {
                const there = await leaves(scenario, 'there');
                const here = await leaves(scenario, 'here');
                assert.deepEqual(here, there);
            });
        }
    });
}
