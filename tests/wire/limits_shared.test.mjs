// Limits that are set on one side and hold on the other: most jobs at a time, most starts in a
// time, and a pause of starts that a handler asks for.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { eventually, inPlace, peers, within } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { toril, torilBulk, torilJson, torilWork, torilWorker } from './support/toril.mjs';

const hour = 3_600_000;
const jobs = (count) => Array.from({ length: count }, (_, i) => ({ name: 'n', data: { i } }));
const counts = (place) => torilJson(place, ['counts', 'pictures']);
const active = async (place) => (await counts(place)).active;

for (const peer of peers) {
    describe(`limits shared with ${peer.name}`, () => {
        test('most jobs at a time, set here, hold there', inPlace(peer, async (place) => {
            await toril(place, ['queue', 'concurrency', 'pictures', '2']);
            assert.equal(await place.queue.getGlobalConcurrency(), 2);
            await torilBulk(place, jobs(10));
            let now = 0;
            let most = 0;
            place.worker(async () => {
                most = Math.max(most, ++now);
                await redis.ping();
                await redis.ping();
                --now;
            }, { concurrency: 8 });
            await eventually('all are done', async () => (await counts(place)).completed === 10);
            assert.ok(most <= 2, `${most} at a time`);
        }));

        test('most jobs at a time are counted over both sides', inPlace(peer, async (place) => {
            await place.queue.setGlobalConcurrency(3);
            assert.deepEqual(await torilJson(place, ['queue', 'concurrency', 'pictures']), { concurrency: 3 });
            const hands = place.hands();
            await torilBulk(place, jobs(6));
            const held = [await hands.getNextJob('a', { block: false }), await hands.getNextJob('b', { block: false })];
            const worker = torilWorker(place, ['--exec', 'exec sleep 60', '--concurrency', '5']);
            await eventually('one runs here', async () => await active(place) === 3);
            assert.equal(await hands.getNextJob('c', { block: false }), undefined);
            assert.equal(await place.queue.isMaxed(), true);
            await held[0].moveToCompleted(null, 'a', false);
            await eventually('another runs here', async () => await active(place) === 3
                && (await counts(place)).completed === 1);
            await toril(place, ['queue', 'concurrency', 'pictures', 'none']);
            assert.equal(await place.queue.getGlobalConcurrency(), null);
            await eventually('the rest runs here', async () => await active(place) === 5);
            await worker.kill();
        }));

        test('a limit of starts of a worker there counts here', inPlace(peer, async (place) => {
            await torilBulk(place, jobs(4));
            const there = place.worker(null, { autorun: false, limiter: { max: 2, duration: hour }, lockDuration: 60_000 });
            for (const token of ['a', 'b']) {
                const job = await there.getNextJob(token, { block: false });
                await job.moveToCompleted(null, token, false);
            }
            assert.equal(await redis.get(place.key('limiter')), '2');
            const limited = torilWorker(place, ['--noop', '--limit', '2/1h'], ['pictures', 'elsewhere']);
            await eventually('it is there', async () => await place.queue.getWorkersCount() === 1);
            await torilBulk(place, jobs(1), 'elsewhere');
            await eventually('it works elsewhere', async () =>
                (await torilJson(place, ['counts', 'elsewhere'])).completed === 1);
            const left = await place.queue.getRateLimitTtl(2);
            assert.ok(left > hour - 60_000 && left <= hour, `${left}`);
            assert.deepEqual([(await counts(place)).completed, (await counts(place)).waiting], [2, 2]);
            await limited.kill('SIGTERM');
            await place.queue.removeRateLimitKey();
            await torilWork(place, ['--noop', '--limit', '20/1h']);
            assert.equal((await counts(place)).completed, 4);
        }));

        test('a limit of starts of a worker here counts there', inPlace(peer, async (place) => {
            await place.queue.addBulk(jobs(4));
            torilWorker(place, ['--noop', '--limit', '2/1h']);
            await eventually('two are done', async () => (await counts(place)).completed === 2);
            const left = await place.queue.getRateLimitTtl(2);
            assert.ok(left > hour - 60_000 && left <= hour, `${left}`);
            const there = place.worker(null, { autorun: false, limiter: { max: 2, duration: hour } });
            assert.equal(await there.getNextJob('a', { block: false }), undefined);
            assert.equal((await counts(place)).waiting, 2);
        }));

        test('a pause of starts, asked for there, holds here', inPlace(peer, async (place) => {
            await torilBulk(place, jobs(2));
            await place.queue.rateLimit(700);
            const before = Date.now();
            await torilWork(place, ['--noop', '--limit', '100/1h']);
            assert.equal((await counts(place)).completed, 2);
            for (const job of await place.queue.getCompleted()) {
                assert.ok(job.processedOn - before > 400, `${job.processedOn - before} ms`);
            }
        }));

        test('RateLimitError there puts our job back, for this side to do', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'n', data: {}, opts: { attempts: 3 } }, { name: 'm', data: {} }]);
            const worker = place.worker(async () => {
                await (peer.major >= 6 ? place.queue : worker).rateLimit(hour);
                throw new peer.bullmq.RateLimitError();
            }, { limiter: { max: 10, duration: 1000 } });
            await eventually('it is put back', async () => await redis.exists(place.key('limiter')) === 1
                && (await counts(place)).waiting === 2);
            await worker.close();
            assert.equal(await redis.get(place.key('limiter')), '9007199254740991');
            const [first] = await torilJson(place, ['jobs', 'pictures', '--state', 'waiting', '--asc']);
            assert.deepEqual([first.id, first.attemptsMade, first.attemptsStarted], ['1', 0, 1]);
            const ttl = await place.queue.getRateLimitTtl();
            assert.ok(ttl > hour - 60_000);
            await place.queue.removeRateLimitKey();
            await torilWork(place, ['--noop', '--limit', '10/1s']);
            assert.equal((await place.job('1')).attemptsMade, 1);
            assert.equal((await counts(place)).completed, 2);
        }));

        test('a worker that has no limit takes no notice of such a pause, on both sides', inPlace(peer, async (place) => {
            await place.queue.rateLimit(hour);
            await torilBulk(place, jobs(1));
            await torilWork(place);
            assert.equal((await counts(place)).completed, 1);
            await torilBulk(place, jobs(1));
            const job = await place.hands().getNextJob('token', { block: false });
            assert.ok(job);
        }));

        if (peer.major < 6) return;

        test('most starts over all workers, set by either side, hold on the other', inPlace(peer, async (place) => {
            await place.queue.setGlobalRateLimit(2, hour);
            assert.deepEqual(await torilJson(place, ['queue', 'limit', 'pictures']),
                { max: 2, duration: hour, limitedForMs: 0 });
            await torilBulk(place, jobs(6));
            const worker = torilWorker(place, ['--noop']);
            await eventually('two are done', async () => (await counts(place)).completed === 2);
            assert.ok(await place.queue.getRateLimitTtl() > hour - 60_000);
            assert.ok((await torilJson(place, ['queue', 'limit', 'pictures'])).limitedForMs > hour - 60_000);
            assert.equal(await place.hands().getNextJob('a', { block: false }), undefined);
            await worker.kill('SIGTERM');
            assert.equal((await counts(place)).completed, 2);

            await toril(place, ['queue', 'limit', 'pictures', 'none']);
            assert.equal(await place.queue.getGlobalRateLimit(), null);
            await place.queue.removeRateLimitKey();
            await toril(place, ['queue', 'limit', 'pictures', '1/1h']);
            assert.deepEqual(await place.queue.getGlobalRateLimit(), { max: 1, duration: hour });
            const hands = place.hands();
            const job = await hands.getNextJob('a', { block: false });
            await job.moveToCompleted(null, 'a', false);
            assert.equal(await hands.getNextJob('b', { block: false }), undefined);
            await place.queue.removeGlobalRateLimit();
            assert.deepEqual(await torilJson(place, ['queue', 'limit', 'pictures']),
                { max: 0, duration: 0, limitedForMs: 0 });
            await place.queue.removeRateLimitKey();
            await torilWork(place);
            assert.equal((await within('counted', counts(place))).completed, 6);
        }));
    });
}
