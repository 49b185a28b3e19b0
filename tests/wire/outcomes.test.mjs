// Outcomes of a handler in Node, and of its administrator, as toril sees them and goes on with.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { eventually, inPlace, peers, within } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { toril, torilBulk, torilJson, torilWork } from './support/toril.mjs';

const hour = 3_600_000;
const seen = (place, id) => torilJson(place, ['job', 'pictures', id]);
const becomes = (place, id, state) => eventually(`${id} is ${state}`,
    async () => (await seen(place, id)).state === state);
const failing = ['--exec', 'echo no >&2; exit 1', '--reach', '0ms'];

for (const peer of peers) {
    const { DelayedError, UnrecoverableError } = peer.bullmq;

    describe(`an outcome of ${peer.name}, seen here`, () => {
        test('moveToDelayed: later, without costing an attempt', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'n', data: {}, opts: { attempts: 2 } }]);
            const worker = place.worker(async (job, token) => {
                await job.moveToDelayed(Date.now() + hour, token);
                throw new DelayedError();
            });
            await becomes(place, '1', 'delayed');
            await worker.close();
            const job = await seen(place, '1');
            assert.deepEqual([job.attemptsMade, job.attemptsStarted], [0, 1]);
            assert.ok(job.delay > hour - 60_000 && job.delay <= hour);
            assert.equal(job.failedReason, undefined);
            await toril(place, ['promote', 'pictures', '1']);
            await torilWork(place);
            const done = await place.job('1');
            assert.deepEqual([await done.getState(), done.attemptsMade, done.attemptsStarted, done.delay],
                ['completed', 1, 2, 0]);
        }));

        test('moveToDelayed: started here when it is due', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'n', data: {} }]);
            const hands = place.hands();
            const job = await hands.getNextJob('token');
            const due = Date.now() + 300;
            await job.moveToDelayed(due, 'token');
            await torilWork(place);
            const done = await place.job('1');
            assert.equal(await done.getState(), 'completed');
            assert.ok(done.processedOn >= due, `${done.processedOn - due} ms`);
        }));

        test('UnrecoverableError: no further attempt', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'n', data: {}, opts: { attempts: 5 } }]);
            place.worker(async () => { throw new UnrecoverableError('hopeless'); });
            await becomes(place, '1', 'failed');
            const job = await seen(place, '1');
            assert.deepEqual([job.failedReason, job.attemptsMade], ['hopeless', 1]);
        }));

        test('a back-off of its own: the next attempt is made here', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'n', data: {}, opts: { attempts: 3, backoff: { type: 'own' } } }]);
            const asked = [];
            const worker = place.worker(async () => { throw new Error('no'); }, {
                settings: { backoffStrategy: (made, type) => { asked.push([made, type]); return hour; } } });
            await becomes(place, '1', 'delayed');
            await worker.close();
            assert.deepEqual(asked, [[1, 'own']]);
            const job = await seen(place, '1');
            assert.deepEqual([job.delay, job.attemptsMade, job.opts.backoff.type], [hour, 1, 'own']);
            await toril(place, ['promote', 'pictures', '1']);
            await torilWork(place);
            assert.equal((await place.job('1')).attemptsMade, 2);
        }));

        test('a back-off of its own that says no more: it has failed', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'n', data: {}, opts: { attempts: 3, backoff: { type: 'own' } } }]);
            place.worker(async () => { throw new Error('no'); }, { settings: { backoffStrategy: () => -1 } });
            await becomes(place, '1', 'failed');
            assert.equal((await seen(place, '1')).attemptsMade, 1);
        }));

        test('moveToWait: in front again, without costing an attempt', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'a', data: {} }, { name: 'b', data: {} }]);
            const job = await place.hands().getNextJob('token');
            await job.moveToWait('token');
            const [first] = await torilJson(place, ['jobs', 'pictures', '--state', 'waiting', '--asc']);
            assert.deepEqual([first.id, first.attemptsMade, first.attemptsStarted], ['1', 0, 1]);
            await torilWork(place, ['--noop', '--concurrency', '1']);
            assert.equal((await place.job('1')).attemptsStarted, 2);
        }));

        test('an error with nothing to say, a thrown text, and no value', inPlace(peer, async (place) => {
            await torilBulk(place, ['silent', 'text', 'object', 'nothing'].map((name) => ({ name, data: {} })));
            const worker = place.worker(async ({ name }) => {
                if (name === 'silent') throw new Error();
                if (name === 'text') throw 'a text';
                if (name === 'object') throw { code: 5 };
            });
            await becomes(place, '4', 'completed');
            await worker.close();
            for (const id of ['1', '2', '3']) {
                const job = await seen(place, id);
                assert.equal(job.state, 'failed');
                assert.equal(job.failedReason, (await place.job(id)).failedReason);
            }
            assert.equal((await seen(place, '4')).returnvalue, null);
        }));
    });

    describe(`what ${peer.name} does to jobs of toril, and toril to its own`, () => {
        if (peer.major >= 6) {
            test('retry with all attempts before it', inPlace(peer, async (place) => {
                await torilBulk(place, [{ name: 'n', data: {}, opts: { attempts: 2 } }]);
                await torilWork(place, failing);
                assert.equal((await seen(place, '1')).attemptsMade, 2);
                await (await place.job('1')).retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
                const job = await seen(place, '1');
                assert.deepEqual([job.state, job.attemptsMade, job.attemptsStarted], ['waiting', 0, 0]);
                await torilWork(place, failing);
                assert.equal((await place.job('1')).attemptsMade, 2);
            }));
        }

        test('retry here with all attempts before it', inPlace(peer, async (place) => {
            await place.queue.add('n', {}, { attempts: 2 });
            await torilWork(place, failing);
            await toril(place, ['retry', 'pictures', '1', '--reset-attempts']);
            const attempts = [];
            place.worker(async (job) => { attempts.push(job.attemptsMade); throw new Error('no'); });
            await becomes(place, '1', 'failed');
            assert.deepEqual(attempts, [0, 1]);
        }));

        test('retry of a completed job, on both sides', inPlace(peer, async (place) => {
            await place.queue.add('n', {}, {});
            await torilWork(place, ['--exec', 'echo 1']);
            await (await place.job('1')).retry('completed');
            const again = await seen(place, '1');
            assert.deepEqual([again.state, again.returnvalue, again.finishedOn], ['waiting', null, undefined]);
            await torilWork(place, ['--exec', 'echo 2']);
            await toril(place, ['retry', 'pictures', '1', '--state', 'completed']);
            const job = await place.job('1');
            assert.deepEqual([await job.getState(), job.returnvalue, job.finishedOn], ['waiting', null, undefined]);
        }));

        test('promoteJobs, from either side', inPlace(peer, async (place) => {
            for (const promote of [() => place.queue.promoteJobs(), () => toril(place, ['promote', 'pictures', '--all'])]) {
                await torilBulk(place, [{ name: 'a', data: {}, opts: { delay: hour } },
                    { name: 'b', data: {}, opts: { delay: hour, priority: 5 } }]);
                await place.queue.add('c', {}, { delay: hour });
                await promote();
                const counts = await torilJson(place, ['counts', 'pictures']);
                assert.deepEqual([counts.waiting, counts.prioritized, counts.delayed], [3, 0, 0]);
                await torilWork(place);
            }
        }));

        test('changeDelay and changePriority, from either side', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'a', data: {}, opts: { delay: hour } }, { name: 'b', data: {} },
                { name: 'c', data: {}, opts: { priority: 5 } }]);
            await (await place.job('1')).changeDelay(2 * hour);
            assert.equal((await seen(place, '1')).delay, 2 * hour);
            await toril(place, ['update', 'pictures', '1', '--delay', '3h']);
            assert.equal((await place.job('1')).delay, 3 * hour);
            await (await place.job('1')).changeDelay(10);
            await (await place.job('2')).changePriority({ priority: 7 });
            await (await place.job('3')).changePriority({ priority: 7, lifo: true });
            const order = (await torilJson(place, ['jobs', 'pictures', '--state', 'prioritized', '--asc'])).map(({ id }) => id);
            assert.deepEqual(order, ['3', '2']);
            await toril(place, ['update', 'pictures', '3', '--priority', '0']);
            assert.equal(await (await place.job('3')).getState(), 'waiting');
            await torilWork(place);
            assert.equal(await place.queue.getCompletedCount(), 3);
        }));

        test('refuse what does not fit the state alike', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'a', data: {} }]);
            const job = await place.job('1');
            await assert.rejects(job.promote(), /state/);
            await toril(place, ['promote', 'pictures', '1'], { code: 4 });
            await assert.rejects(job.changeDelay(5), /state/);
            await toril(place, ['update', 'pictures', '1', '--delay', '5s'], { code: 4 });
            await assert.rejects(job.retry(), /state/);
            await toril(place, ['retry', 'pictures', '1'], { code: 4 });
            const held = await place.hands().getNextJob('token');
            assert.equal(held.id, '1');
            await assert.rejects(job.remove(), /locked/);
            await toril(place, ['remove', 'pictures', '1'], { code: 4 });
        }));

        test('clean from every state, from either side', inPlace(peer, async (place) => {
            const fill = async () => {
                await torilBulk(place, [{ name: 'ok', data: {} }, { name: 'bad', data: {} }]);
                await torilWork(place, ['--exec', 'test "$TORIL_JOB_NAME" = ok']);
                await torilBulk(place, [{ name: 'a', data: {}, opts: { delay: hour } }, { name: 'b', data: {} },
                    { name: 'c', data: {}, opts: { priority: 1 } }]);
                // Younger than asked is spared: make all of them older.
                await eventually('a millisecond has passed', async () => Date.now() > (await seen(place, (await redis.get(place.key('id'))))).timestamp + 1);
            };
            for (const state of ['completed', 'failed', 'delayed', 'prioritized']) {
                await fill();
                assert.equal((await place.queue.clean(0, 10, state)).length, 1, `${state}, there`);
                await place.queue.obliterate({ force: true });
                await fill();
                const here = await torilJson(place, ['queue', 'clean', 'pictures', '--state', state, '--older-than', '0ms', '--yes']);
                assert.equal(here.removed, 1, `${state}, here`);
                await place.queue.obliterate({ force: true });
            }
            await fill();
            assert.equal((await place.queue.clean(0, 10, 'wait')).length, 1);
            await fill();
            assert.equal((await torilJson(place, ['queue', 'clean', 'pictures', '--state', 'waiting', '--older-than', '0ms', '--yes'])).removed, 1);
        }));

        test('attempts that were started too often fail without running, on both sides', inPlace(peer, async (place) => {
            const started = async (id) => {
                await torilBulk(place, [{ name: 'n', data: {}, opts: { jobId: id, attempts: 5 } }]);
                await redis.hset(place.key(id), 'ats', '3');
            };
            await started('here');
            await torilWork(place, ['--noop', '--max-started', '2']);
            const job = await place.job('here');
            assert.deepEqual([await job.getState(), job.failedReason], ['failed', 'job started more than allowable limit']);
            if (peer.major < 6) return;
            await started('there');
            place.worker(async () => 1, { maxStartedAttempts: 2 });
            await becomes(place, 'there', 'failed');
            assert.equal((await seen(place, 'there')).failedReason, job.failedReason);
        }));

        test('a lock held there cannot be used here, nor one that was lost', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'n', data: {} }]);
            const job = await place.hands().getNextJob('token');
            await redis.set(`${place.key('1')}:lock`, 'someone else');
            await assert.rejects(within('refused', job.moveToCompleted(1, 'token', false)), /[Ll]ock/);
            assert.equal((await seen(place, '1')).state, 'active');
        }));
    });
}
