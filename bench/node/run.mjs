// Measures toril against Node BullMQ on one redis-server, and its embedded store against what
// it promises. Each row is a ratio of medians from one interleaved run, A B A B.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Server, machine, measure, temporaryFolder } from './processes.mjs';
import { sideRows } from './side.mjs';

const usage = `usage: bench/run [--quick] [--million] [--only TEXT] [--json] [--node-only]

  --quick      a minute instead of five: fewer rounds, shorter ones
  --million    adds the rows with one million waiting jobs (two minutes more)
  --only TEXT  only rows whose name contains TEXT
  --json       one JSON document instead of the table
  --node-only  BullMQ's side alone

TORIL_BENCH_BIN names the program for our side (build/release/bench/toril_bench).
docs/reference/benchmarks.md says what each row means.`;

const { values: options } = parseArgs({
    options: {
        quick: { type: 'boolean', default: false },
        million: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
        'node-only': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
    },
});
if (options.help) {
    console.log(usage);
    process.exit(0);
}

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const bin = (name) => here(`../../build/release/bench/${name}`);
const ours = [process.env.TORIL_BENCH_BIN ?? bin('toril_bench')];
const theirs = [process.execPath, here('./peer.mjs')];
const embedded = process.env.TORIL_EMBEDDED_BENCH_BIN ?? bin('embedded_bench');
if (!options['node-only'] && !existsSync(ours[0])) {
    console.error(`bench: ${ours[0]} is missing; './dev bench' builds it, or set TORIL_BENCH_BIN`);
    process.exit(1);
}

const scale = options.quick ? { rounds: 3, seconds: 0.5, jobs: 0.3 } : { rounds: 5, seconds: 1.5, jobs: 1 };
const folder = temporaryFolder();
const server = await Server.start(folder.path);
const rows = [];
let queues = 0;

const median = (numbers) => {
    const sorted = [...numbers].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
};
const rate = (run) => run.operations / run.seconds;
const micros = (seconds, run) => seconds / run.operations * 1e6;
const wanted = (name) => name.includes(options.only);

/** Shows a row as soon as it is there. */
function row(name, toril, peer, unit, goal = '', more = true) {
    const ratio = toril === undefined || peer === undefined ? undefined : toril / peer;
    rows.push({ name, toril, peer, unit, ratio, goal, higher_is_better: more });
    if (options.json) return;
    const figure = (number) => (number === undefined ? '-' : number.toLocaleString('en',
        { maximumFractionDigits: number < 100 ? 2 : 0 })).padStart(11);
    const times = ratio === undefined ? '' : `${ratio.toFixed(ratio < 1 ? 3 : 2)} x`;
    console.log(`${name.padEnd(54)}${figure(toril)}${figure(peer)}  ${unit.padEnd(9)}${times.padStart(9)}  ${goal}`);
}

const sides = options['node-only'] ? { peer: theirs } : { toril: ours, peer: theirs };

/** `{toril: [...], peer: [...]}`: the rounds of both sides, one after the other. */
async function interleaved(prepare, args, programs = sides) {
    const runs = { toril: [], peer: [] };
    for (let round = 0; round < scale.rounds; ++round) {
        for (const [side, program] of Object.entries(programs)) {
            if (!(side in sides)) continue;
            await server.empty();
            const queue = `bench-${++queues}`;
            await prepare(queue);
            const common = ['--store', server.url, '--queue', queue];
            runs[side].push(await measure(program, [args[0], ...common, ...args.slice(1)], server));
        }
    }
    const of = (side, figure) => (runs[side].length ? median(runs[side].map(figure)) : undefined);
    return (figure) => [of('toril', figure), of('peer', figure)];
}

const nothing = async () => {};

async function adding(name, args, goal) {
    if (!wanted(name)) return;
    const both = await interleaved(nothing, ['add', '--seconds', String(scale.seconds), ...args]);
    row(name, ...both(rate), 'jobs/s', goal);
    row('    Redis CPU', ...both((r) => micros(r.redis_cpu_seconds, r)), 'us/job', '<= 0.39 x in batches', false);
    row('    client CPU', ...both((r) => micros(r.cpu_seconds, r)), 'us/job', '<= 0.125 x', false);
}

async function working(concurrency, jobsFull, goal) {
    const name = `work no-op jobs, concurrency ${concurrency}`;
    if (!wanted(name)) return;
    const jobs = String(Math.round(jobsFull * scale.jobs));
    const fill = (queue) => measure(theirs, ['fill', '--store', server.url, '--queue', queue, '--jobs', jobs]);
    const both = await interleaved(fill,
        ['work', '--jobs', jobs, '--concurrency', String(concurrency)]);
    row(name, ...both(rate), 'jobs/s', goal);
    row('    Redis CPU', ...both((r) => micros(r.redis_cpu_seconds, r)), 'us/job', '<= 0.4 x in batches', false);
    row('    client CPU', ...both((r) => micros(r.cpu_seconds, r)), 'us/job', '<= 0.125 x', false);
    row('    resident memory of the worker', ...both((r) => r.rss_bytes / 1e6), 'MB', '<= 25 MB', false);
}

/** One row each for the middle and the tail of the time from `add` to the handler's start. */
async function latency() {
    const samples = String(Math.round(1000 * scale.jobs));
    const show = (where, [half, tail], goal) => {
        row(`idle add -> handler start, ${where}, p50`, ...half, 'us', '', false);
        row(`idle add -> handler start, ${where}, p99`, ...tail, 'us', goal, false);
    };
    if (wanted('idle add -> handler start, Redis')) {
        const both = await interleaved(nothing, ['latency', '--samples', samples]);
        show('Redis', [both((r) => r.p50_us), both((r) => r.p99_us)], '< 1000 us');
    }
    const alone = [
        ['SQLite, one process', 'latency', `sqlite:${folder.path}/one.db?durability=buffered`, '< 1000 us'],
        ['SQLite, two processes', 'latency-across', `sqlite:${folder.path}/two.db?durability=buffered`, '< 5000 us'],
        ['Redis, two processes', 'latency-across', server.url, '< 1000 us'],
    ];
    for (const [where, command, store, goal] of options['node-only'] ? [] : alone) {
        if (!wanted(`idle add -> handler start, ${where}`)) continue;
        await server.empty();
        const args = [command, '--store', store, '--queue', `bench-${++queues}`, '--samples', samples];
        const run = await measure(ours, args, server);
        show(where, [[run.p50_us, undefined], [run.p99_us, undefined]], goal);
    }
}

/** Adds and takes with `waiting` jobs in the queue beside the same on an empty one. */
async function backlog(where, store) {
    const name = `one million waiting, ${where}`;
    if (options['node-only'] || !wanted(name)) return;
    await server.empty();
    const run = (queue, command, ...args) =>
        measure(ours, [command, '--store', store, '--queue', queue, ...args], server);
    const add = (queue) => run(queue, 'add', '--in-flight', '100', '--seconds', String(scale.seconds));
    const work = (queue) => run(queue, 'work', '--jobs', '20000', '--concurrency', '100');
    await run('full', 'fill', '--jobs', '1000000');
    const rates = { full: { add: [], work: [] }, empty: { add: [], work: [] } };
    for (let round = 0; round < 3; ++round) {
        for (const queue of ['full', 'empty']) {
            const name = queue === 'full' ? 'full' : `empty-${round}`;
            rates[queue].add.push(rate(await add(name)));
            if (queue === 'empty') await run(name, 'fill', '--jobs', '20000');
            rates[queue].work.push(rate(await work(name)));
        }
    }
    const show = (what) => row(`${name}: ${what}, full | empty`,
        median(rates.full[what]), median(rates.empty[what]), 'jobs/s', '>= 0.77 x');
    show('add');
    show('work');
}

/** A producer and a worker at the same time: parents with their children, until all are done. */
async function flows() {
    const name = 'flows of a parent and 10 children, end to end';
    if (!wanted(name)) return;
    const parents = String(Math.round(1000 * Math.max(scale.jobs, 0.5)));
    const both = await interleaved(nothing, ['flow', '--parents', parents, '--children', '10', '--concurrency', '100'],
        { toril: [bin('flow_bench')], peer: theirs });
    row(name, ...both(rate), 'jobs/s', '>= 3 x');
    row('    Redis CPU', ...both((r) => micros(r.redis_cpu_seconds, r)), 'us/job', '', false);
}

/** How late jobs begin that are due at the same millisecond. */
async function due() {
    const name = '1000 jobs due at once, start after their time';
    if (!wanted(name)) return;
    const both = await interleaved(nothing, ['due', '--jobs', '1000'], { toril: [bin('flow_bench')], peer: theirs });
    row(`${name}, p50`, ...both((r) => r.p50_us), 'us', '', false);
    row(`${name}, p99`, ...both((r) => r.p99_us), 'us', '< 20000 us', false);
    if (options['node-only']) return;
    const run = await measure([bin('flow_bench')], ['due', '--store',
        `sqlite:${folder.path}/due.db?durability=buffered`, '--queue', 'due', '--jobs', '1000'], server);
    row(`${name}, SQLite, p99`, run.p99_us, undefined, 'us', '< 20000 us', false);
}

/** Work on prioritized jobs with many waiting, and with many delayed, beside a plain queue. */
async function standing(where, store) {
    const name = `work with 100 000 standing, ${where}`;
    if (options['node-only'] || !wanted(name)) return;
    await server.empty();
    const run = (queue, command, ...args) =>
        measure(ours, [command, '--store', store, '--queue', queue, ...args], server);
    const work = (queue) => run(queue, 'work', '--jobs', '20000', '--concurrency', '100');
    const rates = { plain: [], prioritized: [], delayed: [] };
    await run('prioritized', 'fill', '--jobs', '160000', '--priority', '5');
    await run('delayed', 'fill', '--jobs', '100000', '--delay-hours', '10');
    for (let round = 0; round < 3; ++round) {
        await run(`plain-${round}`, 'fill', '--jobs', '20000');
        rates.plain.push(rate(await work(`plain-${round}`)));
        rates.prioritized.push(rate(await work('prioritized')));
        await run('delayed', 'fill', '--jobs', '20000');
        rates.delayed.push(rate(await work('delayed')));
    }
    for (const kind of ['prioritized', 'delayed']) {
        row(`${name}: ${kind} | plain`, median(rates[kind]), median(rates.plain), 'jobs/s', '>= 0.67 x');
    }
}

/** The embedded store against a bare SQLite loop; the program prints its own table. */
async function embeddedStore() {
    if (options['node-only'] || options.json || options.only || !existsSync(embedded)) return;
    console.log('');
    spawnSync(embedded, [folder.path, options.quick ? '1' : '3'], { stdio: 'inherit', timeout: 120_000 });
}

async function table() {
    if (!options.json) {
        console.log(machine());
        console.log(`medians of ${scale.rounds} interleaved rounds\n`);
        console.log(`${''.padEnd(54)}${'toril'.padStart(11)}${'peer'.padStart(11)}`
            + `  ${'unit'.padEnd(9)}${'ratio'.padStart(9)}  goal`);
    }
    await adding('add one by one', ['--in-flight', '1'], '');
    await adding('add, 100 in flight', ['--in-flight', '100'], '>= 3 x');
    await adding('add in bulks of 1000', ['--bulk', '1000'], '>= 4 x');
    await working(1, 10_000, '>= 1.5 x');
    await working(10, 30_000, '');
    await working(100, 40_000, '>= 2.5 x, goal 3.5 x');
    await working(500, 40_000, '');
    await latency();
    await flows();
    await due();
    await standing('Redis', server.url);
    await standing('SQLite', `sqlite:${folder.path}/standing.db?durability=buffered`);
    if (!options['node-only']) {
        await sideRows({ row, wanted, median, bin, server, rounds: scale.rounds, seconds: scale.seconds });
    }
    if (options.million) {
        await backlog('Redis', server.url);
        await backlog('SQLite', `sqlite:${folder.path}/million.db?durability=buffered`);
    }
    await embeddedStore();
    if (options.json) console.log(JSON.stringify({ machine: machine(), rounds: scale.rounds, rows }, null, 1));
}

try {
    await table();
} finally {
    await server.stop();
    folder.remove();
}
