// `toril doctor` on what BullMQ leaves behind.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Place, eventually, inPlace, peers } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { Command, torilBulk, torilJson } from './support/toril.mjs';

const [peer5, peer6] = peers;

/** What it finds, with its exit code. */
async function doctor(place, ...words) {
    const { code, stdout, stderr } = await new Command(place, ['doctor', '--json', ...words]).ended();
    assert.ok(code === 0 || code === 9, `${code}: ${stderr}`);
    return { code, findings: JSON.parse(stdout).findings };
}
const of = (findings, queue) => findings.filter((each) => each.queue === queue);

/** Jobs that lie in no list, as a pause by one version and a resume by the other leave them. */
const lose = {
    'paused by 6, resumed by 5': async (place, queue5, queue6) => {
        await queue6.pause();
        await queue5.add('n', {}, { jobId: 'kept' });
        await queue5.resume();
    },
    'paused by 5, added by 6, resumed by 5': async (place, queue5, queue6) => {
        await queue5.pause();
        await queue6.add('n', {}, { jobId: 'late' });
        await queue5.resume();
    },
};

for (const peer of peers) {
    describe(`toril doctor, with ${peer.name}`, () => {
        for (const [how, act] of Object.entries(lose)) {
            test(`finds jobs that were lost, ${how}, and brings them back`, inPlace(peer, async (place) => {
                const queue5 = place.opens(new peer5.bullmq.Queue('pictures', place.common));
                const queue6 = place.opens(new peer6.bullmq.Queue('pictures', place.common));
                await queue6.add('n', { v: 1 }, { jobId: 'one' });
                await queue6.add('n', { v: 2 }, { jobId: 'two', priority: 0 });
                await act(place, queue5, queue6);
                const ids = ['one', 'two', 'kept', 'late'];
                const exists = (await Promise.all(ids.map((id) => redis.exists(place.key(id))))).map(Boolean);
                const all = ids.filter((_, i) => exists[i]);
                const listed = await redis.lrange(place.key('wait'), 0, -1);
                assert.ok(all.length > listed.length, 'Node has lost some');

                const seen = await doctor(place);
                assert.equal(seen.code, 9);
                const orphans = of(seen.findings, 'pictures').filter(({ repairable }) => repairable);
                assert.ok(orphans.length >= 1, JSON.stringify(seen.findings));
                assert.equal(orphans[0].repaired, false);
                assert.deepEqual(await redis.lrange(place.key('wait'), 0, -1), listed, 'looking changes nothing');

                const mended = await doctor(place, '--repair', '--yes');
                assert.ok(of(mended.findings, 'pictures').filter(({ repairable }) => repairable).every(({ repaired }) => repaired));
                assert.deepEqual(of((await doctor(place)).findings, 'pictures'), []);
                const done = [];
                place.worker(async (job) => { done.push(job.id); });
                await eventually('all are done there', () => done.length === all.length);
                assert.deepEqual(done.sort(), all.sort());
            }));
        }

        test('finds nothing wrong with a queue that is in use', inPlace(peer, async (place) => {
            await place.queue.addBulk([{ name: 'a', data: {} }, { name: 'b', data: {}, opts: { delay: 100_000 } },
                { name: 'c', data: {}, opts: { priority: 1, deduplication: { id: 'd' } } }]);
            await place.flows().add({ name: 'p', queueName: 'pictures', children: [{ name: 'c', queueName: 'pictures' }] });
            await place.queue.upsertJobScheduler('s', { every: 100_000 }, { name: 'n' });
            await place.hands().getNextJob('token');
            await (await place.queue.add('logged', {})).log('a row');
            assert.deepEqual(of((await doctor(place)).findings, 'pictures'), []);
        }));
    });
}

describe('toril doctor on the server', () => {
    test('says that jobs may be evicted', async () => {
        const place = new Place(peer6);
        try {
            await torilBulk(place, [{ name: 'n', data: {} }]);
            const before = (await doctor(place)).findings.map(({ code }) => code);
            await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
            const { code, findings } = await doctor(place);
            const found = findings.find((each) => /evict/.test(`${each.code} ${each.cause}`));
            assert.equal(code, 9);
            assert.ok(found, JSON.stringify(findings));
            assert.match(found.remedy, /noeviction/);
            assert.ok(!before.includes(found.code));
            assert.equal((await torilJson(place, ['redis', 'memory'])).policy, 'allkeys-lru');
        } finally {
            await redis.config('SET', 'maxmemory-policy', 'noeviction');
            await place.close();
        }
    });
});
