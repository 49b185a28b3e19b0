// Flows that Node makes: their children and parents are done here.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { inPlace, peers, within } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { torilJson, torilWork, torilWorker } from './support/toril.mjs';

const child = (name, opts = {}, queueName = 'pictures') => ({ name, queueName, data: { name }, opts });

async function add(place, children, opts = {}) {
    const tree = await place.flows().add({ name: 'parent', queueName: place.name, data: {}, opts, children });
    return tree.job.id;
}

const failing = ['--concurrency', '1', '--exec', 'test "$TORIL_JOB_NAME" != bad || { echo spoilt >&2; exit 1; }; cat'];

for (const peer of peers) {
    describe(`a flow of ${peer.name}`, () => {
        test('ends here: the children, then their parent with their values', inPlace(peer, async (place) => {
            const id = await add(place, [child('one'), child('two'), child('far', {}, 'elsewhere')]);
            assert.equal((await torilJson(place, ['job', place.name, id])).state, 'waiting-children');
            await torilWork(place, ['--exec', 'cat']);
            assert.equal(await (await place.job(id)).getState(), 'waiting-children');
            await torilWork(place, ['--exec', 'cat'], 'elsewhere');
            assert.equal(await (await place.job(id)).getState(), 'waiting');
            const values = Object.values(await (await place.job(id)).getChildrenValues());
            assert.deepEqual(values.map(({ name }) => name).sort(), ['far', 'one', 'two']);
            await torilWork(place);
            assert.equal(await (await place.job(id)).getState(), 'completed');
        }));

        test('wakes a parent\'s worker there when the last child is done here', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            const id = await add(place, [child('far', {}, 'elsewhere')]);
            place.worker(async (job) => Object.values(await job.getChildrenValues()), { drainDelay: 60 });
            torilWorker(place, ['--exec', 'echo 5'], ['elsewhere']);
            const parent = await place.job(id);
            assert.deepEqual(await within('the parent is done', parent.waitUntilFinished(events)), [5]);
        }));

        test('keeps its priority or delay when it is released', inPlace(peer, async (place) => {
            const first = await add(place, [child('one', {}, 'elsewhere')], { priority: 6 });
            await torilWork(place, ['--noop'], 'elsewhere');
            assert.equal(await (await place.job(first)).getState(), 'prioritized');
            const second = await add(place, [child('one', {}, 'elsewhere')], { delay: 1_000_000 });
            await torilWork(place, ['--noop'], 'elsewhere');
            assert.equal(await (await place.job(second)).getState(), 'delayed');
        }));

        test('fails with a child whose failure is its own', inPlace(peer, async (place) => {
            const id = await add(place, [child('bad', { failParentOnFailure: true }), child('far', {}, 'elsewhere')]);
            await torilWork(place, failing);
            const parent = await place.job(id);
            assert.equal(await parent.getState(), 'failed');
            assert.match(parent.failedReason, /^child .*:pictures:.* failed$/);
        }));

        for (const [option, ignored] of [['ignoreDependencyOnFailure', 1], ['removeDependencyOnFailure', 0]]) {
            test(`goes on with ${option}`, inPlace(peer, async (place) => {
                const id = await add(place, [child('bad', { [option]: true }), child('good')]);
                await torilWork(place, failing);
                const parent = await place.job(id);
                assert.equal(await parent.getState(), 'completed');
                const failures = await redis.hvals(`${place.key(id)}:failed`);
                assert.deepEqual(failures, ignored ? ['spoilt'] : []);
                assert.equal(Object.keys(await parent.getChildrenValues()).length, 1);
            }));
        }

        test('goes on at once with continueParentOnFailure', inPlace(peer, async (place) => {
            const id = await add(place, [child('bad', { continueParentOnFailure: true }),
                child('far', {}, 'elsewhere')]);
            const bad = (await place.queue.getJobs(['waiting'])).find((job) => job.name === 'bad');
            torilWorker(place, failing);
            const events = await place.queueEvents();
            await within('failed', assert.rejects(bad.waitUntilFinished(events)));
            assert.notEqual(await (await place.job(id)).getState(), 'waiting-children');
        }));

        test('waits for a child that failed without such an option, until it is retried', inPlace(peer, async (place) => {
            const id = await add(place, [child('bad')]);
            await torilWork(place, failing);
            const parent = await place.job(id);
            assert.equal(await parent.getState(), 'waiting-children');
            const [bad] = await place.queue.getJobs(['failed']);
            await bad.retry();
            await torilWork(place);
            assert.equal(await parent.getState(), 'completed');
        }));
    });
}
