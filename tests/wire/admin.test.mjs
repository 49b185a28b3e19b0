// Promote, retry, remove, clean, drain and obliterate, on what the other side has made.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { inPlace, peers } from './support/peer.mjs';
import { keysOf, redis } from './support/redis.mjs';
import { toril, torilBulk, torilJson, torilWork } from './support/toril.mjs';

const hour = 3_600_000;

async function countsThere(place) {
    const states = ['waiting', 'active', 'delayed', 'prioritized', 'completed', 'failed'];
    const counts = await place.queue.getJobCounts(...states);
    return Object.fromEntries(states.map((state) => [state, counts[state]]));
}

/**
 * Names of what is left of a queue on Redis, without its prefix; not the notes with which toril
 * makes a repeated call harmless, which expire by themselves.
 */
async function leftovers(place) {
    const names = (await keysOf(place.prefix)).map((key) => key.slice(place.key().length + 1));
    const notes = names.filter((name) => name.startsWith('toril:'));
    for (const note of notes) assert.ok(await redis.pttl(place.key(note)) > 0, `${note} expires`);
    return names.filter((name) => !notes.includes(name));
}

async function failThere(place, count) {
    const hands = place.hands();
    for (let i = 0; i < count; ++i) {
        const job = await hands.getNextJob('t');
        await job.moveToFailed(new Error('there'), 't', false);
    }
}

for (const peer of peers) {
    describe(`on a queue of ${peer.name}, toril`, () => {
        test('promotes a delayed job to its priority', inPlace(peer, async (place) => {
            await place.queue.add('plain', {}, { delay: hour });
            await place.queue.add('urgent', {}, { delay: hour, priority: 3 });
            await toril(place, ['promote', place.name, '1']);
            await toril(place, ['promote', place.name, '2']);
            const [plain, urgent] = await Promise.all(['1', '2'].map((id) => place.job(id)));
            assert.equal(await plain.getState(), 'waiting');
            assert.equal(await urgent.getState(), 'prioritized');
            assert.equal(plain.delay, 0);
            await toril(place, ['promote', place.name, '1'], { code: 4 });
            await toril(place, ['promote', place.name, '77'], { code: 3 });
        }));

        test('retries one failed job, and all of them', inPlace(peer, async (place) => {
            for (let i = 0; i < 5; ++i) await place.queue.add('job', { i });
            await failThere(place, 5);
            await toril(place, ['retry', place.name, '3']);
            assert.equal(await (await place.job('3')).getState(), 'waiting');
            await toril(place, ['retry', place.name, '--state', 'failed']);
            assert.deepEqual(await countsThere(place),
                { waiting: 5, active: 0, delayed: 0, prioritized: 0, completed: 0, failed: 0 });
            await torilWork(place);
            assert.equal((await countsThere(place)).completed, 5);
            const job = await place.job('1');
            assert.equal(job.failedReason, undefined);
            assert.equal(job.attemptsMade, 2);
        }));

        test('removes jobs of every state, and no active one', inPlace(peer, async (place) => {
            const ids = [];
            for (const opts of [{}, { delay: hour }, { priority: 2 }, { jobId: 'own' }]) {
                ids.push((await place.queue.add('job', {}, opts)).id);
            }
            await (await place.job('own')).log('row');
            for (const id of ids) await toril(place, ['remove', place.name, id]);
            assert.deepEqual((await leftovers(place)).filter((key) => !/^(id|meta|events|marker|pc)$/.test(key)), []);
            await place.queue.add('job', {});
            const active = await place.hands().getNextJob('t');
            await toril(place, ['remove', place.name, active.id], { code: 4 });
            await toril(place, ['remove', place.name, 'nobody'], { code: 3 });
        }));

        test('cleans what has ended, and what is older than asked', inPlace(peer, async (place) => {
            for (let i = 0; i < 6; ++i) await place.queue.add('job', {}, { lifo: false });
            await failThere(place, 3);
            await torilWork(place);
            const clean = (state, ...more) => torilJson(place,
                ['queue', 'clean', place.name, '--state', state, '--yes', ...more]);
            await clean('failed', '--older-than', '1h');
            assert.equal((await countsThere(place)).failed, 3);
            await clean('failed', '--older-than', '0ms', '--limit', '2');
            assert.equal((await countsThere(place)).failed, 1);
            await clean('completed', '--older-than', '0ms');
            assert.equal((await countsThere(place)).completed, 0);
            const left = (await leftovers(place)).filter((key) => /^\d+/.test(key));
            assert.equal(left.length, 1);
        }));

        test('drains what waits, and what is delayed if asked', inPlace(peer, async (place) => {
            const fill = () => place.queue.addBulk([{ name: 'a', data: {} }, { name: 'b', data: {} },
                { name: 'p', data: {}, opts: { priority: 1 } }, { name: 'd', data: {}, opts: { delay: hour } }]);
            await fill();
            await toril(place, ['queue', 'drain', place.name], { code: 4 });
            await toril(place, ['queue', 'drain', place.name, '--yes']);
            assert.deepEqual(await countsThere(place),
                { waiting: 0, active: 0, delayed: 1, prioritized: 0, completed: 0, failed: 0 });
            await fill();
            await toril(place, ['queue', 'drain', place.name, '--delayed', '--yes']);
            assert.deepEqual((await leftovers(place)).filter((key) => /^\d+/.test(key)), []);
        }));

        test('obliterates it, and leaves nothing', inPlace(peer, async (place) => {
            for (let i = 0; i < 4; ++i) await place.queue.add('job', {}, { delay: i === 3 ? hour : 0 });
            await place.queue.add('p', {}, { priority: 1 });
            await failThere(place, 1);
            await place.hands().getNextJob('t');
            await toril(place, ['queue', 'obliterate', place.name, '--yes'], { code: 4 });
            await toril(place, ['queue', 'obliterate', place.name, '--force', '--yes']);
            assert.deepEqual(await leftovers(place), []);
        }));
    });

    describe(`on a queue of toril, ${peer.name}`, () => {
        test('promotes, retries, removes and changes', inPlace(peer, async (place) => {
            await torilBulk(place, [
                { name: 'later', data: {}, opts: { delay: hour } },
                { name: 'bad', data: {} },
                { name: 'gone', data: {}, opts: { priority: 4 } },
            ]);
            await (await place.job('1')).promote();
            assert.equal((await torilJson(place, ['job', place.name, '1'])).state, 'waiting');
            await (await place.job('3')).changePriority({ priority: 1 });
            assert.equal((await torilJson(place, ['job', place.name, '3'])).priority, 1);
            await (await place.job('3')).remove();
            await toril(place, ['job', place.name, '3'], { code: 3 });
            await torilWork(place, ['--exec', 'test "$TORIL_JOB_NAME" != bad']);
            await (await place.job('2')).retry();
            await (await place.job('2')).updateData({ better: true });
            await torilWork(place, ['--exec', 'cat']);
            assert.deepEqual((await torilJson(place, ['job', place.name, '2'])).returnvalue, { better: true });
        }));

        test('retries, promotes and cleans them all', inPlace(peer, async (place) => {
            await torilBulk(place, Array.from({ length: 20 }, (_, i) => ({ name: `n${i}`, data: {} })));
            await torilWork(place, ['--exec', 'exit 1']);
            await place.queue.retryJobs({ state: 'failed' });
            assert.equal((await torilJson(place, ['counts', place.name])).waiting, 20);
            await torilWork(place);
            assert.equal((await place.queue.clean(0, 15, 'completed')).length, 15);
            assert.equal((await torilJson(place, ['counts', place.name])).completed, 5);
            await torilBulk(place, Array.from({ length: 3 }, () => ({ name: 'd', data: {}, opts: { delay: hour } })));
            await place.queue.promoteJobs();
            assert.equal((await torilJson(place, ['counts', place.name])).waiting, 3);
        }));

        test('drains and obliterates', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'a', data: {} }, { name: 'd', data: {}, opts: { delay: hour } },
                { name: 'p', data: {}, opts: { priority: 1 } }]);
            await place.queue.drain(true);
            assert.deepEqual((await leftovers(place)).filter((key) => /^\d+/.test(key)), []);
            await torilBulk(place, [{ name: 'a', data: {} }, { name: 'b', data: {} }]);
            await torilWork(place);
            await place.queue.obliterate();
            assert.equal((await leftovers(place)).filter((key) => !/^(marker)$/.test(key)).length, 0);
            assert.equal(await redis.exists(place.key('meta')), 0);
        }));
    });
}
