// toril adds, Node works.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { inPlace, peers, within } from './support/peer.mjs';
import { keysOf, redis } from './support/redis.mjs';
import { toril, torilBulk, torilJson } from './support/toril.mjs';

/** Works until `count` jobs have ended, one at a time; answers the jobs in that order. */
async function workThere(place, count, processor = async (job) => job.data, options = {}) {
    const ended = [];
    let finish;
    const all = new Promise((resolve) => { finish = resolve; });
    const worker = place.worker(processor, { drainDelay: 1, ...options });
    const note = (job) => {
        ended.push(job);
        if (ended.length === count) finish();
    };
    worker.on('completed', note);
    worker.on('failed', (job) => {
        if (job.finishedOn) note(job);
    });
    await within(`${count} jobs have ended`, all);
    return ended;
}

for (const peer of peers) {
    describe(`a job that toril adds for ${peer.name}`, () => {
        test('is done there', inPlace(peer, async (place) => {
            const before = Date.now();
            const added = await torilJson(place, ['add', place.name, 'resize', '{"file":"a.jpg","n":[1,2]}']);
            assert.equal(added.id, '1');
            assert.equal(added.queue, place.name);
            const [job] = await workThere(place, 1);
            assert.equal(job.id, '1');
            assert.equal(job.name, 'resize');
            assert.deepEqual(job.data, { file: 'a.jpg', n: [1, 2] });
            assert.deepEqual(job.returnvalue, job.data);
            assert.ok(job.timestamp >= before && job.timestamp <= Date.now());
            assert.equal(await job.getState(), 'completed');
            assert.equal(job.delay, 0);
            assert.equal(job.priority, 0);
        }));

        test('wakes a worker that waits', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            const worker = place.worker(async () => 'awake', { drainDelay: 60 });
            await within('the worker waits', worker.waitUntilReady());
            const id = (await toril(place, ['add', place.name, 'ring'])).trim();
            const job = await place.job(id);
            assert.equal(await within('done', job.waitUntilFinished(events), 5000), 'awake');
        }));

        test('takes its id from the same counter', inPlace(peer, async (place) => {
            const ids = [];
            for (let i = 0; i < 2; ++i) {
                ids.push((await place.queue.add('there', {})).id);
                ids.push((await toril(place, ['add', place.name, 'here'])).trim());
            }
            assert.deepEqual(ids, ['1', '2', '3', '4']);
        }));

        test('shares an own id with one that is there', inPlace(peer, async (place) => {
            await place.queue.add('there', { from: 'node' }, { jobId: 'same' });
            assert.equal((await toril(place, ['add', place.name, 'here', '{}', '--id', 'same'])).trim(), 'same');
            await toril(place, ['add', place.name, 'here', '{"from":"toril"}', '--id', 'other']);
            await place.queue.add('there', {}, { jobId: 'other' });
            assert.deepEqual((await place.job('same')).data, { from: 'node' });
            assert.deepEqual((await place.job('other')).data, { from: 'toril' });
            assert.equal((await place.queue.getJobCounts('waiting')).waiting, 2);
            const events = (await redis.xrange(place.key('events'), '-', '+'))
                .map(([, fields]) => fields.join(' '));
            assert.equal(events.filter((event) => event === 'event duplicated jobId same').length, 1);
            assert.equal(events.filter((event) => event === 'event duplicated jobId other').length, 1);
        }));

        test('arrives in order: lifo, waiting, by priority', inPlace(peer, async (place) => {
            await torilBulk(place, [
                { name: 'p9', data: {}, opts: { priority: 9 } },
                { name: 'p1-first', data: {}, opts: { priority: 1 } },
                { name: 'first', data: {} },
                { name: 'second', data: {}, opts: {} },
                { name: 'lifo', data: {}, opts: { lifo: true } },
            ]);
            await place.queue.add('p1-second', {}, { priority: 1 });
            const names = (await workThere(place, 6)).map((job) => job.name);
            assert.deepEqual(names, ['lifo', 'first', 'second', 'p1-first', 'p1-second', 'p9']);
        }));

        test('is found as it was added, options and all', inPlace(peer, async (place) => {
            await toril(place, ['add', place.name, 'all', '{"a":1}', '--id', 'x1', '--delay', '1h',
                '--priority', '7', '--attempts', '4', '--backoff', 'exponential:2s:0.5',
                '--remove-on-complete=100', '--remove-on-fail=1h']);
            const job = await place.job('x1');
            assert.equal(await job.getState(), 'delayed');
            assert.equal(job.delay, 3_600_000);
            assert.equal(job.priority, 7);
            assert.equal(job.opts.attempts, 4);
            assert.deepEqual(job.opts.backoff, { type: 'exponential', delay: 2000, jitter: 0.5 });
            assert.equal(job.opts.delay, 3_600_000);
            assert.equal(job.opts.priority, 7);
            assert.equal(job.opts.jobId, 'x1');
            assert.ok(job.opts.removeOnComplete === 100 || job.opts.removeOnComplete.count === 100);
            assert.equal(job.opts.removeOnFail.age, 3600);
            const [, score] = await redis.zrange(place.key('delayed'), 0, -1, 'WITHSCORES');
            assert.equal(Number(score), (job.timestamp + job.delay) * 4096);
        }));

        test('keeps options that toril does not know', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'x', data: null, opts: { attempts: 2, keepLogs: 3, custom: { a: [1] } } }]);
            const job = await place.job('1');
            assert.equal(job.data, null);
            assert.equal(job.opts.keepLogs, 3);
            assert.deepEqual(job.opts.custom, { a: [1] });
        }));

        test('is started when its delay is over, not before', inPlace(peer, async (place) => {
            await toril(place, ['add', place.name, 'later', '{}', '--delay', '200ms', '--priority', '2']);
            await toril(place, ['add', place.name, 'soon', '{}', '--delay', '50ms']);
            const jobs = await workThere(place, 2);
            assert.deepEqual(jobs.map((job) => job.name), ['soon', 'later']);
            for (const job of jobs) assert.ok(job.processedOn >= job.timestamp + job.opts.delay);
        }));

        test('is tried again there by its attempts and back-off', inPlace(peer, async (place) => {
            await toril(place, ['add', place.name, 'flaky', '{}', '--attempts', '3', '--backoff', 'fixed:20ms']);
            const started = [];
            const [job] = await workThere(place, 1, async () => {
                started.push(Date.now());
                if (started.length < 3) throw new Error(`attempt ${started.length}`);
                return 'ok';
            });
            assert.equal(job.returnvalue, 'ok');
            assert.equal(started.length, 3);
            assert.ok(started[1] - started[0] >= 20 && started[2] - started[1] >= 20);
            const seen = await torilJson(place, ['job', place.name, job.id]);
            assert.equal(seen.attemptsMade, 3);
            assert.equal(seen.failedReason, 'attempt 2');
            assert.equal(seen.stacktrace.length, 2);
            assert.match(seen.stacktrace[0], /^Error: attempt 1\n {4}at /);
        }));

        test('has one attempt when none are asked for', inPlace(peer, async (place) => {
            await toril(place, ['add', place.name, 'once']);
            const [job] = await workThere(place, 1, async () => { throw new Error('no'); });
            assert.equal(await job.getState(), 'failed');
            assert.equal((await torilJson(place, ['job', place.name, '1'])).failedReason, 'no');
        }));

        test('goes when done, if it says so', inPlace(peer, async (place) => {
            await toril(place, ['add', place.name, 'gone', '{}', '--remove-on-complete']);
            await torilBulk(place, [1, 2, 3, 4].map((i) => ({ name: `kept-${i}`, data: {}, opts: { removeOnComplete: 2 } })));
            await workThere(place, 5);
            const left = await place.queue.getJobs(['completed'], 0, -1, true);
            assert.deepEqual(left.map((job) => job.name), ['kept-3', 'kept-4']);
            const hashes = (await keysOf(place.prefix)).filter((key) => /:\d+$/.test(key));
            assert.equal(hashes.length, 2);
        }));

        test('carries Unicode and a megabyte', inPlace(peer, async (place) => {
            const data = { 'ключ 🐂': 'ñ 牛 \u2028 \\ / "', text: 'é'.repeat(500_000) };
            await toril(place, ['add', place.name, 'größe', '-'], { input: JSON.stringify(data) });
            const [job] = await workThere(place, 1);
            assert.equal(job.name, 'größe');
            assert.deepEqual(job.data, data);
        }));

        test('comes in bulk by the thousand, in order', inPlace(peer, async (place) => {
            const count = 3000;
            await torilBulk(place, Array.from({ length: count }, (_, i) => ({ name: `n${i}`, data: { i } })));
            assert.equal((await place.queue.getJobCounts('waiting')).waiting, count);
            const names = (await workThere(place, count)).map((job) => job.data.i);
            assert.deepEqual(names, Array.from({ length: count }, (_, i) => i));
        }));
    });
}
