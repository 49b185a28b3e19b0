// Windows of deduplication that Node and toril share: who opens one keeps the other side out.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { inPlace, peers } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { toril, torilBulk, torilJson, torilWork } from './support/toril.mjs';

const hour = 3_600_000;

const add = {
    there: async (place, deduplication, opts = {}, data = {}) =>
        (await place.queue.add('n', data, { ...opts, deduplication: { id: 'd', ...deduplication } })).id,
    here: async (place, deduplication, opts = {}, data = {}) =>
        (await torilBulk(place, [{ name: 'n', data, opts: { ...opts, deduplication: { id: 'd', ...deduplication } } }])).trim(),
};
const finish = {
    there: async (place) => {
        const hands = place.hands();
        const job = await hands.getNextJob('token', { block: false });
        await job.moveToCompleted(null, 'token', false);
        await hands.close();
    },
    here: (place) => torilWork(place, ['--noop', '--reach', '0ms']),
};
const holder = async (place) => {
    const there = await place.queue.getDeduplicationJobId('d');
    if (!there) await toril(place, ['queue', 'dedup', 'pictures', 'd'], { code: 3 });
    else assert.equal((await torilJson(place, ['queue', 'dedup', 'pictures', 'd'])).jobId, there);
    return there;
};
const window = (place) => redis.pttl(place.key('de:d'));
const ids = async (place) => (await place.queue.getJobs(['waiting', 'active', 'delayed', 'prioritized'])).map(({ id }) => id).sort();

for (const peer of peers) {
    for (const [first, second] of [['there', 'here'], ['here', 'there']]) {
        describe(`a deduplication id that is taken ${first}, asked for ${second}, with ${peer.name}`, () => {
            test('simple: the owner\'s id is given, until it is done by either side', inPlace(peer, async (place) => {
                for (const side of ['here', 'there']) {
                    const owner = await add[first](place, {});
                    assert.equal(await add[second](place, {}), owner);
                    assert.equal(await holder(place), owner);
                    assert.equal(await window(place), -1);
                    assert.deepEqual(await ids(place), [owner]);
                    await finish[side](place);
                    assert.ok(!await holder(place), `freed by its end ${side}`);
                }
                const next = await add[second](place, {});
                assert.equal(await holder(place), next);
            }));

            test('simple: freed by removal, from either side', inPlace(peer, async (place) => {
                for (const remove of [(id) => toril(place, ['remove', 'pictures', id]),
                    async (id) => (await place.job(id)).remove()]) {
                    const owner = await add[first](place, {});
                    await remove(owner);
                    assert.ok(!await holder(place));
                    const next = await add[second](place, {});
                    assert.notEqual(next, owner);
                    await remove(next);
                }
            }));

            test('throttle: the window outlives the job', inPlace(peer, async (place) => {
                const owner = await add[first](place, { ttl: hour });
                const left = await window(place);
                assert.ok(left > hour - 60_000 && left <= hour, `${left}`);
                await finish[second](place);
                assert.equal(await add[second](place, { ttl: hour }), owner);
                assert.equal(await holder(place), owner);
                assert.deepEqual(await ids(place), []);
            }));

            test('extend: the window begins anew, the owner stays', inPlace(peer, async (place) => {
                const owner = await add[first](place, { ttl: hour, extend: true });
                await redis.pexpire(place.key('de:d'), 60_000);
                assert.equal(await add[second](place, { ttl: hour, extend: true }), owner);
                assert.ok(await window(place) > hour - 60_000);
                await redis.pexpire(place.key('de:d'), 60_000);
                assert.equal(await add[second](place, { ttl: hour }), owner);
                assert.ok(await window(place) <= 60_000, 'not without extend');
            }));

            test('debounce: a delayed owner is replaced', inPlace(peer, async (place) => {
                const how = { ttl: hour, extend: true, replace: true };
                const owner = await add[first](place, how, { delay: hour }, { v: 1 });
                await redis.pexpire(place.key('de:d'), 60_000);
                const next = await add[second](place, how, { delay: hour }, { v: 2 });
                assert.notEqual(next, owner);
                assert.deepEqual(await ids(place), [next]);
                assert.equal(await holder(place), next);
                assert.ok(await window(place) > hour - 60_000);
                assert.deepEqual((await place.job(next)).data, { v: 2 });
                await redis.pexpire(place.key('de:d'), 60_000);
                const kept = { ttl: hour, replace: true };
                const last = await add[second](place, kept, { delay: hour });
                assert.equal(await holder(place), last);
                assert.ok(await window(place) <= 60_000, 'the window is kept without extend');
            }));

            test('debounce: an owner that is not delayed any more stays', inPlace(peer, async (place) => {
                const how = { ttl: hour, replace: true };
                const owner = await add[first](place, how, { delay: hour });
                await (await place.job(owner)).promote();
                assert.equal(await add[second](place, how, { delay: hour }), owner);
                assert.deepEqual(await ids(place), [owner]);
            }));

            test('a window that has passed lets the next one in', inPlace(peer, async (place) => {
                const owner = await add[first](place, { ttl: hour });
                await redis.pexpire(place.key('de:d'), 0);
                const next = await add[second](place, { ttl: hour });
                assert.notEqual(next, owner);
                assert.equal(await holder(place), next);
            }));

            test('removed by hand, it lets the next one in', inPlace(peer, async (place) => {
                const owner = await add[first](place, {});
                if (second === 'there') await place.queue.removeDeduplicationKey('d');
                else await toril(place, ['queue', 'dedup', 'pictures', 'd', '--remove']);
                assert.ok(!await holder(place));
                const next = await add[second](place, {});
                assert.notEqual(next, owner);
                // The end of the first one does not free the second one's key.
                await (await place.job(owner)).remove();
                assert.equal(await holder(place), next);
            }));

            if (peer.major < 6) return;

            test('replace without a window', inPlace(peer, async (place) => {
                const owner = await add[first](place, { replace: true }, { delay: hour });
                const next = await add[second](place, { replace: true }, { delay: hour });
                assert.notEqual(next, owner);
                assert.deepEqual(await ids(place), [next]);
                assert.equal(await window(place), -1);
            }));

            for (const end of ['here', 'there']) {
                test(`keepLastIfActive: the last one added waits for the end, ${end}`, inPlace(peer, async (place) => {
                    const keep = { keepLastIfActive: true };
                    const owner = await add[first](place, keep, {}, { v: 1 });
                    const hands = place.hands();
                    const held = await hands.getNextJob('token', { block: false });
                    assert.equal(held.id, owner);
                    for (const v of [2, 3]) {
                        assert.equal(await add[second](place, keep, {}, { v }), owner);
                    }
                    assert.deepEqual(await ids(place), [owner]);
                    if (end === 'there') {
                        await held.moveToCompleted(null, 'token', false);
                    } else {
                        await held.moveToWait('token');
                        await torilWork(place, ['--exec', 'cat', '--reach', '0ms']);
                    }
                    const next = end === 'there' ? await holder(place) : (await place.queue.getCompleted())[0].id;
                    assert.notEqual(next, owner);
                    assert.deepEqual((await place.job(next)).data, { v: 3 });
                    if (end === 'there') await finish[second](place);
                    assert.ok(!await holder(place));
                    assert.equal(await redis.exists(place.key('dn:d')), 0);
                    assert.equal(await place.queue.getCompletedCount(), 2);
                }));
            }

            test('a key whose job is gone is taken over', inPlace(peer, async (place) => {
                const owner = await add[first](place, {});
                await redis.del(place.key(owner));
                await redis.del(place.key('wait'));
                const next = await add[second](place, {});
                assert.notEqual(next, owner);
                assert.equal(await holder(place), next);
            }));
        });
    }
}
