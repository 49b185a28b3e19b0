// The redis-server that the tests of one file use: TORIL_TEST_REDIS_URL, else one of its own on
// a free port, which ends with the file.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import Redis from 'ioredis';

async function freePort() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}

async function startServer() {
    const folder = mkdtempSync(join(tmpdir(), 'toril-wire-'));
    const port = await freePort();
    const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1',
        '--save', '', '--appendonly', 'no', '--dir', folder], { stdio: 'ignore' });
    after(async () => {
        server.kill('SIGKILL');
        await once(server, 'exit');
        rmSync(folder, { recursive: true, force: true });
    });
    return `redis://127.0.0.1:${port}`;
}

export const redisUrl = process.env.TORIL_TEST_REDIS_URL || await startServer();

const { hostname, port, pathname, password } = new URL(redisUrl);

/** What BullMQ's classes take. */
export const connection = {
    host: hostname,
    port: Number(port),
    db: Number(pathname.slice(1) || 0),
    password: password || undefined,
    maxRetriesPerRequest: null,
};

/** A client for looking at keys as they are. */
export const redis = new Redis({ ...connection, retryStrategy: () => 20 });
redis.on('error', () => {});
await redis.ping();
// Registered after the server's own, and hooks run in that order: it must not reconnect.
after(() => redis.disconnect());

export async function keysOf(prefix) {
    const keys = [];
    let cursor = '0';
    do {
        const [next, page] = await redis.scan(cursor, 'MATCH', `${prefix}:*`, 'COUNT', 1000);
        cursor = next;
        keys.push(...page);
    } while (cursor !== '0');
    return [...new Set(keys)].sort();
}

export async function removeKeys(prefix) {
    const keys = await keysOf(prefix);
    if (keys.length) await redis.unlink(...keys);
}
