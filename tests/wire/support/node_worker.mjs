// A worker of BullMQ in a process of its own, to be killed:
//   TORIL_TEST_REDIS_URL=URL node node_worker.mjs MAJOR PREFIX QUEUE
// Prints the id of each job that it starts, and never finishes one.

import { createRequire } from 'node:module';

const [major, prefix, queue] = process.argv.slice(2);
const { Worker } = createRequire(import.meta.url)(`bullmq${major}`);
const { hostname, port, pathname, password } = new URL(process.env.TORIL_TEST_REDIS_URL);
const worker = new Worker(queue, (job) => {
    process.stdout.write(`${job.id}\n`);
    return new Promise(() => {});
}, {
    connection: {
        host: hostname,
        port: Number(port),
        db: Number(pathname.slice(1) || 0),
        password: password || undefined,
        maxRetriesPerRequest: null,
    },
    prefix,
    lockDuration: 1000,
    stalledInterval: 300,
});
worker.on('error', () => {});
