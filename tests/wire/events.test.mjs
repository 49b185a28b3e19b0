// What Node's QueueEvents hears of a worker of ours, against what it hears of its own.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Place, eventually, inPlace, peers, within } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { toril, torilJson, torilWork, torilWorker } from './support/toril.mjs';

const heard_names = ['added', 'waiting', 'delayed', 'active', 'progress', 'completed', 'failed',
    'retries-exhausted', 'stalled', 'removed', 'duplicated', 'cleaned', 'drained', 'paused', 'resumed'];

/** What QueueEvents says until `last`, without ids of the stream and times. */
async function heard(place, last, act) {
    const events = await place.queueEvents();
    const rows = [];
    const over = new Promise((resolve) => {
        for (const name of heard_names) {
            events.on(name, (payload) => {
                // `drained` comes with nothing but its id.
                const { delay, ...fields } = typeof payload === 'object' ? payload : {};
                rows.push({ event: name, ...fields });
                if (name === last) resolve();
            });
        }
    });
    await act();
    await within(`the event ${last}`, over);
    return rows;
}

/** Works the queue off in Node: `body` by job name. */
async function workThere(place, count, body) {
    let ended = 0;
    let finish;
    const all = new Promise((resolve) => { finish = resolve; });
    const worker = place.worker(body);
    const note = () => { if (++ended === count) finish(); };
    worker.on('completed', note);
    worker.on('failed', (job) => { if (job.finishedOn) note(); });
    await within('worked off', all);
    await worker.close();
}

/** Events that Node's own worker of version 6.7.0 writes: ours writes those. */
async function expected(last, act) {
    const place = new Place(peers.at(-1));
    try {
        return await heard(place, last, () => act(place));
    } finally {
        await place.close();
    }
}

for (const peer of peers) {
    describe(`QueueEvents of ${peer.name} on a worker of toril`, () => {
        test('hears a job from its add to its end', inPlace(peer, async (place) => {
            const here = await heard(place, 'drained', async () => {
                await place.queue.add('one', {});
                await torilWork(place, ['--exec', 'echo "{\\"a\\":[1]}"']);
            });
            assert.deepEqual(here, [
                { event: 'added', jobId: '1', name: 'one' },
                { event: 'waiting', jobId: '1' },
                { event: 'active', jobId: '1', prev: 'waiting' },
                { event: 'completed', jobId: '1', returnvalue: { a: [1] }, prev: 'active' },
                { event: 'drained' },
            ]);
        }));

        test('hears failures and further attempts as of a worker of its own', inPlace(peer, async (place) => {
            const add = async (where) => {
                await where.queue.add('bad', {}, { attempts: 2 });
            };
            const here = await heard(place, 'drained', async () => {
                await add(place);
                await torilWork(place, ['--concurrency', '1', '--exec', 'echo no >&2; exit 1']);
            });
            const there = await expected('drained', async (where) => {
                await add(where);
                await workThere(where, 1, async () => { throw new Error('no'); });
            });
            assert.deepEqual(here, there);
        }));

        test('hears a delayed retry', inPlace(peer, async (place) => {
            const here = await heard(place, 'drained', async () => {
                await place.queue.add('flaky', {}, { attempts: 2, backoff: 30 });
                torilWorker(place, ['--exec', 'test "$TORIL_ATTEMPT" = 2']);
            });
            assert.deepEqual(here.map((row) => [row.event, row.prev]), [
                ['added', undefined], ['waiting', undefined], ['active', 'waiting'], ['delayed', undefined],
                ['waiting', 'delayed'], ['active', 'waiting'], ['completed', 'active'],
                ['drained', undefined]]);
        }));

        test('hears of many jobs, each in order', inPlace(peer, async (place) => {
            const count = 200;
            const here = await heard(place, 'drained', async () => {
                await place.queue.addBulk(Array.from({ length: count }, (_, i) => ({ name: 'n', data: { i } })));
                await torilWork(place, ['--noop', '--concurrency', '20']);
            });
            for (let id = 1; id <= count; ++id) {
                assert.deepEqual(here.filter((row) => row.jobId === String(id)).map((row) => row.event),
                    ['added', 'waiting', 'active', 'completed'], `job ${id}`);
            }
        }));

        test('resolves and rejects waitUntilFinished', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            torilWorker(place, ['--exec', 'test "$TORIL_JOB_NAME" = good && echo 42 || { echo why >&2; exit 1; }']);
            const good = await place.queue.add('good', {});
            assert.equal(await within('done', good.waitUntilFinished(events)), 42);
            const bad = await place.queue.add('bad', {});
            await within('failed', assert.rejects(bad.waitUntilFinished(events), { message: 'why' }));
        }));

        test('hears what the command does', inPlace(peer, async (place) => {
            const here = await heard(place, 'cleaned', async () => {
                await place.queue.add('x', {}, { delay: 1_000_000 });
                await toril(place, ['promote', place.name, '1']);
                await toril(place, ['remove', place.name, '1']);
                await toril(place, ['queue', 'pause', place.name]);
                await toril(place, ['queue', 'resume', place.name]);
                await toril(place, ['add', place.name, 'y', '{}', '--id', 'own']);
                await toril(place, ['add', place.name, 'y', '{}', '--id', 'own']);
                await torilWork(place, ['--exec', 'exit 1']);
                await toril(place, ['retry', place.name, 'own']);
                await torilWork(place);
                await toril(place, ['queue', 'clean', place.name, '--state', 'completed', '--older-than', '0ms', '--yes']);
            });
            assert.deepEqual(here.filter((row) => row.event !== 'drained').map((row) => [row.event, row.jobId, row.prev]), [
                ['added', '1', undefined], ['delayed', '1', undefined], ['waiting', '1', 'delayed'],
                ['removed', '1', 'wait'], ['paused', undefined, undefined], ['resumed', undefined, undefined],
                ['added', 'own', undefined], ['waiting', 'own', undefined], ['duplicated', 'own', undefined],
                ['active', 'own', 'waiting'], ['failed', 'own', 'active'], ['retries-exhausted', 'own', undefined],
                ['waiting', 'own', 'failed'], ['active', 'own', 'waiting'], ['completed', 'own', 'active'],
                ['cleaned', undefined, undefined]]);
        }));

        test('is never given more events than it keeps', inPlace(peer, async (place) => {
            await place.queue.add('first', {});
            await redis.hset(place.key('meta'), 'opts.maxLenEvents', '100');
            await place.queue.addBulk(Array.from({ length: 1000 }, () => ({ name: 'n', data: {} })));
            await torilWork(place, ['--noop', '--concurrency', '50']);
            // Trimming is by whole nodes of the stream: 100 entries each by default.
            const length = await eventually('trimmed', () => redis.xlen(place.key('events')));
            assert.ok(length <= 400, `${length} events are kept`);
            assert.equal((await torilJson(place, ['counts', place.name])).completed, 1001);
        }));
    });
}
