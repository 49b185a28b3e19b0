// Workers that die, and workers that are only slow: who takes over whose jobs, and when.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { eventually, inPlace, peers, within } from './support/peer.mjs';
import { redis, redisUrl } from './support/redis.mjs';
import { toril, torilBulk, torilJson, torilWorker } from './support/toril.mjs';

// One job at a time: what is added later is for others.
const hanging = ['--exec', 'exec sleep 60', '--concurrency', '1'];
const seen = (place, id) => torilJson(place, ['job', 'pictures', id]);
const becomes = (place, id, state, ms) => eventually(`${id} is ${state}`,
    async () => (await seen(place, id)).state === state, ms);

/** A job that some other worker completes: it has looked round since. */
async function marked(place, name) {
    await torilBulk(place, [{ name, data: {}, opts: { jobId: name } }]);
    await becomes(place, name, 'completed');
}

/** A worker of Node that never finishes what it takes, with the lock time it has by default. */
async function hangingThere(place) {
    const program = fileURLToPath(new URL('./support/node_worker.mjs', import.meta.url));
    const child = spawn(process.execPath, [program, String(place.peer.major), place.prefix, 'pictures'],
        { env: { ...process.env, TORIL_TEST_REDIS_URL: redisUrl }, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const kill = () => { child.kill('SIGKILL'); return ended; };
    place.opens({ close: kill });
    await within('the job has started there', once(child.stdout, 'data'));
    return kill;
}

const dead = (worker) => worker.kill('SIGKILL');

for (const peer of peers) {
    describe(`a worker that dies, on a queue of ${peer.name}`, () => {
        test('of toril: another one of toril has its job within 5 s', inPlace(peer, async (place) => {
            const job = await place.queue.add('n', {});
            const first = torilWorker(place, hanging);
            await becomes(place, job.id, 'active');
            assert.ok(await redis.pttl(place.key(job.id, 'lock')) > 20_000, 'its lock is a long one');
            torilWorker(place, ['--exec', 'echo 3']);
            await marked(place, 'ready');
            const killed = Date.now();
            await dead(first);
            await becomes(place, job.id, 'completed');
            assert.ok(Date.now() - killed < 5000, `${Date.now() - killed} ms`);
            const done = await place.job(job.id);
            assert.equal(done.returnvalue, 3);
            assert.equal(done.attemptsStarted, 2);
            assert.equal(done.attemptsMade, 1);
        }));

        test('of toril: QueueEvents hears its job stall and complete', inPlace(peer, async (place) => {
            const events = await place.queueEvents();
            const heard = [];
            for (const name of ['active', 'stalled', 'waiting', 'completed']) {
                events.on(name, ({ jobId }) => { if (jobId === '1') heard.push(name); });
            }
            const job = await place.queue.add('n', {});
            const first = torilWorker(place, hanging);
            await becomes(place, job.id, 'active');
            await dead(first);
            torilWorker(place, ['--exec', 'echo 3']);
            assert.equal(await within('it is done', job.waitUntilFinished(events)), 3);
            assert.deepEqual(heard.filter((name) => name !== 'stalled'), ['waiting', 'active', 'waiting', 'active', 'completed']);
            assert.ok(heard.includes('stalled'));
        }));

        test('of toril, several at once, with many jobs: none is lost', inPlace(peer, async (place) => {
            await place.queue.addBulk(Array.from({ length: 30 }, () => ({ name: 'n', data: {} })));
            const victims = [1, 2].map(() => torilWorker(place, ['--exec', 'exec sleep 60', '--concurrency', '10']));
            await eventually('twenty run', async () => await place.queue.getActiveCount() === 20);
            await Promise.all(victims.map(dead));
            torilWorker(place, ['--noop', '--concurrency', '20']);
            await eventually('all are done', async () => await place.queue.getCompletedCount() === 30);
            for (const job of await place.queue.getCompleted(0, -1)) assert.equal(job.attemptsMade, 1, job.id);
        }));

        test('of toril, that is only stopped, keeps its job', inPlace(peer, async (place) => {
            const job = await place.queue.add('n', {});
            const first = torilWorker(place, hanging);
            await becomes(place, job.id, 'active');
            const token = await redis.get(place.key(job.id, 'lock'));
            assert.ok(token);
            first.process.kill('SIGSTOP');
            try {
                const second = torilWorker(place, ['--exec', 'echo stolen']);
                await marked(place, 'first');
                // A third one dies: what it held is taken over, so the second one does look for the dead.
                await second.kill('SIGTERM');
                const victim = torilWorker(place, hanging);
                await torilBulk(place, [{ name: 'n', data: {}, opts: { jobId: 'lost' } }]);
                await becomes(place, 'lost', 'active');
                await dead(victim);
                torilWorker(place, ['--exec', 'echo taken']);
                await becomes(place, 'lost', 'completed');
                await marked(place, 'second');
                const kept = await seen(place, job.id);
                assert.deepEqual([kept.state, kept.attemptsStarted, kept.stalledCounter], ['active', 1, 0]);
                assert.equal(await redis.get(place.key(job.id, 'lock')), token);
            } finally {
                first.process.kill('SIGCONT');
            }
        }));

        test('of Node: its job is left alone until the lock ends', inPlace(peer, async (place) => {
            const job = await place.queue.add('n', {});
            const kill = await hangingThere(place);
            const lock = place.key(job.id, 'lock');
            await kill();
            await redis.pexpire(lock, 600_000);
            torilWorker(place, ['--exec', 'echo 3', '--stalled-interval', '300ms']);
            await marked(place, 'first');
            // A worker of toril that dies beside it is taken over meanwhile.
            const victim = torilWorker(place, [...hanging, '--name', 'victim', '--stalled-interval', '300ms']);
            await eventually('both are there', async () => (await torilJson(place, ['workers', 'pictures'])).length === 2);
            await dead(victim);
            await eventually('it is gone', async () => (await torilJson(place, ['workers', 'pictures'])).length === 1);
            // A few rounds of looking for stalled jobs.
            for (let round = 0; round < 3; ++round) {
                const before = await eventually('a round', () => redis.get(place.key('stalled-check')));
                await eventually('the next round', async () => {
                    const now = await redis.get(place.key('stalled-check'));
                    return now && now !== before;
                });
            }
            const held = await seen(place, job.id);
            assert.deepEqual([held.state, held.attemptsStarted], ['active', 1]);
            await redis.del(lock);
            await becomes(place, job.id, 'completed');
            assert.equal((await place.job(job.id)).stalledCounter, 1);
        }));

        test('of toril: a worker of Node leaves its job until the lock ends', inPlace(peer, async (place) => {
            const job = await place.queue.add('n', {});
            const first = torilWorker(place, [...hanging, '--stalled-interval', '300ms']);
            await becomes(place, job.id, 'active');
            await dead(first);
            place.worker(async () => 4, { stalledInterval: 200 });
            await marked(place, 'ready');
            assert.equal((await seen(place, job.id)).state, 'active');
            await redis.del(place.key(job.id, 'lock'));
            await becomes(place, job.id, 'completed');
            assert.equal((await place.job(job.id)).returnvalue, 4);
        }));
    });

    describe(`workers listed beside ${peer.name}`, () => {
        test('by name on both sides, and gone when they end', inPlace(peer, async (place) => {
            const ours = torilWorker(place, ['--noop', '--name', 'cutter']);
            const theirs = place.worker(async () => {}, { name: 'theirs' });
            await eventually('two are listed there', async () => await place.queue.getWorkersCount() === 2);
            const listed = await torilJson(place, ['workers', 'pictures']);
            assert.deepEqual(listed.map(({ name }) => name).sort(), ['cutter', 'theirs']);
            const base = `${place.prefix}:${Buffer.from('pictures').toString('base64')}:w:`;
            assert.deepEqual(listed.map(({ rawName }) => rawName).sort(), [`${base}cutter`, `${base}theirs`]);
            assert.deepEqual((await place.queue.getWorkers()).map(({ rawname }) => rawname).sort(), [`${base}cutter`, `${base}theirs`]);
            await theirs.close();
            await eventually('one is left', async () => (await torilJson(place, ['workers', 'pictures'])).length === 1);
            assert.equal((await ours.kill('SIGTERM')).code, 0);
            await eventually('none is left', async () => await place.queue.getWorkersCount() === 0);
        }));

        test('write their name to the jobs that they do', inPlace(peer, async (place) => {
            await place.queue.add('n', {});
            await toril(place, ['work', 'pictures', '--noop', '--until-empty', '--name', 'cutter']);
            assert.equal((await place.job('1')).processedBy, 'cutter');
            await torilBulk(place, [{ name: 'n', data: {} }]);
            place.worker(async () => {}, { name: 'theirs' });
            await becomes(place, '2', 'completed');
            assert.equal((await seen(place, '2')).processedBy, 'theirs');
        }));
    });
}
