// bull-board over queues that toril made: what its pages ask for and what its buttons do, by the
// requests that they make.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';

import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import express from 'express';

import { eventually, inPlace, peers } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { toril, torilBulk, torilJson, torilWork, torilWorker } from './support/toril.mjs';

/** A board on a free port. `get`, `put` and `patch` take paths below /api. */
class Board {
    constructor(place, server) {
        this.server = server;
        this.base = `http://127.0.0.1:${server.address().port}`;
        place.opens(this);
    }

    static async over(place) {
        const serverAdapter = new ExpressAdapter();
        createBullBoard({ queues: [new BullMQAdapter(place.queue)], serverAdapter });
        const server = express().use(serverAdapter.getRouter()).listen(0, '127.0.0.1');
        await once(server, 'listening');
        return new Board(place, server);
    }

    async ask(method, path, body) {
        const response = await fetch(`${this.base}/api${path}`, {
            method,
            headers: { 'content-type': 'application/json' },
            body: body && JSON.stringify(body),
        });
        const text = await response.text();
        assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
        return text ? JSON.parse(text) : undefined;
    }

    get(path) { return this.ask('GET', path); }
    put(path, body) { return this.ask('PUT', path, body); }
    patch(path, body) { return this.ask('PATCH', path, body); }

    /** The queue as its page shows it, with the jobs of one state. */
    async queue(status = 'latest') {
        const { queues } = await this.get(`/queues?activeQueue=pictures&status=${status}&page=1&jobsPerPage=10`);
        return queues[0];
    }

    async close() {
        this.server.closeAllConnections();
        this.server.close();
    }
}

const failing = ['--exec', 'test "$TORIL_JOB_NAME" != bad || { echo spoilt >&2; exit 1; }; echo 7'];
const state = async (place, id) => (await torilJson(place, ['job', 'pictures', id])).state;

for (const peer of peers) {
    describe(`bull-board with ${peer.name} over our queues`, () => {
        test('lists counts and the jobs of each state', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'good', data: { a: 1 } }, { name: 'bad', data: {} }]);
            await torilWork(place, failing);
            await torilBulk(place, [{ name: 'later', data: {}, opts: { delay: 3_600_000 } },
                { name: 'soon', data: {} }, { name: 'urgent', data: {}, opts: { priority: 1 } }]);
            const board = await Board.over(place);
            const { counts } = await board.queue();
            for (const [name, count] of Object.entries({ completed: 1, failed: 1, delayed: 1, waiting: 1, prioritized: 1 })) {
                assert.equal(counts[name], count, name);
            }
            const [failed] = (await board.queue('failed')).jobs;
            assert.equal(failed.name, 'bad');
            assert.equal(failed.failedReason, 'spoilt');
            assert.equal(failed.isFailed, true);
            const [completed] = (await board.queue('completed')).jobs;
            assert.equal(completed.returnValue, 7);
            assert.deepEqual(completed.data, { a: 1 });
            assert.equal((await board.queue('delayed')).jobs[0].delay, 3_600_000);
        }));

        test('shows a job with its log', inPlace(peer, async (place) => {
            await toril(place, ['add', 'pictures', 'n', '{"to":"ada"}', '--id', 'one', '--attempts', '2']);
            const node = await place.job('one');
            await node.log('a row');
            const board = await Board.over(place);
            const { job, status } = await board.get('/queues/pictures/one');
            assert.equal(status, 'waiting');
            assert.equal(job.opts.attempts, 2);
            assert.deepEqual(await board.get('/queues/pictures/one/logs'), ['a row']);
        }));

        test('retries, promotes, changes and removes', inPlace(peer, async (place) => {
            await toril(place, ['add', 'pictures', 'bad', '{}', '--id', 'broken']);
            await torilWork(place, failing);
            await toril(place, ['add', 'pictures', 'n', '{}', '--id', 'later', '--delay', '1h']);
            await toril(place, ['add', 'pictures', 'n', '{}', '--id', 'gone']);
            const board = await Board.over(place);
            await board.put('/queues/pictures/broken/retry');
            assert.equal(await state(place, 'broken'), 'waiting');
            await board.put('/queues/pictures/later/promote');
            assert.equal(await state(place, 'later'), 'waiting');
            await board.patch('/queues/pictures/later/update-data', { jobData: { new: 1 } });
            assert.deepEqual((await torilJson(place, ['job', 'pictures', 'later'])).data, { new: 1 });
            await board.put('/queues/pictures/gone/clean');
            await toril(place, ['job', 'pictures', 'gone'], { code: 3 });
            await torilWork(place);
            assert.equal(await state(place, 'broken'), 'completed');
        }));

        test('retries and cleans all of a state', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'bad', data: {} }, { name: 'bad', data: {} }, { name: 'good', data: {} }]);
            await torilWork(place, failing);
            const board = await Board.over(place);
            await board.put('/queues/pictures/retry/failed');
            await torilWork(place, failing);
            assert.equal((await torilJson(place, ['counts', 'pictures'])).failed, 2);
            // Its buttons spare what finished within the last five seconds.
            for (const set of ['failed', 'completed']) {
                for (const id of await redis.zrange(place.key(set), 0, -1)) {
                    await redis.zadd(place.key(set), Date.now() - 10_000, id);
                }
            }
            await board.put('/queues/pictures/clean/failed');
            await board.put('/queues/pictures/clean/completed');
            const counts = await torilJson(place, ['counts', 'pictures']);
            assert.equal(counts.failed + counts.completed, 0);
        }));

        test('pauses and resumes', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'n', data: {} }]);
            const board = await Board.over(place);
            await board.put('/queues/pictures/pause');
            assert.equal((await torilJson(place, ['queue', 'show', 'pictures'])).paused, true);
            assert.equal((await board.queue()).isPaused, true);
            await board.put('/queues/pictures/resume');
            await torilWork(place);
            assert.equal((await board.queue()).counts.completed, 1);
        }));

        test('empties and obliterates', inPlace(peer, async (place) => {
            await torilBulk(place, [{ name: 'n', data: {} }, { name: 'n', data: {}, opts: { delay: 1000_000 } }]);
            const board = await Board.over(place);
            await board.put('/queues/pictures/empty');
            assert.equal((await torilJson(place, ['counts', 'pictures'])).waiting, 0);
            await torilBulk(place, [{ name: 'n', data: {} }]);
            await board.put('/queues/pictures/pause');
            await board.put('/queues/pictures/obliterate', { force: true });
            assert.equal((await torilJson(place, ['counts', 'pictures'])).waiting, 0);
        }));

        test('shows our schedulers, and removes one', inPlace(peer, async (place) => {
            await toril(place, ['schedule', 'set', 'pictures', 'tick', '--every', '1h', '--name', 'n']);
            await toril(place, ['schedule', 'set', 'pictures', 'night', '--pattern', '0 3 * * *', '--tz', 'Europe/Berlin']);
            const board = await Board.over(place);
            const { schedulers } = await board.get('/job-schedulers');
            const tick = schedulers.find(({ id }) => id === 'tick');
            assert.equal(Number(tick.every), 3_600_000);
            const night = schedulers.find(({ id }) => id === 'night');
            assert.equal(night.pattern, '0 3 * * *');
            assert.equal(night.tz, 'Europe/Berlin');
            assert.ok(night.next > Date.now());
            await board.put('/queues/pictures/job-schedulers/night/remove');
            const left = await torilJson(place, ['schedule', 'ls', 'pictures']);
            assert.deepEqual(left.map(({ id }) => id), ['tick']);
        }));

        test('shows our workers', inPlace(peer, async (place) => {
            torilWorker(place, ['--noop', '--name', 'cam era']);
            const board = await Board.over(place);
            const workers = await eventually('the worker is listed', async () => {
                const found = (await board.get('/queues/pictures/workers')).workers;
                return found.length > 0 && found;
            });
            assert.equal(workers.length, 1);
            assert.equal((await board.queue()).hasWorkers, true);
        }));

        test('shows a flow', inPlace(peer, async (place) => {
            await toril(place, ['flow', 'add', '-'], { input: JSON.stringify({ name: 'parent', queueName: 'pictures',
                opts: { jobId: 'parent' }, children: [{ name: 'child', queueName: 'pictures', opts: { jobId: 'child' } }] }) });
            const board = await Board.over(place);
            const shown = JSON.stringify(await board.get('/queues/pictures/parent/flow'));
            assert.match(shown, /"child"/);
            await board.put('/queues/pictures/parent/remove-unprocessed-children');
            assert.equal(await state(place, 'parent'), 'waiting');
        }));
    });
}
