// The processes that a measurement consists of: a redis-server of our own, and one program for
// each side, which say "ready", wait for a line and print their figures.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(new URL('../../tests/wire/package.json', import.meta.url));
const Redis = require('ioredis');

export function temporaryFolder() {
    const path = mkdtempSync(join(tmpdir(), 'toril-bench-'));
    return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

async function freePort() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}

/** A redis-server that keeps nothing, as both sides are measured on it. */
export class Server {
    static async start(folder) {
        const server = new Server();
        const port = await freePort();
        server.process = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1',
            '--save', '', '--appendonly', 'no', '--dir', folder], { stdio: 'ignore' });
        server.url = `redis://127.0.0.1:${port}/0`;
        server.client = new Redis(port, '127.0.0.1', { retryStrategy: () => 20 });
        server.client.on('error', () => {});
        await server.client.ping();
        return server;
    }

    /** Seconds of processor time that the thread which runs the commands has used. */
    async cpuSeconds() {
        const info = await this.client.info('cpu');
        const field = (name) => Number(info.match(new RegExp(`${name}:([\\d.]+)`))[1]);
        return field('used_cpu_user_main_thread') + field('used_cpu_sys_main_thread');
    }

    empty() {
        return this.client.flushall('SYNC');
    }

    async stop() {
        this.client.disconnect();
        this.process.kill('SIGKILL');
        await once(this.process, 'exit');
    }
}

const seconds_max = 180;

/**
 * Runs one side's program and answers its figures, with `redis_cpu_seconds` beside them when a
 * server is given.
 */
export async function measure([program, ...first], args, server) {
    const child = spawn(program, [...first, ...args],
        { stdio: ['pipe', 'pipe', 'inherit'], timeout: seconds_max * 1000, killSignal: 'SIGKILL' });
    const failed = once(child, 'exit').then(([code, signal]) => {
        if (code === 0) return new Promise(() => {});
        throw new Error(`${program} ${args.join(' ')}: ${signal ?? `exit ${code}`}`);
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = async () => (await Promise.race([lines.next(), failed])).value;
    while (await line() !== 'ready');
    const before = server ? await server.cpuSeconds() : 0;
    child.stdin.write('go\n');
    const figures = JSON.parse(await line());
    const after = server ? await server.cpuSeconds() : 0;
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
    return { ...figures, redis_cpu_seconds: after - before };
}

/** One line about where the figures come from. */
export function machine() {
    const read = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).trim();
    const cpu = read('sh', '-c', "sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1");
    const redis = read('redis-server', '--version').match(/v=([\d.]+)/)[1];
    return `${cpu || process.arch}, ${read('nproc')} cores · redis-server ${redis} · `
        + `node ${process.versions.node} · BullMQ ${require('bullmq6/package.json').version}`;
}
