// Node adds, toril works, Node looks.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { inPlace, peers, within } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { torilWork, torilWorker } from './support/toril.mjs';

const folder = mkdtempSync(join(tmpdir(), 'toril-wire-order-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Works the queue off one job at a time, and answers their names in that order. */
async function workInOrder(place) {
    const file = join(folder, place.prefix);
    await torilWork(place, ['--concurrency', '1', '--exec', `echo "$TORIL_JOB_NAME" >> ${file}`]);
    return readFileSync(file, 'utf8').trim().split('\n');
}

const fails_until_third = 'test "$TORIL_ATTEMPT" -ge 3 || { echo "not at $TORIL_ATTEMPT" >&2; exit 1; }';

for (const peer of peers) {
    describe(`a job that ${peer.name} adds`, () => {
        test('is done here, and Node reads its return value', inPlace(peer, async (place) => {
            const data = { file: 'a.jpg', sizes: [1, 2.5, -3], nested: { deep: [null, true] } };
            const { id } = await place.queue.add('resize', data);
            await torilWork(place, ['--exec', 'cat', '--name', 'here']);
            const job = await place.job(id);
            assert.equal(await job.getState(), 'completed');
            assert.deepEqual(job.returnvalue, data);
            assert.equal(job.attemptsMade, 1);
            assert.equal(job.attemptsStarted, 1);
            assert.equal(job.processedBy, 'here');
            assert.ok(job.processedOn >= job.timestamp);
            assert.ok(job.finishedOn >= job.processedOn);
            assert.equal(await redis.exists(place.key(id, 'lock')), 0);
        }));

        for (const [what, data] of Object.entries({
            'null': null,
            'a string': 'text with "quotes" and \u0000',
            'a number': 12.5,
            'an array': [],
            'an object with all of Unicode': { 'ключ 🐂': 'ñandú 牛 \u2028 \u{1F402} \\ / \n' },
            'a megabyte': { text: 'é'.repeat(500_000) },
        })) {
            test(`carries ${what} here and back`, inPlace(peer, async (place) => {
                const { id } = await place.queue.add('echo', data);
                await torilWork(place, ['--exec', 'cat']);
                const job = await place.job(id);
                assert.equal(job.failedReason ?? '', '');
                assert.deepEqual(job.returnvalue, data);
            }));
        }

        test('may have a queue and a name beyond ASCII', inPlace(peer, async (place) => {
            const { id } = await place.queue.add('größe 🐂', {});
            await torilWork(place, ['--exec', 'printf %s "$TORIL_JOB_NAME|$TORIL_QUEUE|$TORIL_JOB_ID"']);
            assert.equal((await place.job(id)).returnvalue, `größe 🐂|ставни / dehesa|${id}`);
        }, 'ставни / dehesa'));

        test('waits its turn: first in, first out', inPlace(peer, async (place) => {
            const names = Array.from({ length: 12 }, (_, i) => `job-${i}`);
            await place.queue.addBulk(names.map((name) => ({ name, data: {} })));
            assert.deepEqual(await workInOrder(place), names);
        }));

        test('goes first with lifo, then by priority', inPlace(peer, async (place) => {
            await place.queue.add('p9', {}, { priority: 9 });
            await place.queue.add('p1-first', {}, { priority: 1 });
            await place.queue.add('p1-second', {}, { priority: 1 });
            await place.queue.add('waits', {});
            await place.queue.add('lifo', {}, { lifo: true });
            assert.deepEqual(await workInOrder(place), ['lifo', 'waits', 'p1-first', 'p1-second', 'p9']);
        }));

        test('is not started before its delay is over', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            torilWorker(place);
            const jobs = await Promise.all([250, 120, 1]
                .map((delay) => place.queue.add('later', {}, { delay, priority: delay === 120 ? 3 : 0 })));
            for (const job of jobs) {
                await within('completed', job.waitUntilFinished(events));
                const { processedOn, timestamp, opts, delay } = await place.job(job.id);
                assert.ok(processedOn >= timestamp + opts.delay,
                    `${processedOn - timestamp} ms after it was added, delay ${opts.delay}`);
                assert.equal(delay, 0);
            }
        }));

        test('keeps the id that it was given', inPlace(peer, async (place) => {
            await place.queue.add('own', { a: 1 }, { jobId: 'órden-007' });
            await torilWork(place, ['--exec', 'echo "\\"$TORIL_JOB_ID\\""']);
            assert.equal((await place.job('órden-007')).returnvalue, 'órden-007');
        }));

        for (const [what, backoff] of Object.entries({
            'no back-off': undefined,
            'a fixed back-off': 40,
            'an exponential back-off with jitter': { type: 'exponential', delay: 20, jitter: 0.5 },
        })) {
            test(`is tried again with ${what}`, inPlace(peer, async (place) => {
                const events = await place.queueEvents();
                const job = await place.queue.add('flaky', {}, { attempts: 5, backoff });
                torilWorker(place, ['--exec', fails_until_third]);
                await within('completed', job.waitUntilFinished(events));
                const done = await place.job(job.id);
                assert.equal(done.attemptsMade, 3);
                assert.equal(done.attemptsStarted, 3);
                assert.equal(done.failedReason, 'not at 2');
                assert.equal(done.stacktrace.length, 2);
                assert.ok(done.stacktrace.every((trace) => typeof trace === 'string'));
            }));
        }

        test('fails for good after its last attempt', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            const job = await place.queue.add('bad', {}, { attempts: 2 });
            const finished = job.waitUntilFinished(events);
            torilWorker(place, ['--exec', 'echo "no such file: ñ" >&2; exit 1']);
            await within('failed', assert.rejects(finished, /no such file: ñ/));
            const failed = await place.job(job.id);
            assert.equal(await failed.getState(), 'failed');
            assert.equal(failed.failedReason, 'no such file: ñ');
            assert.equal(failed.attemptsMade, 2);
            assert.equal(failed.stacktrace.length, 2);
            assert.equal(failed.returnvalue, null);
        }));

        test('fails at once when the handler says so', inPlace(peer, async (place) => {
            const { id } = await place.queue.add('bad', {}, { attempts: 5, backoff: 1 });
            await torilWork(place, ['--exec', 'echo "not a picture" >&2; exit 65']);
            const failed = await place.job(id);
            assert.equal(await failed.getState(), 'failed');
            assert.equal(failed.attemptsMade, 1);
            assert.equal(failed.failedReason, 'not a picture');
        }));

        test('keeps as many stack traces as it asks for', inPlace(peer, async (place) => {
            for (const stackTraceLimit of [0, 1]) {
                const { id } = await place.queue.add('bad', {}, { attempts: 3, stackTraceLimit });
                await torilWork(place, ['--exec', 'exit 1']);
                const failed = await place.job(id);
                assert.equal(failed.attemptsMade, 3);
                assert.equal(failed.stacktrace.length, stackTraceLimit);
            }
        }));

        for (const [option, kind, exit] of [['removeOnComplete', 'completed', 0], ['removeOnFail', 'failed', 1]]) {
            const work = (place) => torilWork(place, ['--concurrency', '1', '--exec', `exit ${exit}`]);
            const add = async (place, count, keep) => {
                for (let i = 0; i < count; ++i) await place.queue.add(`job-${i}`, {}, { [option]: keep });
            };
            const left = async (place) =>
                (await place.queue.getJobs([kind], 0, -1, true)).map((job) => job.name);

            test(`goes when done with ${option}: true`, inPlace(peer, async (place) => {
                await add(place, 3, true);
                await work(place);
                assert.deepEqual(await left(place), []);
                assert.equal(await redis.exists(place.key('1'), place.key('2'), place.key('3')), 0);
            }));

            test(`stays with the newest of ${option}: count`, inPlace(peer, async (place) => {
                await add(place, 5, 2);
                await work(place);
                assert.deepEqual(await left(place), ['job-3', 'job-4']);
                assert.equal(await redis.exists(place.key('1'), place.key('2'), place.key('3')), 0);
            }));

            test(`goes when older than ${option}: age`, inPlace(peer, async (place) => {
                await add(place, 2, false);
                await work(place);
                const old = Date.now() - 60_000;
                await redis.zadd(place.key(kind), old, '1', old, '2');
                await add(place, 1, { age: 30, count: 10 });
                await work(place);
                assert.deepEqual(await left(place), ['job-0']);
                assert.equal(await redis.exists(place.key('1'), place.key('2')), 0);
            }));
        }
    });
}
