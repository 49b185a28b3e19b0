// A mixed fleet: workers of Node and of toril on one queue, jobs from both sides, schedulers,
// flows, pauses, and workers that are killed. Each job must end exactly once, and none may be
// lost. TORIL_FLEET_JOBS (2000) says how many jobs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { eventually, inPlace, peers } from './support/peer.mjs';
import { redis, redisUrl } from './support/redis.mjs';
import { toril, torilBulk, torilJson, torilWorker } from './support/toril.mjs';

const jobs_max = Number(process.env.TORIL_FLEET_JOBS || 2000);
const per_batch = 100;
const deadline_ms = 60_000 + jobs_max * 10;

/** A Node worker of the fleet, in a process that can be killed. */
class NodeWorker {
    constructor(place) {
        const script = fileURLToPath(new URL('support/fleet_worker.mjs', import.meta.url));
        this.process = spawn(process.execPath, [script, String(place.peer.major), place.prefix, place.name], {
            env: { ...process.env, TORIL_TEST_REDIS_URL: redisUrl },
            stdio: ['pipe', 'ignore', 'ignore'],
        });
        this.process.stdin.on('error', () => {});
        this.done = once(this.process, 'exit');
        place.opens(this);
    }

    kill() {
        this.process.kill('SIGKILL');
        return this.done;
    }

    close() { return this.kill(); }
}

const torilFleetWorker = (place) => torilWorker(place, ['--noop', '--concurrency', '20', '--lock', '2s',
    '--stalled-interval', '1s', '--max-stalled', '1000']);

const makers = [(place) => new NodeWorker(place), torilFleetWorker];

/** Plain jobs of every kind, by their number. */
function plainJob(n) {
    const opts = { jobId: `job-${n}`, attempts: 3 };
    if (n % 7 === 0) opts.priority = 1 + (n % 5);
    if (n % 11 === 0) opts.delay = n % 300;
    if (n % 13 === 0) opts.lifo = true;
    if (n % 17 === 0) opts.backoff = { type: 'fixed', delay: 20 };
    return { name: 'plain', data: { n, fails: n % 10 === 0 }, opts };
}

function flow(n, queueName) {
    const child = (i) => ({ name: 'child', queueName, data: { n: i }, opts: { jobId: `flow-${n}-${i}` } });
    return { name: 'parent', queueName, data: { n }, opts: { jobId: `flow-${n}` }, children: [0, 1, 2].map(child) };
}
const flowIds = (n) => [`flow-${n}`, 0, 1, 2].map((i) => (typeof i === 'number' ? `flow-${n}-${i}` : i));

/** Adds everything, by turns here and there. Answers the ids. */
async function addAll(place) {
    const ids = [];
    const flows = place.flows();
    for (let first = 0; first < jobs_max; first += per_batch) {
        const batch = Array.from({ length: per_batch }, (_, i) => plainJob(first + i));
        ids.push(...batch.map(({ opts }) => opts.jobId));
        const here = (first / per_batch) % 2 === 0;
        if (here) await torilBulk(place, batch);
        else await place.queue.addBulk(batch);
        const n = first / per_batch;
        if (here) await flows.add(flow(n, place.name));
        else await toril(place, ['flow', 'add', '-'], { input: JSON.stringify(flow(n, place.name)) });
        ids.push(...flowIds(n));
    }
    return ids;
}

/** Until `stop()`: pauses and resumes from both sides, and kills one worker after the other. */
function disturb(place, fleet) {
    let stopped = false;
    let turn = 0;
    const pauses = [
        [() => place.queue.pause(), () => toril(place, ['queue', 'resume', place.name])],
        [() => toril(place, ['queue', 'pause', place.name]), () => place.queue.resume()],
    ];
    const over = (async () => {
        while (!stopped) {
            const [pause, resume] = pauses[turn % pauses.length];
            await pause();
            await resume();
            const victim = turn % fleet.length;
            await fleet[victim].kill();
            fleet[victim] = makers[victim % makers.length](place);
            turn += 1;
        }
    })();
    return { stop: () => { stopped = true; return over; }, turns: () => turn };
}

/** How often each job completed, by the queue's own record. */
async function completions(place) {
    const counts = new Map();
    let from = '-';
    for (;;) {
        const page = await redis.xrange(place.key('events'), from, '+', 'COUNT', 10_000);
        for (const [, fields] of page) {
            if (fields[1] !== 'completed') continue;
            const id = fields[fields.indexOf('jobId') + 1];
            counts.set(id, (counts.get(id) || 0) + 1);
        }
        if (page.length < 10_000) return counts;
        from = `(${page.at(-1)[0]}`;
    }
}

for (const peer of peers) {
    describe(`a fleet of ${peer.name} and toril`, () => {
        test(`finishes each of ${jobs_max} jobs exactly once`, inPlace(peer, async (place) => {
            place.ownQueue = place.opens(new peer.bullmq.Queue(place.name,
                { ...place.common, streams: { events: { maxLen: 100_000_000 } } }));
            await eventually('no event is trimmed',
                async () => await redis.hget(place.key('meta'), 'opts.maxLenEvents') === '100000000');
            await place.queue.upsertJobScheduler('there', { every: 100 }, { name: 'tick' });
            await toril(place, ['schedule', 'set', place.name, 'here', '--every', '100ms', '--name', 'tick']);
            await toril(place, ['schedule', 'set', place.name, 'cron', '--pattern', '* * * * * *', '--name', 'tick']);
            const fleet = [0, 1, 2, 3].map((i) => makers[i % makers.length](place));
            const disturbance = disturb(place, fleet);
            const ids = await addAll(place);
            await eventually('a few kills', () => disturbance.turns() > 3, deadline_ms);
            await disturbance.stop();

            const missing = async () => {
                const scores = await redis.zmscore(place.key('completed'), ...ids);
                return ids.filter((_, i) => scores[i] === null);
            };
            await eventually('all jobs are completed', async () => (await missing()).length === 0, deadline_ms);
            const counts = await completions(place);
            const wrong = ids.filter((id) => counts.get(id) !== 1).map((id) => [id, counts.get(id) ?? 0]);
            assert.deepEqual(wrong, [], 'each job completed once in the record');

            // Every scheduler is alive: it has one run to come, and none completed twice.
            for (const scheduler of ['there', 'here', 'cron']) {
                const next = await redis.zscore(place.key('repeat'), scheduler);
                assert.ok(next, `${scheduler} has a next run`);
                const before = await torilJson(place, ['schedule', 'get', place.name, scheduler]);
                await eventually(`${scheduler} goes on`, async () => {
                    const now = await torilJson(place, ['schedule', 'get', place.name, scheduler]);
                    return now.iterationCount > before.iterationCount;
                });
            }
            const ticks = [...counts].filter(([id]) => id.startsWith('repeat:'));
            assert.deepEqual(ticks.filter(([, times]) => times !== 1), [], 'each run of a scheduler completed once');
            const left = await torilJson(place, ['counts', place.name]);
            assert.equal(left.failed, 0);
            assert.equal(left['waiting-children'], 0);
            assert.equal(left.paused, 0);
        }));
    });
}
