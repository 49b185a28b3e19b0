// Finished jobs per minute, counted by either side and read by both, and the text for Prometheus.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { eventually, inPlace, peers } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { toril, torilBulk, torilJson, torilWork } from './support/toril.mjs';

const minute = 60_000;
const jobs = (count, name) => Array.from({ length: count }, () => ({ name, data: {} }));
const failing = ['--exec', 'test "$TORIL_JOB_NAME" != bad', '--metrics-points', '10'];

async function workThere(place, count) {
    let ended = 0;
    const worker = place.worker(async (job) => { if (job.name === 'bad') throw new Error('no'); },
        { metrics: { maxDataPoints: 10 } });
    for (const name of ['completed', 'failed']) worker.on(name, () => { ++ended; });
    await eventually('all have ended', () => ended === count);
    await worker.close();
}

/** As if `minutes` had passed since the last job was counted. */
async function later(place, minutes) {
    for (const target of ['completed', 'failed']) {
        const key = place.key(`metrics:${target}`);
        const at = await redis.hget(key, 'prevTS');
        if (at) await redis.hset(key, 'prevTS', Number(at) - minutes * minute);
    }
}

async function alike(place) {
    const here = await torilJson(place, ['queue', 'metrics', 'pictures']);
    for (const target of ['completed', 'failed']) {
        const there = await place.queue.getMetrics(target);
        assert.deepEqual([here[target].count, here[target].data.map(Number)], [there.meta.count, there.data.map(Number)], target);
    }
    return here;
}

for (const peer of peers) {
    describe(`metrics shared with ${peer.name}`, () => {
        for (const order of [['here', 'there', 'here'], ['there', 'here', 'there']]) {
            test(`counted ${order.join(', then ')}`, inPlace(peer, async (place) => {
                const since = Math.floor(Date.now() / minute);
                for (const side of order) {
                    await place.queue.addBulk([...jobs(3, 'good'), ...jobs(2, 'bad')]);
                    if (side === 'here') await torilWork(place, failing);
                    else await workThere(place, 5);
                    await alike(place);
                    await later(place, 3);
                }
                await place.queue.addBulk([...jobs(1, 'good'), ...jobs(1, 'bad')]);
                await torilWork(place, failing);
                const { completed, failed } = await alike(place);
                assert.equal(completed.count, 10);
                assert.equal(failed.count, 7);
                // Three minutes passed thrice: what was done in one of them, and two without any.
                // A minute that ended while the test ran is one more.
                assert.equal(completed.data.length, 9 + Math.floor(Date.now() / minute) - since);
                assert.equal(completed.data.reduce((sum, each) => sum + Number(each), 0), 9);
            }));
        }

        test('keeps no more minutes than asked', inPlace(peer, async (place) => {
            await torilBulk(place, jobs(1, 'good'));
            await torilWork(place, failing);
            await later(place, 100);
            await torilBulk(place, jobs(1, 'good'));
            await torilWork(place, failing);
            assert.ok((await alike(place)).completed.data.length <= 10);
        }));

        test('without being asked, a worker counts nothing', inPlace(peer, async (place) => {
            await torilBulk(place, jobs(2, 'good'));
            await torilWork(place);
            assert.equal((await place.queue.getMetrics('completed')).meta.count, 0);
            assert.equal(await redis.exists(place.key('metrics:completed')), 0);
        }));

        test('the text for Prometheus is Node\'s', inPlace(peer, async (place) => {
            await place.queue.addBulk([...jobs(3, 'good'), ...jobs(2, 'bad')]);
            await torilWork(place, failing);
            await torilBulk(place, [...jobs(2, 'waits'), { name: 'later', data: {}, opts: { delay: 1000_000 } }]);
            const there = await place.queue.exportPrometheusMetrics();
            const here = await toril(place, ['queue', 'metrics', 'pictures', '--prometheus']);
            const lines = (text) => text.trim().split('\n').sort();
            const counts = (text) => lines(text).filter((line) => /^bullmq_job_count.*state="(?!paused)/.test(line));
            assert.deepEqual(counts(here), counts(there));
            assert.equal(counts(here).length, 7);
            // 5.58 knows the counts alone, and a state `paused`.
            if (peer.major >= 6) assert.equal(here.trim(), there.trim());
        }));
    });
}
