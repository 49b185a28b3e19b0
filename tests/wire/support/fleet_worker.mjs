// A worker of BullMQ in a process of its own, one of a fleet:
//   TORIL_TEST_REDIS_URL=URL node fleet_worker.mjs MAJOR PREFIX QUEUE
// Fails the first attempt of every job whose data says so. Ends when its input ends.

import { createRequire } from 'node:module';

const [major, prefix, queue] = process.argv.slice(2);
const { Worker } = createRequire(import.meta.url)(`bullmq${major}`);
const { hostname, port, pathname, password } = new URL(process.env.TORIL_TEST_REDIS_URL);
const worker = new Worker(queue, async (job) => {
    if (job.data.fails && job.attemptsMade === 0) throw new Error('the first attempt fails');
    return job.data.n ?? null;
}, {
    connection: {
        host: hostname,
        port: Number(port),
        db: Number(pathname.slice(1) || 0),
        password: password || undefined,
        maxRetriesPerRequest: null,
    },
    prefix,
    concurrency: 20,
    lockDuration: 2000,
    stalledInterval: 1000,
    maxStalledCount: 1000,
});
worker.on('error', () => {});
worker.on('failed', () => {});
process.stdin.resume().on('end', () => worker.close().then(() => process.exit(0)));
