// One side pauses, the other adds, works and resumes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { inPlace, peers, within } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { toril, torilBulk, torilJson, torilWorker } from './support/toril.mjs';

/** `{list: ids, next first}` of both lists that a waiting job may be in. */
async function lists(place) {
    const ids = async (list) => (await redis.lrange(place.key(list), 0, -1)).reverse();
    return { wait: await ids('wait'), paused: await ids('paused') };
}

/** Resolves when `count` jobs have completed, whoever did them, with their ids in that order. */
async function completions(place, count) {
    const events = await place.queueEvents();
    const ids = [];
    return {
        all: new Promise((resolve) => {
            events.on('completed', ({ jobId }) => {
                ids.push(jobId);
                if (ids.length === count) resolve(ids);
            });
        }),
    };
}

for (const peer of peers) {
    const style = `v${peer.major}`;

    describe(`a pause shared with ${peer.name}`, () => {
        test('set there holds a worker here until it is lifted there', inPlace(peer, async (place) => {
            const done = await completions(place, 2);
            await place.queue.pause();
            torilWorker(place, ['--noop'], [place.name, 'open']);
            await place.queue.add('held', {});
            await toril(place, ['add', place.name, 'held-too']);
            assert.equal((await torilJson(place, ['queue', 'show', place.name])).paused, true);

            // The same process works its other queue off meanwhile.
            const open = place.queueNamed('open');
            const events = await place.queueEvents(undefined, 'open');
            for (let i = 0; i < 3; ++i) {
                const job = await open.add('free', {});
                await within('the open queue is worked', job.waitUntilFinished(events));
            }
            const { completed, active } = await torilJson(place, ['counts', place.name]);
            assert.deepEqual({ completed, active }, { completed: 0, active: 0 });

            await place.queue.resume();
            assert.deepEqual((await within('resumed', done.all)).sort(), ['1', '2']);
        }));

        test('set here holds a worker there until it is lifted here', inPlace(peer, async (place) => {
            const done = await completions(place, 3);
            await place.queue.add('held', {});
            await toril(place, ['queue', 'pause', place.name, '--pause-style', style]);
            assert.equal(await place.queue.isPaused(), true);
            await place.queue.add('held', {});
            await toril(place, ['add', place.name, 'held']);
            const hands = place.hands();
            assert.equal(await hands.getNextJob('t', { block: false }), undefined);
            assert.equal(await redis.exists(place.key('marker')), 0);
            place.worker(async () => {});
            await toril(place, ['queue', 'resume', place.name, '--pause-style', style]);
            assert.equal(await place.queue.isPaused(), false);
            assert.deepEqual((await within('resumed', done.all)).sort(), ['1', '2', '3']);
        }));

        test('is laid out as there, and lifted there without a loss', inPlace(peer, async (place) => {
            await place.queue.add('before', {});
            await toril(place, ['queue', 'pause', place.name, '--pause-style', style]);
            await toril(place, ['add', place.name, 'meanwhile']);
            await place.queue.add('meanwhile', {});
            await torilBulk(place, [{ name: 'meanwhile', data: {}, opts: { delay: 1_000_000 } }]);
            await toril(place, ['promote', place.name, '4']);
            const waiting = ['1', '2', '3', '4'];
            assert.deepEqual(await lists(place), peer.major === 5
                ? { wait: [], paused: waiting } : { wait: waiting, paused: [] });
            assert.equal(await redis.hget(place.key('meta'), 'paused'), '1');
            await place.queue.resume();
            assert.deepEqual(await lists(place), { wait: waiting, paused: [] });
        }));

        test('set there in its style, with jobs added here, is lifted there without a loss', inPlace(peer, async (place) => {
            await place.queue.add('before', {});
            await place.queue.pause();
            await toril(place, ['add', place.name, 'meanwhile']);
            await torilBulk(place, [{ name: 'a', data: {} }, { name: 'b', data: {} }]);
            await place.queue.resume();
            assert.deepEqual(await lists(place), { wait: ['1', '2', '3', '4'], paused: [] });
        }));

        test('is lifted here without a loss, whatever lies in both lists', inPlace(peer, async (place) => {
            for (let i = 0; i < 2; ++i) await place.queue.add('before', {});
            await place.queue.pause();
            await place.queue.add('meanwhile', {});
            await redis.rpush(place.key(peer.major === 5 ? 'wait' : 'paused'), '3');
            await redis.lrem(place.key(peer.major === 5 ? 'paused' : 'wait'), 1, '3');
            await toril(place, ['queue', 'resume', place.name]);
            const { wait, paused } = await lists(place);
            assert.deepEqual(paused, []);
            assert.deepEqual([...wait].sort(), ['1', '2', '3']);
            assert.equal(await place.queue.isPaused(), false);
        }));

        test('shows the jobs that it holds', inPlace(peer, async (place) => {
            await place.queue.addBulk([{ name: 'a', data: {} }, { name: 'b', data: {} }]);
            await toril(place, ['queue', 'pause', place.name, '--pause-style', style]);
            const counts = await torilJson(place, ['counts', place.name]);
            const theirs = await place.queue.getJobCounts();
            assert.equal(counts.waiting + counts.paused, 2);
            assert.equal((theirs.waiting ?? 0) + (theirs.paused ?? 0), 2);
            const listed = await torilJson(place, ['jobs', place.name, '--state', 'waiting']);
            assert.deepEqual(listed.map((job) => job.name).sort(), ['a', 'b']);
            assert.equal(await (await place.job('1')).getState(), 'waiting');
            assert.equal((await torilJson(place, ['job', place.name, '1'])).state, 'waiting');
        }));
    });
}
