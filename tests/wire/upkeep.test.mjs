// Upkeep that Node does on queues of toril, and what it reads there that other files do not ask for.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { inPlace, peers } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { toril, torilBulk, torilJson, torilWork } from './support/toril.mjs';

const hour = 3_600_000;
const counts = (place) => torilJson(place, ['counts', 'pictures']);

for (const peer of peers) {
    describe(`upkeep by ${peer.name}`, () => {
        test('getCountsPerPriority counts our jobs', inPlace(peer, async (place) => {
            await torilBulk(place, [0, 1, 1, 5, 2_097_151].map((priority) => ({ name: 'n', data: {}, opts: { priority } })));
            assert.deepEqual(await place.queue.getCountsPerPriority([0, 1, 4, 5, 2_097_151]),
                { 0: 1, 1: 2, 4: 0, 5: 1, 2097151: 1 });
        }));

        test('trimEvents leaves a stream that is read on here', inPlace(peer, async (place) => {
            await torilBulk(place, Array.from({ length: 500 }, () => ({ name: 'n', data: {} })));
            await place.queue.trimEvents(0);
            await torilBulk(place, [{ name: 'n', data: {}, opts: { jobId: 'last' } }]);
            const told = (await toril(place, ['events', 'pictures', '--from', '0', '--no-follow', '--jsonl'])).trim().split('\n')
                .map((line) => JSON.parse(line));
            assert.ok(told.length < 500, `${told.length}`);
            assert.deepEqual([told.at(-1).event, told.at(-1).jobId], ['waiting', 'last']);
        }));

        test('logs are added, read and cleared on both sides', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'n', data: {}, opts: { keepLogs: 3 } }]);
            const job = await place.job('1');
            for (let i = 0; i < 5; ++i) await job.log(`row ${i}`);
            assert.deepEqual(await torilJson(place, ['logs', 'pictures', '1']), { logs: ['row 2', 'row 3', 'row 4'], count: 3 });
            await job.clearLogs(1);
            assert.deepEqual((await torilJson(place, ['logs', 'pictures', '1'])).logs, ['row 4']);
            await job.clearLogs();
            assert.equal((await torilJson(place, ['logs', 'pictures', '1'])).count, 0);
        }));

        test('the lock of a job that Node holds is extended, and ours is not theirs', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'n', data: {} }]);
            const job = await place.hands().getNextJob('token', { block: false });
            assert.equal(await job.extendLock('token', hour), 1);
            assert.ok(await redis.pttl(place.key('1', 'lock')) > hour - 60_000);
            await assert.rejects(async () => {
                if (!await job.extendLock('another', hour)) throw new Error('refused');
            });
            await toril(place, ['remove', 'pictures', '1'], { code: 4 });
        }));

        if (peer.major < 6) return;

        test('removeOrphanedJobs takes no job of ours', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'ok', data: {} }, { name: 'bad', data: {} }]);
            await torilWork(place, ['--exec', 'test "$TORIL_JOB_NAME" = ok']);
            await torilBulk(place, [{ name: 'n', data: {} }, { name: 'n', data: {}, opts: { delay: hour } },
                { name: 'n', data: {}, opts: { priority: 2, deduplication: { id: 'd' } } }, { name: 'n', data: {}, opts: { jobId: 'own' } }]);
            await toril(place, ['flow', 'add', '-'], { input: JSON.stringify({ name: 'p', queueName: 'pictures', opts: { jobId: 'p' },
                children: [{ name: 'c', queueName: 'pictures', opts: { jobId: 'c' } }] }) });
            await toril(place, ['schedule', 'set', 'pictures', 's', '--every', '1h']);
            const before = await counts(place);
            // On a queue with metrics it takes `metrics:failed`, also of BullMQ's own.
            assert.equal(await place.queue.removeOrphanedJobs(), 0);
            assert.deepEqual(await counts(place), before);
            for (const id of ['1', '2', '3', '4', '5', 'own', 'p', 'c']) assert.ok(await place.job(id), id);
            assert.equal((await torilJson(place, ['schedule', 'ls', 'pictures'])).length, 1);
        }));

        for (const [first, second] of [['there', 'here'], ['here', 'there']]) {
            test(`a delayed holder of a deduplication id, added ${first}, is rescheduled ${second}`, inPlace(peer, async (place) => {
                const add = {
                    there: async (delay) => (await place.queue.add('n', {}, { delay, deduplication: { id: 'd', reschedule: true } })).id,
                    here: async (delay) => (await torilBulk(place,
                        [{ name: 'n', data: {}, opts: { delay, deduplication: { id: 'd', reschedule: true } } }])).trim(),
                };
                const holder = await add[first](hour);
                assert.equal(await add[second](2 * hour), holder);
                const job = await place.job(holder);
                assert.equal(job.delay, 2 * hour);
                const due = Number(await redis.zscore(place.key('delayed'), holder)) / 4096;
                assert.ok(Math.abs(due - Date.now() - 2 * hour) < 60_000, `${due}`);
                assert.equal((await counts(place)).delayed, 1);
            }));
        }
    });
}
