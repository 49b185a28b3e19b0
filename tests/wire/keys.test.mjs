// The same operations by Node 6.7.0 and by toril, key by key: what lies on Redis afterwards is
// the same but for times and tokens.

import assert from 'node:assert/strict';

import { compare, hour, workHere, workThere } from './support/keys.mjs';
import { toril, torilBulk } from './support/toril.mjs';

const jobs = [
    { name: 'plain', data: { a: 1, text: 'ñ / "' } },
    { name: 'options', data: [], opts: { attempts: 3, backoff: { type: 'exponential', delay: 1000, jitter: 0.25 }, keepLogs: 3 } },
    { name: 'number', data: 7, opts: { backoff: 500 } },
    { name: 'later', data: null, opts: { delay: 2 * hour } },
    { name: 'same time', data: {}, opts: { delay: hour, timestamp: 1_900_000_000_000 } },
    { name: 'same time', data: {}, opts: { delay: hour, timestamp: 1_900_000_000_000 } },
    { name: 'urgent', data: {}, opts: { priority: 3 } },
    { name: 'urgent', data: {}, opts: { priority: 3 } },
    { name: 'both', data: {}, opts: { priority: 2, delay: 3 * hour } },
    { name: 'first', data: {}, opts: { lifo: true } },
    { name: 'own', data: {}, opts: { jobId: 'own-id' } },
    { name: 'own', data: { again: true }, opts: { jobId: 'own-id' } },
    { name: 'kept', data: {}, opts: { removeOnComplete: { age: 60, count: 50 }, removeOnFail: true, stackTraceLimit: 2 } },
];

const failing = (name) => `test "$TORIL_JOB_NAME" != ${name} || { echo "no good" >&2; exit 1; }; echo '{"a":1}'`;
const failingThere = (name) => async (job) => {
    if (job.name === name) throw new Error('no good');
    return { a: 1 };
};

const byId = async (place, id) => {
    const job = await place.job(id);
    assert.ok(job, `job ${id} is there`);
    return job;
};

const scenarios = {
    'adding jobs of every kind': {
        there: async (place) => { for (const { name, data, opts } of jobs) await place.queue.add(name, data, opts); },
        here: (place) => torilBulk(place, jobs),
    },
    'adding one by one': {
        there: async (place) => {
            await place.queue.add('a', {}, { attempts: 2, backoff: { type: 'fixed', delay: 1000 } });
            await place.queue.add('b', { x: 1 }, { delay: hour });
            await place.queue.add('c', {}, { priority: 5, jobId: 'c' });
        },
        here: async (place) => {
            await toril(place, ['add', place.name, 'a', '{}', '--attempts', '2', '--backoff', 'fixed:1s']);
            await toril(place, ['add', place.name, 'b', '{"x":1}', '--delay', '1h']);
            await toril(place, ['add', place.name, 'c', '{}', '--priority', '5', '--id', 'c']);
        },
    },
    'completing jobs, by order and priority': {
        both: (place) => place.queue.addBulk(jobs.filter(({ opts }) => !opts?.delay)),
        there: (place) => workThere(place),
        here: (place) => workHere(place),
    },
    'failing for good': {
        both: (place) => place.queue.addBulk([{ name: 'good', data: {} }, { name: 'bad', data: {} }]),
        there: (place) => workThere(place, failingThere('bad')),
        here: (place) => workHere(place, '--exec', failing('bad')),
    },
    'failing every attempt, at once': {
        both: (place) => place.queue.add('bad', {}, { attempts: 3, stackTraceLimit: 2 }),
        there: (place) => workThere(place, failingThere('bad')),
        here: (place) => workHere(place, '--exec', failing('bad')),
    },
    'failing with a back-off': {
        both: (place) => place.queue.addBulk([
            { name: 'bad', data: {}, opts: { attempts: 3, backoff: hour } },
            { name: 'bad', data: {}, opts: { attempts: 3, backoff: { type: 'exponential', delay: hour }, priority: 4 } }]),
        there: (place) => workThere(place, failingThere('bad')),
        here: (place) => workHere(place, '--exec', failing('bad')),
    },
    'removing jobs when they are done': {
        both: (place) => place.queue.addBulk([
            ...[1, 2, 3].map(() => ({ name: 'good', data: {}, opts: { removeOnComplete: 2 } })),
            { name: 'good', data: {}, opts: { removeOnComplete: true } },
            { name: 'bad', data: {}, opts: { removeOnFail: true } },
            { name: 'bad', data: {}, opts: { removeOnFail: { count: 1 } } },
            { name: 'bad', data: {}, opts: { removeOnFail: { count: 1 } } }]),
        there: (place) => workThere(place, failingThere('bad')),
        here: (place) => workHere(place, '--exec', failing('bad')),
    },
    'working off a flow': {
        both: (place) => place.flows().add({ name: 'parent', queueName: place.name, opts: { jobId: 'parent' }, children: [
            { name: 'good', queueName: place.name, opts: { jobId: 'child-1' } },
            { name: 'bad', queueName: place.name, opts: { jobId: 'child-2', ignoreDependencyOnFailure: true } }] }),
        there: (place) => workThere(place, failingThere('bad')),
        here: (place) => workHere(place, '--exec', failing('bad')),
    },
    'a flow that fails with its child': {
        both: (place) => place.flows().add({ name: 'parent', queueName: place.name, opts: { jobId: 'parent' }, children: [
            { name: 'bad', queueName: place.name, opts: { jobId: 'child-1', failParentOnFailure: true } }] }),
        there: (place) => workThere(place, failingThere('bad')),
        here: (place) => workHere(place, '--exec', failing('bad')),
    },
    'promoting, changing and removing': {
        both: (place) => place.queue.addBulk([
            { name: 'a', data: {}, opts: { delay: hour } }, { name: 'b', data: {}, opts: { delay: hour, priority: 2 } },
            { name: 'c', data: {}, opts: { delay: hour } }, { name: 'd', data: {}, opts: { priority: 2 } },
            { name: 'e', data: {} }, { name: 'f', data: {}, opts: { priority: 1 } }]),
        there: async (place) => {
            await (await byId(place, '1')).promote();
            await (await byId(place, '2')).promote();
            await (await byId(place, '3')).changeDelay(2 * hour);
            await (await byId(place, '4')).changePriority({ priority: 9 });
            await (await byId(place, '4')).updateData({ new: [1] });
            await (await byId(place, '5')).changePriority({ priority: 1 });
            await (await byId(place, '6')).remove();
        },
        here: async (place) => {
            await toril(place, ['promote', place.name, '1']);
            await toril(place, ['promote', place.name, '2']);
            await toril(place, ['update', place.name, '3', '--delay', '2h']);
            await toril(place, ['update', place.name, '4', '--priority', '9']);
            await toril(place, ['update', place.name, '4', '--data', '{"new":[1]}']);
            await toril(place, ['update', place.name, '5', '--priority', '1']);
            await toril(place, ['remove', place.name, '6']);
        },
    },
    'retrying one and all': {
        both: async (place) => {
            await place.queue.addBulk(Array.from({ length: 4 }, (_, i) => ({ name: 'bad', data: {},
                opts: i === 0 ? { priority: 5 } : {} })));
            await workThere(place, failingThere('bad'));
        },
        there: async (place) => {
            await (await byId(place, '1')).retry();
            await place.queue.retryJobs({ state: 'failed' });
        },
        here: async (place) => {
            await toril(place, ['retry', place.name, '1']);
            await toril(place, ['retry', place.name, '--state', 'failed']);
        },
    },
    'pausing, adding and resuming': {
        both: (place) => place.queue.add('before', {}),
        there: async (place) => {
            await place.queue.pause();
            await place.queue.add('meanwhile', {});
            await place.queue.resume();
            await place.queue.pause();
        },
        here: async (place) => {
            await toril(place, ['queue', 'pause', place.name]);
            await toril(place, ['add', place.name, 'meanwhile']);
            await toril(place, ['queue', 'resume', place.name]);
            await toril(place, ['queue', 'pause', place.name]);
        },
    },
    'cleaning': {
        both: async (place) => {
            await place.queue.addBulk(Array.from({ length: 5 }, () => ({ name: 'good', data: {} })));
            await workThere(place);
            await place.queue.add('waits', {});
        },
        there: (place) => place.queue.clean(0, 3, 'completed'),
        here: (place) => toril(place, ['queue', 'clean', place.name, '--state', 'completed', '--older-than', '0ms',
            '--limit', '3', '--yes']),
    },
    'draining': {
        both: (place) => place.queue.addBulk(jobs),
        there: (place) => place.queue.drain(true),
        here: (place) => toril(place, ['queue', 'drain', place.name, '--delayed', '--yes']),
    },
    'obliterating': {
        both: (place) => place.queue.addBulk(jobs),
        there: (place) => place.queue.obliterate(),
        here: (place) => toril(place, ['queue', 'obliterate', place.name, '--yes']),
    },
};

compare('jobs', scenarios);
