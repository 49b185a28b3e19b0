// Flows by Node 6.7.0 and by toril, key by key.

import { compare, hour, workHere, workThere } from './support/keys.mjs';
import { toril } from './support/toril.mjs';

const child = (name, jobId, opts = {}, more = {}) => (
    { name, queueName: 'pictures', data: { name }, opts: { jobId, ...opts }, ...more });
const tree = (children, opts = {}) => (
    { name: 'parent', queueName: 'pictures', data: {}, opts: { jobId: 'parent', ...opts }, children });

const failing = 'test "$TORIL_JOB_NAME" != bad || { echo "no good" >&2; exit 1; }; echo 7';
const failingThere = async (job) => {
    if (job.name === 'bad') throw new Error('no good');
    return 7;
};
const addThere = (place, flow) => place.flows().add(flow);
const addHere = (place, flow) => toril(place, ['flow', 'add', '-'], { input: JSON.stringify(flow) });

/** The same flow added by each, and worked off by each if asked. */
const added = (flow) => ({ there: (place) => addThere(place, flow), here: (place) => addHere(place, flow) });
const worked = (flow) => ({
    there: async (place) => { await addThere(place, flow); await workThere(place, failingThere); },
    here: async (place) => { await addHere(place, flow); await workHere(place, '--exec', failing); },
});
/** Node adds it, each side changes it. */
const changed = (flow, there, here) => ({ both: (place) => addThere(place, flow), there, here });
const job = (place, id, queue = place.queue) => place.peer.bullmq.Job.fromId(queue, id);

compare('flows', {
    'a parent and its children': added(tree([child('a', 'c1'), child('b', 'c2', { delay: hour }),
        child('c', 'c3', { priority: 2 }), child('d', 'c4', { lifo: true })])),
    'three generations over two queues': added(tree([child('a', 'c1', {}, { children: [
        child('b', 'g1', {}, { queueName: 'elsewhere' }), child('c', 'g2')] })], { priority: 4 })),
    'all the policies': added(tree([
        child('a', 'c1', { failParentOnFailure: true }), child('b', 'c2', { continueParentOnFailure: true }),
        child('c', 'c3', { ignoreDependencyOnFailure: true }), child('d', 'c4', { removeDependencyOnFailure: true })])),
    'a flow that exists already': {
        both: (place) => addThere(place, tree([child('a', 'c1')])),
        ...added(tree([child('a', 'c1'), child('b', 'c2')])),
    },
    'a child that has completed already': {
        both: async (place) => {
            await place.queue.add('a', {}, { jobId: 'c1' });
            await workThere(place, failingThere);
        },
        ...added(tree([child('a', 'c1')])),
    },
    'a child that waits already': {
        both: (place) => place.queue.add('a', {}, { jobId: 'c1' }),
        ...added(tree([child('a', 'c1')])),
    },
    'a parent that is delayed, worked off': worked(tree([child('a', 'c1')], { delay: hour })),
    'a parent with a priority, worked off': worked(tree([child('a', 'c1')], { priority: 3 })),
    'no policy: the parent waits': worked(tree([child('bad', 'c1'), child('a', 'c2')])),
    'failParentOnFailure': worked(tree([child('bad', 'c1', { failParentOnFailure: true }), child('a', 'c2')])),
    'continueParentOnFailure': worked(tree([child('bad', 'c1', { continueParentOnFailure: true })])),
    'ignoreDependencyOnFailure': worked(tree([child('bad', 'c1', { ignoreDependencyOnFailure: true }), child('a', 'c2')])),
    'removeDependencyOnFailure': worked(tree([child('bad', 'c1', { removeDependencyOnFailure: true }), child('a', 'c2')])),
    'a failure that climbs': worked(tree([child('middle', 'c1', { failParentOnFailure: true }, {
        children: [child('bad', 'g1', { failParentOnFailure: true })] })])),
    'a child that is removed when it fails': worked(tree([child('bad', 'c1', { removeOnFail: true })])),
    'a child added while the parent waits': {
        both: (place) => addThere(place, tree([child('a', 'c1')])),
        there: (place) => place.queue.add('late', {}, { jobId: 'c2', parent: { id: 'parent', queue: `${place.prefix}:pictures` } }),
        here: (place) => toril(place, ['add', 'pictures', '--jsonl', '-'], { input: JSON.stringify({ name: 'late', data: {},
            opts: { jobId: 'c2', parent: { id: 'parent', queue: `${place.prefix}:pictures` } } }) }),
    },
    // One child: several go in the order of a set, which is that of no one.
    'removing a parent with its child': changed(tree([child('a', 'c1')]),
        async (place) => (await job(place, 'parent')).remove(),
        (place) => toril(place, ['remove', 'pictures', 'parent'])),
    'removing a parent without its children': changed(tree([child('a', 'c1')]),
        async (place) => (await job(place, 'parent')).remove({ removeChildren: false }),
        (place) => toril(place, ['remove', 'pictures', 'parent', '--keep-children'])),
    'removing the only child': changed(tree([child('a', 'c1')], { priority: 2 }),
        async (place) => (await job(place, 'c1')).remove(),
        (place) => toril(place, ['remove', 'pictures', 'c1'])),
    'retrying a failed child': {
        both: async (place) => {
            await addThere(place, tree([child('bad', 'c1', { failParentOnFailure: true }), child('a', 'c2')]));
            await workThere(place, failingThere);
        },
        there: async (place) => (await job(place, 'c1')).retry(),
        here: (place) => toril(place, ['retry', 'pictures', 'c1']),
    },
    'draining children': changed(tree([child('a', 'c1'), child('b', 'c2')]),
        (place) => place.queue.drain(),
        (place) => toril(place, ['queue', 'drain', 'pictures', '--yes'])),
});
