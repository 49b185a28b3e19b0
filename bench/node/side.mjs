// Rows about caches, locks, limits and health: each side is a program that measures by itself and
// prints one line of JSON.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const peer = fileURLToPath(new URL('./side_peer.mjs', import.meta.url));
const longest_ms = 120_000;

/** What a program prints last, as an object. */
async function figures(program, ...args) {
    const { stdout } = await run(program, args, { timeout: longest_ms, killSignal: 'SIGKILL' });
    return JSON.parse(stdout.trim().split('\n').at(-1));
}

/**
 * Measures all of it. `bench` has what rows need: `row`, `wanted`, `median`, `bin`, `server`,
 * `rounds`, `seconds`.
 */
export async function sideRows(bench) {
    const { row, wanted, median, bin, server } = bench;
    const seconds = String(bench.seconds);
    const perSecond = (one) => one.per_second ?? one.pairs_per_second
        ?? (one.operations ?? one.decisions) / seconds;

    /** Medians of interleaved rounds; Redis is emptied before each. */
    async function compare(name, unit, goal, ours, theirs) {
        if (!wanted(name)) return;
        const rates = [[], []];
        for (let round = 0; round < bench.rounds; ++round) {
            for (const [side, [program, ...args]] of [ours, theirs].entries()) {
                await server.empty();
                rates[side].push(perSecond(await figures(program, ...args)));
            }
        }
        row(name, median(rates[0]), median(rates[1]), unit, goal);
    }
    const node = (...args) => [process.execPath, peer, ...args, '--seconds', seconds];
    const hits = (threads, ...more) =>
        [bin('cache_bench'), 'hits', '--threads', String(threads), '--seconds', seconds, ...more];

    for (const threads of [1, 2]) {
        await compare(`cache hit, ${threads} thread(s) | cache-manager`, 'gets/s', '>= 20 x',
            hits(threads), node('hits', '--library', 'cache-manager'));
    }
    await compare('cache hit, 1 thread(s) | bentocache', 'gets/s', '>= 20 x',
        hits(1), node('hits', '--library', 'bentocache'));
    for (const library of ['cache-manager', 'bentocache']) {
        await compare(`cache get_or_set, a hit | ${library}`, 'calls/s', '>= 20 x',
            hits(1, '--load', 'yes'), node('hits', '--library', library, '--load'));
    }

    for (const callers of [1, 16]) {
        const at = ['--in-flight', String(callers)];
        await compare(`lock and release, ${callers} at once | redlock`, 'pairs/s', '>= 3 x',
            [bin('lock_bench'), '--url', server.url, '--seconds', seconds, ...at],
            node('locks', '--store', server.url, ...at));
    }

    const limits = (url, count, face) => [bin('limit_bench'), '--url', url, '--seconds', seconds,
        '--in-flight', String(count), '--shape', 'fixed', '--face', face];
    await compare('limit in memory | rate-limiter-flexible', 'checks/s', '>= 10 x',
        limits('memory:', 1, 'check'), node('limits', '--store', 'memory:'));
    await compare('limit on Redis, 100 in flight | rate-limiter-flexible', 'checks/s', '>= 3 x',
        limits(server.url, 100, 'async'),
        node('limits', '--store', server.url, '--in-flight', '100'));

    if (wanted('removal seen by another store, p99')) {
        await server.empty();
        const news = await figures(bin('invalidation_bench'), `--store=${server.url}`);
        row('removal seen by another store, p99', news.keys.p99Ms * 1000, undefined, 'us',
            '< 10000 us', false);
    }
    if (wanted('health while Redis is stopped, 1000 askers, p99')) {
        const health = await figures(bin('health_bench'));
        row('health while Redis is stopped, 1000 askers, p99', health.p99_us, undefined, 'us',
            '< 1000 us', false);
    }
}
