// What Node says about a queue, and what toril says about the same one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { eventually, inPlace, peers, within } from './support/peer.mjs';
import { toril, torilJson, torilWorker } from './support/toril.mjs';

const states = ['waiting', 'active', 'delayed', 'prioritized', 'waiting-children', 'completed', 'failed'];

/** Two or more jobs in each state, made by Node. */
async function populate(place) {
    const { queue } = place;
    const hands = place.hands();
    const finish = async (name, end) => {
        await queue.add(name, { name }, { attempts: 2, backoff: 1_000_000, lifo: true });
        await end(await hands.getNextJob('t'));
    };
    for (let i = 0; i < 3; ++i) await finish(`done-${i}`, (job) => job.moveToCompleted({ i }, 't', false));
    for (let i = 0; i < 2; ++i) {
        const reason = new place.peer.bullmq.UnrecoverableError(`reason ${i} ñ`);
        await finish(`failed-${i}`, (job) => job.moveToFailed(reason, 't', false));
    }
    await finish('retried', (job) => job.moveToFailed(new Error('again'), 't', false));
    for (let i = 0; i < 2; ++i) await finish(`active-${i}`, async () => {});
    for (let i = 0; i < 3; ++i) await queue.add(`waits-${i}`, [i], { keepLogs: 5, removeOnFail: { age: 60 } });
    await queue.add('p2', {}, { priority: 2 });
    await queue.add('p1', {}, { priority: 1, jobId: 'first-class' });
    await queue.add('later', {}, { delay: 7_000_000, priority: 4 });
    await queue.add('soon', {}, { delay: 3_000_000 });
    for (let i = 0; i < 2; ++i) {
        await place.flows().add({ name: `parent-${i}`, queueName: place.name, data: { i },
            children: [{ name: 'child', queueName: 'elsewhere', data: {}, opts: { failParentOnFailure: true } }] });
    }
}

/** Node's own document of a job, but for what is undefined there and what names no job. */
function document(job) {
    const { queueQualifiedName, ...rest } = JSON.parse(JSON.stringify(job.toJSON()));
    return rest;
}

/** Ours without what only we say, in Node's words where they differ by intent. */
function comparable(ours, theirs) {
    return Object.fromEntries(Object.keys(theirs).map((name) => [name, ours[name]]));
}

for (const peer of peers) {
    describe(`toril and ${peer.name}`, () => {
        test('count the same', inPlace(peer, async (place) => {
            assert.equal((await torilJson(place, ['counts', place.name])).waiting, 0);
            await populate(place);
            const theirs = await place.queue.getJobCounts(...states);
            const ours = await torilJson(place, ['counts', place.name]);
            for (const state of states) assert.equal(ours[state], theirs[state], state);
            assert.ok(states.every((state) => theirs[state] >= 2), 'there is something to count');
            assert.equal(ours.paused, 0);
        }));

        test('list the jobs of each state in the same order', inPlace(peer, async (place) => {
            await populate(place);
            for (const state of states) {
                for (const ascending of [false, true]) {
                    for (const [start, end] of [[0, -1], [0, 0], [1, 1], [0, 49]]) {
                        const theirs = (await place.queue.getJobs([state], start, end, ascending)).map((job) => job.id);
                        const ours = await torilJson(place, ['jobs', place.name, '--state', state,
                            `--start=${start}`, `--end=${end}`, ...(ascending ? ['--asc'] : [])]);
                        assert.deepEqual(ours.map((job) => job.id), theirs,
                            `${state} ${start}..${end} ${ascending ? 'asc' : 'desc'}`);
                    }
                }
            }
        }));

        test('describe each job alike', inPlace(peer, async (place) => {
            await populate(place);
            for (const state of states) {
                const ours = await torilJson(place, ['jobs', place.name, '--state', state]);
                for (const seen of ours) {
                    const theirs = document(await place.job(seen.id));
                    assert.deepEqual(comparable(seen, theirs), theirs, `${state} ${seen.id}`);
                    assert.equal(seen.queue, place.name);
                    assert.equal(seen.state, state);
                    assert.deepEqual(await torilJson(place, ['job', place.name, seen.id]), seen);
                }
            }
        }));

        test('agree on progress and logs', inPlace(peer, async (place) => {
            const job = await place.queue.add('chatty', {});
            await job.updateProgress({ percent: 40, file: 'ñ' });
            for (let i = 0; i < 4; ++i) await job.log(`row ${i} ñ`);
            const seen = await torilJson(place, ['job', place.name, job.id]);
            assert.deepEqual(seen.progress, { percent: 40, file: 'ñ' });
            const rows = (await toril(place, ['logs', place.name, job.id])).trim().split('\n');
            assert.deepEqual(rows, (await place.queue.getJobLogs(job.id)).logs);
        }));

        test('see a change made here', inPlace(peer, async (place) => {
            const { id } = await place.queue.add('job', { a: 1 }, { priority: 5 });
            const later = await place.queue.add('job', {}, { delay: 1_000_000 });
            await toril(place, ['update', place.name, id, '--data', '{"b":[2]}', '--priority', '1']);
            await toril(place, ['update', place.name, later.id, '--delay', '2h']);
            const job = await place.job(id);
            assert.deepEqual(job.data, { b: [2] });
            assert.equal(job.priority, 1);
            assert.equal((await place.job(later.id)).delay, 7_200_000);
        }));

        test('wait for the other side to finish', inPlace(peer, async (place) => {
            const good = await place.queue.add('good', {});
            const bad = await place.queue.add('bad', {});
            const waits = [good, bad].map(({ id }) =>
                toril(place, ['wait', place.name, id, '--timeout', '15s', '--json'], { code: id === bad.id ? 1 : 0 }));
            place.worker(async (job) => {
                if (job.name === 'bad') throw new Error('no');
                return 'yes';
            });
            const [first, second] = (await Promise.all(waits)).map((text) => JSON.parse(text));
            assert.equal(first.returnvalue, 'yes');
            assert.equal(second.failedReason, 'no');
        }));

        test('know the same workers', inPlace(peer, async (place) => {
            torilWorker(place, ['--noop', '--name', 'cutter']);
            torilWorker(place);
            place.worker(async () => {}, { name: 'theirs' });
            const workers = await eventually('three workers are listed', async () => {
                const listed = await place.queue.getWorkers();
                return listed.length === 3 ? listed : undefined;
            });
            assert.deepEqual(workers.map((worker) => worker.name), Array(3).fill(place.name));
            const base = `${place.prefix}:${Buffer.from(place.name).toString('base64')}`;
            assert.deepEqual(workers.map((worker) => worker.rawname).sort(),
                [base, `${base}:w:cutter`, `${base}:w:theirs`]);
        }, 'ставни'));

        test('list the same queues', inPlace(peer, async (place) => {
            for (const name of ['b', 'a', 'c']) await place.queueNamed(name).add('job', {});
            const listed = await within('listed', toril(place, ['queue', 'ls']));
            for (const name of ['a', 'b', 'c']) assert.match(listed, new RegExp(`^${name}\\b`, 'm'));
        }));
    });
}
