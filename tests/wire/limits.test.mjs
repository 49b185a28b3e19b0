// Limits that hold over the workers of both sides together.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { inPlace, peers, within } from './support/peer.mjs';
import { torilJson, torilWork, torilWorker } from './support/toril.mjs';

const folder = mkdtempSync(join(tmpdir(), 'toril-wire-limits-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Resolves when `count` jobs have completed. */
function completions(events, count) {
    let done = 0;
    return new Promise((resolve) => {
        events.on('completed', () => { if (++done === count) resolve(); });
    });
}

for (const peer of peers) {
    describe(`shared with ${peer.name}`, () => {
        test('a limit of active jobs holds here', inPlace(peer, async (place) => {
            await place.queue.setGlobalConcurrency(1);
            await place.queue.addBulk(Array.from({ length: 12 }, () => ({ name: 'alone', data: {} })));
            const lock = join(folder, place.prefix);
            await torilWork(place, ['--concurrency', '6', '--exec', `mkdir ${lock} && sleep 0.01 && rmdir ${lock}`]);
            const { completed, failed } = await torilJson(place, ['counts', place.name]);
            assert.deepEqual({ completed, failed }, { completed: 12, failed: 0 });
        }));

        test('a limit of starts holds over both workers', inPlace(peer, async (place) => {
            const all = completions(await place.queueEvents(), 15);
            torilWorker(place, ['--noop', '--limit', '5/1s']);
            place.worker(async () => {}, { concurrency: 5, limiter: { max: 5, duration: 1000 } });
            await place.queue.addBulk(Array.from({ length: 15 }, () => ({ name: 'limited', data: {} })));
            await within('all are done', all);
            const starts = (await place.queue.getJobs(['completed'])).map((job) => job.processedOn)
                .sort((a, b) => a - b);
            assert.equal(starts.length, 15);
            // Windows of Redis' clock; the starts are by the workers' clocks.
            for (const i of [5, 10]) assert.ok(starts[i] - starts[i - 5] > 800, `window ${i / 5}: ${starts}`);
        }));
    });
}
