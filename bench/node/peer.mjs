// BullMQ's side of each measurement. bench/toril_bench.cpp is ours, with the same arguments.
//
//   node peer.mjs add     --store URL --queue Q --seconds S (--in-flight N | --bulk N)
//   node peer.mjs work    --store URL --queue Q --jobs N --concurrency C
//   node peer.mjs latency --store URL --queue Q --samples N
//   node peer.mjs fill    --store URL --queue Q --jobs N
//   node peer.mjs flow    --store URL --queue Q --parents N --children N --concurrency C
//   node peer.mjs due     --store URL --queue Q --jobs N
//
// Prints "ready" when it is connected and warm, waits for a line on stdin, then measures and
// prints one line of JSON.

import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const require = createRequire(new URL('../../tests/wire/package.json', import.meta.url));
const { FlowProducer, Queue, Worker } = require('bullmq6');

const payload = (i) => ({ file: `/srv/pictures/${i}.jpg`, width: 320, height: 200 });

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function go() {
    process.stdout.write('ready\n');
    await lines.next();
}

function connection(url) {
    const { hostname, port, pathname } = new URL(url);
    return { host: hostname, port: Number(port), db: Number(pathname.slice(1) || 0) };
}

/** Runs `body`, which answers how many operations it did, and prints what it cost. */
async function measure(body, extra = () => ({})) {
    await go();
    const cpu = process.cpuUsage();
    const begin = process.hrtime.bigint();
    const operations = await body();
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    const used = process.cpuUsage(cpu);
    console.log(JSON.stringify({
        operations,
        seconds,
        cpu_seconds: (used.user + used.system) / 1e6,
        rss_bytes: process.memoryUsage.rss(),
        ...extra(),
    }));
}

async function addFor(queue, seconds, inFlight) {
    const end = performance.now() + seconds * 1000;
    let added = 0;
    const caller = async () => {
        while (performance.now() < end) await queue.add('resize', payload(added++));
    };
    await Promise.all(Array.from({ length: inFlight }, caller));
    return added;
}

async function addBulkFor(queue, seconds, size) {
    const end = performance.now() + seconds * 1000;
    let added = 0;
    while (performance.now() < end) {
        const jobs = Array.from({ length: size }, (_, i) => ({ name: 'resize', data: payload(added + i) }));
        await queue.addBulk(jobs);
        added += size;
    }
    return added;
}

async function add(options) {
    const queue = new Queue(options.queue, { connection: connection(options.store) });
    const run = options.bulk
        ? (seconds) => addBulkFor(queue, seconds, Number(options.bulk))
        : (seconds) => addFor(queue, seconds, Number(options['in-flight']));
    await run(0.3);
    await measure(() => run(Number(options.seconds)));
    await queue.close();
}

async function fill(options) {
    const queue = new Queue(options.queue, { connection: connection(options.store) });
    const total = Number(options.jobs);
    await queue.waitUntilReady();
    await measure(async () => {
        for (let done = 0; done < total; done += 1000) {
            const count = Math.min(1000, total - done);
            await queue.addBulk(Array.from({ length: count },
                (_, i) => ({ name: 'resize', data: payload(done + i) })));
        }
        return total;
    });
    await queue.close();
}

/** A worker that has done `jobs` jobs of `queue`. */
async function workedOff(store, queue, jobs, concurrency) {
    let done = 0;
    let finished;
    const all = new Promise((resolve) => { finished = resolve; });
    const worker = new Worker(queue, async () => null, { connection: connection(store), concurrency });
    worker.on('completed', () => { if (++done === jobs) finished(); });
    await all;
    return worker;
}

async function work(options) {
    const warmup = `${options.queue}-warmup`;
    const queue = new Queue(warmup, { connection: connection(options.store) });
    await queue.addBulk(Array.from({ length: 1000 }, (_, i) => ({ name: 'resize', data: payload(i) })));
    const concurrency = Number(options.concurrency);
    await (await workedOff(options.store, warmup, 1000, concurrency)).close();
    let worker;
    await measure(async () => {
        worker = await workedOff(options.store, options.queue, Number(options.jobs), concurrency);
        return Number(options.jobs);
    });
    await worker.close();
    await queue.close();
}

function quantile(sorted, q) {
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

async function latency(options) {
    const queue = new Queue(options.queue, { connection: connection(options.store) });
    let started;
    const worker = new Worker(options.queue, async () => { started(process.hrtime.bigint()); },
        { connection: connection(options.store), concurrency: 1 });
    await worker.waitUntilReady();
    const sample = async () => {
        // The worker is idle again once it has reported the last job and found nothing.
        const idle = once(worker, 'drained');
        const start = new Promise((resolve) => { started = resolve; });
        const begin = process.hrtime.bigint();
        await queue.add('resize', payload(0));
        const nanoseconds = Number((await start) - begin);
        await idle;
        await new Promise((resolve) => { setTimeout(resolve, 2); });
        return nanoseconds / 1000;
    };
    for (let i = 0; i < 50; ++i) await sample();
    const micros = [];
    await measure(async () => {
        for (let i = 0; i < Number(options.samples); ++i) micros.push(await sample());
        return micros.length;
    }, () => {
        micros.sort((a, b) => a - b);
        return { p50_us: quantile(micros, 0.5), p99_us: quantile(micros, 0.99) };
    });
    await worker.close();
    await queue.close();
}

async function flow(options) {
    const parents = Number(options.parents);
    const children = Array.from({ length: Number(options.children) },
        (_, i) => ({ name: 'resize', queueName: options.queue, data: payload(i) }));
    const producer = new FlowProducer({ connection: connection(options.store) });
    await producer.waitUntilReady();
    let worker;
    await measure(async () => {
        let done = 0;
        worker = new Worker(options.queue, async () => null,
            { connection: connection(options.store), concurrency: Number(options.concurrency) });
        const all = new Promise((resolve) => {
            worker.on('completed', (job) => { if (job.name === 'album' && ++done === parents) resolve(); });
        });
        const per_call = 50;
        for (let first = 0; first < parents; first += per_call) {
            await producer.addBulk(Array.from({ length: Math.min(per_call, parents - first) },
                () => ({ name: 'album', queueName: options.queue, data: payload(0), children })));
        }
        await all;
        return parents * (children.length + 1);
    });
    await worker.close();
    await producer.close();
}

async function due(options) {
    const jobs = Number(options.jobs);
    const queue = new Queue(options.queue, { connection: connection(options.store) });
    const late = [];
    let dueAt;
    let all;
    const worker = new Worker(options.queue, async () => {
        late.push((performance.timeOrigin + performance.now() - dueAt) * 1000);
        if (late.length === jobs) all();
    }, { connection: connection(options.store), concurrency: 1000 });
    await worker.waitUntilReady();
    await measure(async () => {
        const done = new Promise((resolve) => { all = resolve; });
        const timestamp = Date.now();
        dueAt = timestamp + 2000;
        await queue.addBulk(Array.from({ length: jobs }, () => (
            { name: 'resize', data: payload(0), opts: { delay: 2000, timestamp } })));
        await done;
        return jobs;
    }, () => {
        late.sort((a, b) => a - b);
        return { p50_us: quantile(late, 0.5), p99_us: quantile(late, 0.99) };
    });
    await worker.close();
    await queue.close();
}

const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: Object.fromEntries(
        ['store', 'queue', 'seconds', 'in-flight', 'bulk', 'jobs', 'concurrency', 'samples', 'parents', 'children']
            .map((name) => [name, { type: 'string' }])),
});
await { add, fill, work, latency, flow, due }[positionals[0]](values);
process.exit(0);
