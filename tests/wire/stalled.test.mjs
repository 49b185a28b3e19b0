// A worker is killed; the other side's worker does its job.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { inPlace, peers, within } from './support/peer.mjs';
import { redisUrl } from './support/redis.mjs';
import { torilJson, torilWorker } from './support/toril.mjs';

const short = ['--lock', '1s', '--stalled-interval', '300ms'];
const hang = ['--exec', 'exec sleep 20'];

/** Resolves with the id of the next job that goes active. */
function nextActive(events) {
    return within('a job is active', once(events, 'active')).then(([{ jobId }]) => jobId);
}

/** A worker of BullMQ that never finishes a job, as a process. */
async function hangingThere(place) {
    const program = fileURLToPath(new URL('./support/node_worker.mjs', import.meta.url));
    const child = spawn(process.execPath, [program, String(place.peer.major), place.prefix, place.name],
        { env: { ...process.env, TORIL_TEST_REDIS_URL: redisUrl }, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    place.opens({ close: () => { child.kill('SIGKILL'); return ended; } });
    await within('the job has started there', once(child.stdout, 'data'));
    return async () => {
        child.kill('SIGKILL');
        await ended;
    };
}

for (const peer of peers) {
    describe(`a worker that is killed, beside ${peer.name}`, () => {
        test('here: a worker there does its job', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            const job = await place.queue.add('job', { a: 1 });
            const active = nextActive(events);
            const dead = torilWorker(place, [...hang, ...short]);
            assert.equal(await active, job.id);
            await dead.kill();
            place.worker(async ({ data }) => data, { lockDuration: 1000, stalledInterval: 300 });
            assert.deepEqual(await within('done', job.waitUntilFinished(events)), { a: 1 });
            const done = await place.job(job.id);
            assert.equal(done.stalledCounter, 1);
            assert.equal(done.attemptsStarted, 2);
            assert.equal(done.attemptsMade, 1);
        }));

        test('there: a worker here does its job', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            const stalled = once(events, 'stalled');
            const job = await place.queue.add('job', { a: 1 });
            await (await hangingThere(place))();
            torilWorker(place, ['--exec', 'cat', ...short]);
            assert.deepEqual(await within('done', job.waitUntilFinished(events)), { a: 1 });
            assert.equal((await within('stalled', stalled))[0].jobId, job.id);
            const seen = await torilJson(place, ['job', place.name, job.id]);
            assert.equal(seen.stalledCounter, 1);
            assert.equal(seen.attemptsStarted, 2);
            assert.equal(seen.attemptsMade, 1);
        }));

        test('by the same job again and again: the job fails', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            const job = await place.queue.add('poison', {}, { attempts: 5 });
            const finished = job.waitUntilFinished(events);
            finished.catch(() => {});
            for (let run = 0; run < 2; ++run) {
                const active = nextActive(events);
                const dead = torilWorker(place, [...hang, ...short, '--max-stalled', '1']);
                await active;
                await dead.kill();
            }
            torilWorker(place, ['--exec', 'echo 1', ...short, '--max-stalled', '1']);
            await within('failed', assert.rejects(finished, /job stalled more than allowable limit/));
            const failed = await place.job(job.id);
            assert.equal(await failed.getState(), 'failed');
            assert.equal(failed.stalledCounter, 2);
            assert.equal(failed.attemptsMade, 1);
        }));

        test('but not one whose worker lives and renews', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            let stalled = 0;
            events.on('stalled', () => { ++stalled; });
            const job = await place.queue.add('slow', {});
            torilWorker(place, ['--exec', 'sleep 2.5; echo 7', ...short]);
            await nextActive(events);
            place.worker(async () => 'stolen', { lockDuration: 1000, stalledInterval: 200 });
            assert.equal(await within('done', job.waitUntilFinished(events)), 7);
            assert.equal(stalled, 0);
            assert.equal((await place.job(job.id)).attemptsStarted, 1);
        }));
    });
}
