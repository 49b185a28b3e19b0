// A worker of toril whose rate limit is used up: it looks again every few seconds, as Node does
// after half a minute at most (bullmq-wire 4.2 step 8), and ends when it is to.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { eventually, inPlace, peers } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { torilBulk, torilJson, torilWork, torilWorker } from './support/toril.mjs';

const hour = 3_600_000;
const counts = (place) => torilJson(place, ['counts', 'pictures']);
const jobs = Array.from({ length: 4 }, (_, i) => ({ name: 'n', data: { i } }));

for (const peer of peers) {
    describe(`a worker of toril that is rate limited, beside ${peer.name}`, () => {
        test('sees within half a minute that the limit was removed there', inPlace(peer, async (place) => {
            await place.queue.addBulk(jobs);
            torilWorker(place, ['--noop', '--limit', '2/1h']);
            await eventually('two are done', async () => (await counts(place)).completed === 2);
            await place.queue.removeRateLimitKey();
            await eventually('all are done', async () => (await counts(place)).completed === 4, 40_000);
        }));

        test('ends with --until-empty when nothing is left, though its limit is reached', inPlace(peer, async (place) => {
            await place.queue.addBulk(jobs.slice(0, 2));
            await torilWork(place, ['--noop', '--limit', '2/1h']);
            assert.equal((await counts(place)).completed, 2);
        }));

        test('lets due jobs in meanwhile', inPlace(peer, async (place) => {
            await place.queue.addBulk(jobs);
            torilWorker(place, ['--noop', '--limit', '2/1h']);
            await eventually('two are done', async () => (await counts(place)).completed === 2);
            await torilBulk(place, [{ name: 'later', data: {}, opts: { delay: 500 } }]);
            await eventually('it is let in', async () => (await counts(place)).delayed === 0, 40_000);
            assert.ok(await redis.exists(place.key('limiter')));
        }));
    });
}
