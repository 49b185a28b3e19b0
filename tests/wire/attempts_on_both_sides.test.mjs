// One job whose attempts run here and there by turns.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { inPlace, peers } from './support/peer.mjs';
import { toril, torilJson, torilWork } from './support/toril.mjs';

/** Takes the next job in Node and fails or completes it. */
async function runThere(place, hands, end) {
    const job = await hands.getNextJob('node-token');
    assert.ok(job, 'Node finds a job to take');
    await end(job);
    return job;
}

const failThere = (reason) => (job) => job.moveToFailed(new Error(reason), 'node-token', false);

const failHere = (place, reason) =>
    torilWork(place, ['--exec', `echo "${reason} (attempt $TORIL_ATTEMPT)" >&2; exit 1`]);

for (const peer of peers) {
    describe(`a job shared with ${peer.name}`, () => {
        test('counts attempts, reasons and traces from both sides', inPlace(peer, async (place) => {
            const hands = place.hands();
            const { id } = await place.queue.add('shared', {}, {
                attempts: 4, backoff: { type: 'fixed', delay: 3_600_000 } });

            await failHere(place, 'here');
            let job = await place.job(id);
            assert.equal(await job.getState(), 'delayed');
            assert.equal(job.attemptsMade, 1);
            assert.equal(job.failedReason, 'here (attempt 1)');
            assert.equal(job.delay, 3_600_000);

            await job.promote();
            await runThere(place, hands, failThere('there'));
            let seen = await torilJson(place, ['job', place.name, id]);
            assert.equal(seen.state, 'delayed');
            assert.equal(seen.attemptsMade, 2);
            assert.equal(seen.failedReason, 'there');

            await toril(place, ['promote', place.name, id]);
            await failHere(place, 'here again');
            await toril(place, ['promote', place.name, id]);
            await runThere(place, hands, (last) => last.moveToCompleted({ by: 'node' }, 'node-token', false));

            job = await place.job(id);
            assert.equal(await job.getState(), 'completed');
            assert.equal(job.attemptsMade, 4);
            assert.equal(job.attemptsStarted, 4);
            assert.equal(job.stacktrace.length, 3);
            assert.match(job.stacktrace[1], /^Error: there\n {4}at /);
            assert.equal(job.failedReason, 'here again (attempt 3)');
            seen = await torilJson(place, ['job', place.name, id]);
            assert.deepEqual(seen.returnvalue, { by: 'node' });
            assert.deepEqual(seen.stacktrace, job.stacktrace);
        }));

        test('that failed there is put back here, and the other way round', inPlace(peer, async (place) => {
            const hands = place.hands();
            const { id } = await place.queue.add('shared', {});
            await runThere(place, hands, failThere('first'));
            await toril(place, ['retry', place.name, id]);
            let job = await place.job(id);
            assert.equal(await job.getState(), 'waiting');
            assert.equal(job.finishedOn, undefined);
            assert.equal(job.stacktrace.length, 1);

            await failHere(place, 'second');
            job = await place.job(id);
            assert.equal(job.attemptsMade, 2);
            await job.retry('failed');
            await torilWork(place);
            job = await place.job(id);
            assert.equal(await job.getState(), 'completed');
            assert.equal(job.attemptsMade, 3);
            assert.equal(job.stacktrace.length, 2);
        }));

        test('cannot be finished by a side that has lost it', inPlace(peer, async (place) => {
            const hands = place.hands();
            const { id } = await place.queue.add('shared', {});
            const job = await hands.getNextJob('node-token');
            await toril(place, ['remove', place.name, id], { code: 4 });
            await toril(place, ['promote', place.name, id], { code: 4 });
            await toril(place, ['retry', place.name, id], { code: 4 });
            await job.moveToCompleted('done', 'node-token', false);
            await toril(place, ['remove', place.name, id]);
            assert.equal(await place.job(id), undefined);
            await toril(place, ['job', place.name, id], { code: 3 });
        }));
    });
}
