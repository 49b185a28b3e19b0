// `toril cancel` as Node sees it: the job fails, for good, unless a worker of Node runs it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';

import { eventually, inPlace, peers, within } from './support/peer.mjs';
import { toril, torilJson, torilWorker } from './support/toril.mjs';

const hour = 3_600_000;

for (const peer of peers) {
    describe(`a job that toril cancels, as ${peer.name} sees it`, () => {
        for (const [was, opts] of [['waiting', {}], ['delayed', { delay: hour }], ['prioritized', { priority: 3 }]]) {
            test(`fails from ${was}, with its reason`, inPlace(peer, async (place) => {
                const events = await place.queueEvents();
                const failed = once(events, 'failed');
                const job = await place.queue.add('n', {}, { ...opts, attempts: 5 });
                const finished = job.waitUntilFinished(events);
                const refused = assert.rejects(finished, /not wanted/);
                const answer = await torilJson(place, ['cancel', 'pictures', job.id, '--reason', 'not wanted']);
                assert.deepEqual([answer.was, answer.state], [was, 'failed']);
                const [{ jobId, failedReason }] = await within('the event', failed);
                assert.deepEqual([jobId, failedReason], [job.id, 'not wanted']);
                await within('waitUntilFinished', refused);
                const seen = await place.job(job.id);
                assert.equal(await seen.getState(), 'failed');
                assert.equal(seen.failedReason, 'not wanted');
                assert.ok(seen.finishedOn > 0);
                assert.equal((await place.queue.getJobCounts()).failed, 1);
                // And it can be retried there.
                await seen.retry();
                place.worker(async () => 5);
                await eventually('it is done', async () => (await (await place.job(job.id)).getState()) === 'completed');
            }));
        }

        test('waiting for children, it fails and its children go on', inPlace(peer, async (place) => {
            await place.flows().add({ name: 'parent', queueName: 'pictures', opts: { jobId: 'parent' }, children: [
                { name: 'child', queueName: 'pictures', opts: { jobId: 'child' } }] });
            await toril(place, ['cancel', 'pictures', 'parent']);
            assert.equal(await (await place.job('parent')).getState(), 'failed');
            place.worker(async () => 1);
            await eventually('the child is done', async () => (await (await place.job('child')).getState()) === 'completed');
            assert.equal(await (await place.job('parent')).getState(), 'failed');
        }));

        test('as a child whose failure is its parent\'s, it fails the parent', inPlace(peer, async (place) => {
            await place.flows().add({ name: 'parent', queueName: 'pictures', opts: { jobId: 'parent' }, children: [
                { name: 'child', queueName: 'pictures', opts: { jobId: 'child', failParentOnFailure: true } }] });
            await toril(place, ['cancel', 'pictures', 'child']);
            place.worker(async () => 1);
            await eventually('the parent fails', async () => (await (await place.job('parent')).getState()) === 'failed');
            assert.match((await place.job('parent')).failedReason, /^child .*:child failed$/);
        }));

        test('run by toril, it is stopped and fails, whatever attempts are left', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            const active = once(events, 'active');
            const failed = once(events, 'failed');
            const job = await place.queue.add('n', {}, { attempts: 5 });
            torilWorker(place, ['--exec', 'exec sleep 60']);
            await within('it runs', active);
            const answer = await torilJson(place, ['cancel', 'pictures', job.id, '--reason', 'enough']);
            assert.equal(answer.was, 'active');
            const [{ jobId }] = await within('the event', failed);
            assert.equal(jobId, job.id);
            const seen = await place.job(job.id);
            assert.equal(await seen.getState(), 'failed');
            assert.match(seen.failedReason, /enough/);
            assert.equal(seen.attemptsMade, 1);
        }));

        test('run by Node, it takes no notice and finishes', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            const job = await place.queue.add('n', {});
            let finish;
            const told = new Promise((resolve) => { finish = resolve; });
            const active = once(events, 'active');
            place.worker(() => told);
            await within('it runs', active);
            await toril(place, ['cancel', 'pictures', job.id]);
            assert.equal(await (await place.job(job.id)).getState(), 'active');
            finish(9);
            assert.equal(await within('it is done', job.waitUntilFinished(events)), 9);
            assert.equal(await (await place.job(job.id)).getState(), 'completed');
        }));

        test('finished, it stays as it is', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            const job = await place.queue.add('n', {});
            place.worker(async () => 1);
            await within('it is done', job.waitUntilFinished(events));
            await toril(place, ['cancel', 'pictures', job.id], { code: 4 });
            assert.equal(await (await place.job(job.id)).getState(), 'completed');
        }));
    });
}
