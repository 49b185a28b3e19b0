// Flows that `toril flow add` makes: their children and parents are done by Node's workers, and
// Node reads the tree.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { eventually, inPlace, peers, within } from './support/peer.mjs';
import { toril, torilJson } from './support/toril.mjs';

const hour = 3_600_000;
const child = (name, jobId, opts = {}, more = {}) => (
    { name, queueName: 'pictures', data: { name }, opts: { jobId, ...opts }, ...more });
const tree = (children, opts = {}) => (
    { name: 'parent', queueName: 'pictures', data: { top: true }, opts: { jobId: 'parent', ...opts }, children });

const addHere = (place, flow) => torilJson(place, ['flow', 'add', '-'], { input: JSON.stringify(flow) });
const stateOf = async (place, id) => (await place.job(id)).getState();
const becomes = (place, id, state) => eventually(`${id} is ${state}`,
    async () => (await stateOf(place, id)) === state);

/** Children called `bad` fail, others answer their data; a parent answers what it got. */
async function handler(job) {
    if (job.name === 'bad') throw new Error('spoilt');
    if (job.name !== 'parent') return job.data;
    return {
        values: await job.getChildrenValues(),
        ignored: await job.getIgnoredChildrenFailures(),
    };
}

for (const peer of peers) {
    describe(`a flow of toril, done by ${peer.name}`, () => {
        test('children over two queues first, then their parent with their values', inPlace(peer, async (place) => {
            const added = await addHere(place, tree([child('one', 'c1'),
                child('far', 'c2', {}, { queueName: 'elsewhere' })]));
            assert.deepEqual(added.children.map(({ id, queueName }) => [id, queueName]),
                [['c1', 'pictures'], ['c2', 'elsewhere']]);
            assert.equal(await stateOf(place, 'parent'), 'waiting-children');
            const events = await place.queueEvents();
            const parent = await place.job('parent');
            place.worker(handler);
            place.worker(handler, {}, 'elsewhere');
            const { values } = await within('the parent is done', parent.waitUntilFinished(events));
            assert.deepEqual(values, {
                [`${place.prefix}:pictures:c1`]: { name: 'one' },
                [`${place.prefix}:elsewhere:c2`]: { name: 'far' },
            });
        }));

        test('ids that toril makes up are followed as well', inPlace(peer, async (place) => {
            const added = await addHere(place, { name: 'parent', queueName: 'pictures', children: [
                { name: 'a', queueName: 'pictures', data: 1 }, { name: 'b', queueName: 'pictures', data: 2 }] });
            const events = await place.queueEvents();
            const parent = await place.job(added.id);
            place.worker(handler);
            const { values } = await within('the parent is done', parent.waitUntilFinished(events));
            assert.deepEqual(Object.values(values).sort(), [1, 2]);
            assert.deepEqual(Object.keys(values).sort(),
                added.children.map(({ id }) => `${place.prefix}:pictures:${id}`).sort());
        }));

        test('three generations climb up to the root', inPlace(peer, async (place) => {
            await addHere(place, tree([child('middle', 'm', {}, { children: [child('leaf', 'l')] })]));
            const done = [];
            const events = await place.queueEvents();
            events.on('completed', ({ jobId }) => done.push(jobId));
            const root = await place.job('parent');
            place.worker(handler);
            await within('the root is done', root.waitUntilFinished(events));
            await eventually('three are done', () => done.length === 3);
            assert.deepEqual(done, ['l', 'm', 'parent']);
        }));

        test('getFlow, getDependencies and getDependenciesCount read it', inPlace(peer, async (place) => {
            await addHere(place, tree([child('good', 'c1'), child('bad', 'c2', { ignoreDependencyOnFailure: true }),
                child('later', 'c3', { delay: hour }), child('bad', 'c4', { failParentOnFailure: true, delay: hour })]));
            const flow = await place.flows().getFlow({ id: 'parent', queueName: 'pictures', prefix: place.prefix });
            assert.deepEqual(flow.job.data, { top: true });
            assert.deepEqual(flow.children.map(({ job }) => [job.id, job.name]).sort(),
                [['c1', 'good'], ['c2', 'bad'], ['c3', 'later'], ['c4', 'bad']]);
            for (const each of flow.children) {
                assert.equal(each.job.parentKey, `${place.prefix}:pictures:parent`);
                assert.equal(each.job.parent.id, 'parent');
            }
            place.worker(handler);
            await becomes(place, 'c1', 'completed');
            await becomes(place, 'c2', 'failed');
            const parent = await place.job('parent');
            const key = (id) => `${place.prefix}:pictures:${id}`;
            const { processed, unprocessed, ignored } = await parent.getDependencies();
            assert.deepEqual(processed, { [key('c1')]: { name: 'good' } });
            assert.deepEqual(unprocessed.sort(), [key('c3'), key('c4')]);
            assert.deepEqual(ignored, { [key('c2')]: 'spoilt' });
            const counts = await parent.getDependenciesCount(
                { processed: true, unprocessed: true, ignored: true, failed: true });
            assert.deepEqual(counts, { processed: 1, unprocessed: 2, ignored: 1, failed: 0 });
        }));

        test('failParentOnFailure: the parent fails without running, siblings pending', inPlace(peer, async (place) => {
            await addHere(place, tree([child('bad', 'c1', { failParentOnFailure: true }),
                child('later', 'c2', { delay: hour })]));
            const ran = [];
            place.worker(async (job) => { ran.push(job.name); return handler(job); });
            await becomes(place, 'parent', 'failed');
            const parent = await place.job('parent');
            assert.equal(parent.failedReason, `child ${place.prefix}:pictures:c1 failed`);
            assert.deepEqual(ran, ['bad']);
            assert.equal((await parent.getDependenciesCount({ failed: true })).failed, 1);
            assert.equal(await stateOf(place, 'c2'), 'delayed');
        }));

        test('continueParentOnFailure: the parent runs at once and may drop the rest', inPlace(peer, async (place) => {
            await addHere(place, tree([child('bad', 'c1', { continueParentOnFailure: true }),
                child('later', 'c2', { delay: hour })]));
            place.worker(async (job) => {
                if (job.name === 'parent') await job.removeUnprocessedChildren();
                return handler(job);
            });
            await becomes(place, 'parent', 'completed');
            const { ignored } = (await place.job('parent')).returnvalue;
            assert.deepEqual(ignored, { [`${place.prefix}:pictures:c1`]: 'spoilt' });
            await toril(place, ['job', 'pictures', 'c2'], { code: 3 });
        }));

        for (const [option, ignored] of [['ignoreDependencyOnFailure', true], ['removeDependencyOnFailure', false]]) {
            test(`${option}: the parent runs when the others are done`, inPlace(peer, async (place) => {
                await addHere(place, tree([child('bad', 'c1', { [option]: true }), child('good', 'c2')]));
                place.worker(handler);
                await becomes(place, 'parent', 'completed');
                const got = (await place.job('parent')).returnvalue;
                assert.deepEqual(got.values, { [`${place.prefix}:pictures:c2`]: { name: 'good' } });
                assert.deepEqual(got.ignored, ignored ? { [`${place.prefix}:pictures:c1`]: 'spoilt' } : {});
            }));
        }

        test('without a policy it waits, until the child is retried here', inPlace(peer, async (place) => {
            await addHere(place, tree([child('bad', 'c1')]));
            let mended = false;
            place.worker(async (job) => {
                if (job.name === 'bad' && !mended) throw new Error('spoilt');
                return 1;
            });
            await becomes(place, 'c1', 'failed');
            assert.equal(await stateOf(place, 'parent'), 'waiting-children');
            mended = true;
            await toril(place, ['retry', 'pictures', 'c1']);
            await becomes(place, 'parent', 'completed');
        }));

        test('a released parent keeps its priority or its delay', inPlace(peer, async (place) => {
            await addHere(place, tree([child('a', 'c1', {}, { queueName: 'elsewhere' })], { priority: 6 }));
            await addHere(place, { ...tree([child('a', 'c2', {}, { queueName: 'elsewhere' })], { delay: hour }),
                opts: { jobId: 'second', delay: hour } });
            place.worker(handler, {}, 'elsewhere');
            await becomes(place, 'parent', 'prioritized');
            await becomes(place, 'second', 'delayed');
        }));

        test('is shown alike on both sides when a child is added there', inPlace(peer, async (place) => {
            await addHere(place, tree([child('a', 'c1')]));
            await place.queue.add('late', {}, { jobId: 'c2', parent: { id: 'parent', queue: `${place.prefix}:pictures` } });
            const shown = await torilJson(place, ['flow', 'tree', 'pictures', 'parent']);
            assert.deepEqual(shown.children.map(({ job }) => job.id).sort(), ['c1', 'c2']);
            place.worker(handler);
            await becomes(place, 'parent', 'completed');
            assert.equal(Object.keys((await place.job('parent')).returnvalue.values).length, 2);
        }));
    });
}
