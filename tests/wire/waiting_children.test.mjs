// Jobs that wait for children which they add while they run, and children that are taken away.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { eventually, inPlace, peers, within } from './support/peer.mjs';
import { toril, torilJson, torilWork, torilWorker } from './support/toril.mjs';

const hour = 3_600_000;
const stateHere = async (place, id) => (await torilJson(place, ['job', 'pictures', id])).state;
const becomes = (place, id, state) => eventually(`${id} is ${state}`,
    async () => (await (await place.job(id)).getState()) === state);

const flow = (children, opts = {}) => ({ name: 'parent', queueName: 'pictures', data: {},
    opts: { jobId: 'parent', ...opts }, children });
const child = (jobId, opts = {}, queueName = 'pictures') => ({ name: 'child', queueName, data: {}, opts: { jobId, ...opts } });
const addHere = (place, tree) => toril(place, ['flow', 'add', '-'], { input: JSON.stringify(tree) });
const job = (place, id, queue = place.queue) => place.peer.bullmq.Job.fromId(queue, id);

/** A processor of two steps: it adds a child elsewhere, waits for it, and answers its value. */
function stepper(place) {
    const { WaitingChildrenError } = place.peer.bullmq;
    const elsewhere = place.queueNamed('elsewhere');
    return async (parent, token) => {
        if (!parent.data.step) {
            await elsewhere.add('child', {}, { parent: { id: parent.id, queue: parent.queueQualifiedName } });
            await parent.updateData({ step: 2 });
            if (await parent.moveToWaitingChildren(token)) throw new WaitingChildrenError();
        }
        return Object.values(await parent.getChildrenValues());
    };
}

for (const peer of peers) {
    describe(`waiting for children, with ${peer.name}`, () => {
        for (const where of ['there', 'here']) {
            test(`a parent added ${where} waits there for a child that is done here`, inPlace(peer, async (place) => {
                if (where === 'there') await place.queue.add('parent', {}, { jobId: 'parent' });
                else await toril(place, ['add', 'pictures', 'parent', '{}', '--id', 'parent']);
                const events = await place.queueEvents();
                place.worker(stepper(place));
                await eventually('the parent waits',
                    async () => (await stateHere(place, 'parent')) === 'waiting-children');
                const tree = await torilJson(place, ['flow', 'tree', 'pictures', 'parent']);
                assert.equal(tree.children.length, 1);
                assert.equal(tree.children[0].job.queue, 'elsewhere');
                torilWorker(place, ['--exec', 'echo 7'], ['elsewhere']);
                const parent = await place.job('parent');
                assert.deepEqual(await within('the parent is done', parent.waitUntilFinished(events)), [7]);
                const after = await place.job('parent');
                assert.equal(after.attemptsMade, 1);
                assert.equal(after.attemptsStarted, 2);
            }));
        }

        test('a parent that there is nothing to wait for goes on', inPlace(peer, async (place) => {
            await toril(place, ['add', 'pictures', 'parent', '{}', '--id', 'parent']);
            let moved;
            place.worker(async (parent, token) => { moved = await parent.moveToWaitingChildren(token); return 1; });
            await becomes(place, 'parent', 'completed');
            assert.equal(moved, false);
        }));

        test('a parent that waited there is finished here', inPlace(peer, async (place) => {
            await place.queue.add('parent', {}, { jobId: 'parent' });
            const worker = place.worker(stepper(place));
            await becomes(place, 'parent', 'waiting-children');
            await worker.close();
            await torilWork(place, ['--exec', 'echo 7'], 'elsewhere');
            assert.equal(await stateHere(place, 'parent'), 'waiting');
            await torilWork(place, ['--exec', 'cat']);
            assert.deepEqual((await place.job('parent')).returnvalue, { step: 2 });
        }));

        test('a running parent is told here that children are pending', inPlace(peer, async (place) => {
            await addHere(place, flow([child('c1', { continueParentOnFailure: true }), child('c2', { delay: hour })]));
            await torilWork(place, ['--exec', '[ "$TORIL_JOB_NAME" != child ]', '--concurrency', '1', '--reach', '0s']);
            // Released at once, it cannot complete: c2 is still to come.
            const parent = await place.job('parent');
            assert.equal(await parent.getState(), 'failed');
            assert.match(parent.failedReason, /has pending children$/);
        }));

        test('removeUnprocessedChildren there releases our parent', inPlace(peer, async (place) => {
            await addHere(place, flow([child('c1'), child('c2', { delay: hour }), child('c3', { priority: 2 })]));
            await (await place.job('parent')).removeUnprocessedChildren();
            for (const id of ['c1', 'c2', 'c3']) await toril(place, ['job', 'pictures', id], { code: 3 });
            assert.equal(await stateHere(place, 'parent'), 'waiting');
            await torilWork(place);
            assert.equal(await (await place.job('parent')).getState(), 'completed');
        }));

        test('removeUnprocessedChildren there spares a child that runs here', inPlace(peer, async (place) => {
            await addHere(place, flow([child('c1'), child('c2', { delay: hour })]));
            const events = await place.queueEvents();
            const active = new Promise((resolve) => { events.on('active', resolve); });
            const worker = torilWorker(place, ['--exec', 'exec sleep 60']);
            await within('c1 runs', active);
            await (await place.job('parent')).removeUnprocessedChildren();
            assert.equal(await stateHere(place, 'c1'), 'active');
            await toril(place, ['job', 'pictures', 'c2'], { code: 3 });
            assert.equal(await stateHere(place, 'parent'), 'waiting-children');
            await worker.kill();
        }));

        test('removeChildDependency there sets our child free', inPlace(peer, async (place) => {
            await addHere(place, flow([child('c1'), child('c2', {}, 'elsewhere')]));
            const elsewhere = place.queueNamed('elsewhere');
            assert.equal(await (await job(place, 'c2', elsewhere)).removeChildDependency(), true);
            assert.equal(await stateHere(place, 'parent'), 'waiting-children');
            const free = await torilJson(place, ['job', 'elsewhere', 'c2']);
            assert.equal(free.parentKey, undefined);
            assert.equal(await (await job(place, 'c1')).removeChildDependency(), true);
            assert.equal(await stateHere(place, 'parent'), 'waiting');
            await torilWork(place, ['--noop', '--concurrency', '1']);
            assert.equal(await stateHere(place, 'parent'), 'completed');
            assert.equal(await stateHere(place, 'c1'), 'completed');
        }));

        test('removing the last child here releases a parent of theirs', inPlace(peer, async (place) => {
            await place.flows().add(flow([child('c1'), child('c2', { delay: hour })]));
            await toril(place, ['remove', 'pictures', 'c1']);
            assert.equal(await (await place.job('parent')).getState(), 'waiting-children');
            await toril(place, ['remove', 'pictures', 'c2']);
            place.worker(async () => 3);
            await becomes(place, 'parent', 'completed');
        }));

        test('removing a parent removes its children, from either side, unless one runs', inPlace(peer, async (place) => {
            await place.flows().add(flow([child('c1'), child('c2', {}, 'elsewhere')]));
            await toril(place, ['remove', 'pictures', 'parent']);
            assert.equal(await place.job('c1'), undefined);
            assert.equal(await job(place, 'c2', place.queueNamed('elsewhere')), undefined);
            await addHere(place, flow([child('c1'), child('c2', {}, 'elsewhere')]));
            await (await place.job('parent')).remove();
            await toril(place, ['job', 'pictures', 'c1'], { code: 3 });
            await toril(place, ['job', 'elsewhere', 'c2'], { code: 3 });
            await place.flows().add(flow([child('c1')]));
            const held = await place.hands().getNextJob('token');
            assert.equal(held.id, 'c1');
            await toril(place, ['remove', 'pictures', 'parent'], { code: 4 });
            assert.equal(await (await place.job('parent')).getState(), 'waiting-children');
        }));
    });
}
