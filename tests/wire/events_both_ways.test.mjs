// The stream of events, written and read on both sides: every event that toril causes is heard by
// Node's QueueEvents, none of them ends its loop, and `toril events` tells what Node causes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { eventually, inPlace, peers, within } from './support/peer.mjs';
import { redis } from './support/redis.mjs';
import { Command, toril, torilBulk, torilJson, torilWork, torilWorker } from './support/toril.mjs';

const hour = 3_600_000;
const names = ['added', 'waiting', 'delayed', 'waiting-children', 'active', 'progress', 'completed', 'failed',
    'retries-exhausted', 'stalled', 'removed', 'duplicated', 'deduplicated', 'cleaned', 'drained', 'paused', 'resumed'];

/** Everything that QueueEvents says, as `{event, jobId, ...}`, in order. */
async function listen(place) {
    const events = await place.queueEvents();
    const rows = [];
    for (const name of names) {
        events.on(name, (payload) => rows.push({ event: name, ...(typeof payload === 'object' ? payload : {}) }));
    }
    return { events, rows, heard: (event, jobId) => eventually(`${event} is heard`,
        () => rows.find((row) => row.event === event && (!jobId || row.jobId === jobId))) };
}

const told = async (place, ...words) => (await toril(place, ['events', 'pictures', '--no-follow', '--jsonl', ...words]))
    .split('\n').filter(Boolean).map((line) => JSON.parse(line));

for (const peer of peers) {
    describe(`events of toril, heard by ${peer.name}`, () => {
        test('every one that its commands and workers cause', inPlace(peer, async (place) => {
            const { events, rows, heard } = await listen(place);
            const dedup = { deduplication: { id: 'd' } };
            await torilBulk(place, [{ name: 'n', data: {}, opts: { jobId: 'one', ...dedup } },
                { name: 'n', data: {}, opts: { jobId: 'two', ...dedup } }, { name: 'n', data: {}, opts: { jobId: 'one' } }]);
            assert.deepEqual(await heard('duplicated'), { event: 'duplicated', jobId: 'one' });
            const { jobId, deduplicationId, deduplicatedJobId } = await heard('deduplicated');
            assert.deepEqual([jobId, deduplicationId, deduplicatedJobId], ['one', 'd', 'two']);

            await toril(place, ['queue', 'pause', 'pictures']);
            await toril(place, ['queue', 'resume', 'pictures']);
            await heard('paused');
            await heard('resumed');

            await toril(place, ['add', 'pictures', 'n', '{}', '--id', 'later', '--delay', '1h']);
            const { delay } = await heard('delayed', 'later');
            assert.ok(Math.abs(delay - Date.now() - hour) < 60_000, `${delay}`);
            await toril(place, ['promote', 'pictures', 'later']);
            assert.equal((await heard('waiting', 'later')).prev, 'delayed');

            await toril(place, ['flow', 'add', '-'], { input: JSON.stringify({ name: 'parent', queueName: 'pictures',
                opts: { jobId: 'parent' }, children: [{ name: 'child', queueName: 'pictures', opts: { jobId: 'child' } }] }) });
            await heard('waiting-children', 'parent');

            await toril(place, ['add', 'pictures', 'bad', '{}', '--id', 'bad', '--attempts', '2']);
            await torilWork(place, ['--exec', 'test "$TORIL_JOB_NAME" != bad || { echo no >&2; exit 1; }; echo \'{"a":[1]}\'']);
            await heard('drained');
            assert.deepEqual((await heard('completed', 'one')).returnvalue, { a: [1] });
            assert.equal((await heard('failed', 'bad')).failedReason, 'no');
            assert.equal((await heard('retries-exhausted', 'bad')).attemptsMade, '2');
            assert.deepEqual(rows.filter((row) => row.jobId === 'parent').map(({ event, prev }) => [event, prev]),
                [['added', undefined], ['waiting-children', undefined], ['waiting', 'waiting-children'],
                    ['active', 'waiting'], ['completed', 'active']]);

            await toril(place, ['remove', 'pictures', 'bad']);
            assert.equal((await heard('removed', 'bad')).prev, 'failed');
            await toril(place, ['queue', 'clean', 'pictures', '--state', 'completed', '--older-than', '0ms', '--yes']);
            assert.ok(Number((await heard('cleaned')).count) >= 3);
            await toril(place, ['schedule', 'set', 'pictures', 's', '--every', '1h']);
            await heard('added', rows.find((row) => row.jobId?.startsWith('repeat:s:'))?.jobId);

            // Still listening.
            await place.queue.add('last', {}, { jobId: 'last' });
            await heard('waiting', 'last');
            await within('QueueEvents close', events.close());
        }));

        test('values of every kind do not end the loop', inPlace(peer, async (place) => {
            const { heard } = await listen(place);
            const outputs = ['', '5', '"text"', 'plain text', 'null', '{"a":', '[1,2]', '\\\\x00', 'ñ ☂', '1e999', 'NaN', '-0', '01'];
            for (const [i, output] of outputs.entries()) {
                await torilBulk(place, [{ name: 'n', data: { output }, opts: { jobId: `v${i}` } }]);
                await torilWork(place, ['--exec', `printf '%b' '${output}'`]);
                const row = await heard('completed', `v${i}`);
                assert.deepEqual(row.returnvalue, (await place.job(`v${i}`)).returnvalue, output);
            }
        }));

        test('bytes that are no text in a reason do not end it either', inPlace(peer, async (place) => {
            const { heard } = await listen(place);
            await torilBulk(place, [{ name: 'n', data: {}, opts: { jobId: 'odd' } }]);
            await torilWork(place, ['--exec', "printf '\\377\\376 no' >&2; exit 1"]);
            assert.match((await heard('failed', 'odd')).failedReason, / no$/);
            await torilBulk(place, [{ name: 'n', data: {}, opts: { jobId: 'next' } }]);
            await heard('waiting', 'next');
        }));
    });

    describe(`events of ${peer.name}, told here`, () => {
        test('all that Node causes, in order, with the stream\'s own fields', inPlace(peer, async (place) => {
            await place.queue.waitUntilReady();
            const dedup = { deduplication: { id: 'd' } };
            await place.queue.add('n', {}, { jobId: 'one', ...dedup });
            await place.queue.add('n', {}, { jobId: 'two', ...dedup });
            await place.queue.add('n', {}, { jobId: 'one' });
            await place.queue.add('n', {}, { jobId: 'later', delay: hour });
            await place.queue.pause();
            await place.queue.resume();
            const hands = place.hands();
            const job = await hands.getNextJob('token');
            await job.updateProgress({ percent: 50, of: [1] });
            await job.moveToCompleted({ a: 1 }, 'token', false);
            await (await place.job('later')).remove();
            await place.queue.add('bad', {}, { jobId: 'bad' });
            await (await hands.getNextJob('token')).moveToFailed(new Error('no'), 'token', false);
            await place.queue.clean(0, 10, 'failed');
            const rows = await told(place, '--from', '0');
            const stream = (await redis.xrange(place.key('events'), '-', '+')).map(([id, fields]) => {
                const row = { id };
                for (let i = 0; i < fields.length; i += 2) row[fields[i]] = fields[i + 1];
                return row;
            });
            assert.deepEqual(rows.map(({ id, event, jobId }) => [id, event, jobId]),
                stream.map(({ id, event, jobId }) => [id, event, jobId]));
            for (const [i, row] of rows.entries()) {
                assert.deepEqual(Object.keys(row).sort(), Object.keys(stream[i]).sort());
            }
            const heard = new Set(rows.map(({ event }) => event));
            for (const event of ['added', 'waiting', 'deduplicated', 'duplicated', 'delayed', 'paused', 'resumed', 'active',
                'progress', 'completed', 'removed', 'failed', 'retries-exhausted', 'cleaned', 'drained']) {
                assert.ok(heard.has(event), event);
            }
            const parsed = (value) => (typeof value === 'string' ? JSON.parse(value) : value);
            assert.deepEqual(parsed(rows.find(({ event }) => event === 'progress').data), { percent: 50, of: [1] });
            assert.deepEqual(parsed(rows.find(({ event }) => event === 'completed').returnvalue), { a: 1 });
        }));

        test('from an id on, and no more than asked', inPlace(peer, async (place) => {
            await place.queue.addBulk(Array.from({ length: 5 }, () => ({ name: 'n', data: {} })));
            const all = await told(place, '--from', '0');
            assert.equal(all.length, 10);
            assert.deepEqual(await told(place, '--from', all[3].id), all.slice(4));
            assert.deepEqual(await told(place, '--from', all[3].id, '--count', '2'), all.slice(4, 6));
            assert.deepEqual(await told(place, '--from', all[9].id), []);
        }));

        test('as they come, from now on', inPlace(peer, async (place) => {
            await place.queue.add('before', {});
            const follower = new Command(place, ['events', 'pictures', '--from', '0', '--jsonl', '--count', '6']);
            await eventually('it tells what there is', () => follower.text.stdout.split('\n').length > 2);
            await place.queue.add('a', {}, { jobId: 'a' });
            await place.queue.add('b', {}, { jobId: 'b' });
            const { code, stdout } = await follower.ended();
            assert.equal(code, 0);
            assert.deepEqual(stdout.trim().split('\n').map((line) => JSON.parse(line)).map(({ event, jobId }) => [event, jobId]),
                [['added', '1'], ['waiting', '1'], ['added', 'a'], ['waiting', 'a'], ['added', 'b'], ['waiting', 'b']]);
        }));

        test('events of someone\'s own, with any fields', inPlace(peer, async (place) => {
            await place.queue.waitUntilReady();
            const producer = place.opens(new peer.bullmq.QueueEventsProducer('pictures', place.common));
            await producer.publishEvent({ eventName: 'mine', text: 'ñ "', number: 5 });
            const rows = await told(place, '--from', '0');
            const mine = rows.find(({ event }) => event === 'mine');
            assert.deepEqual([mine.text, mine.number], ['ñ "', '5']);
        }));

        test('waits here for a job that Node ends', inPlace(peer, async (place) => {
            await place.queue.add('n', {}, { jobId: 'one' });
            const waiting = new Command(place, ['wait', 'pictures', 'one', '--json']);
            place.worker(async () => ({ deep: [1] }));
            const { code, stdout } = await waiting.ended();
            assert.equal(code, 0);
            assert.deepEqual(JSON.parse(stdout).returnvalue, { deep: [1] });
        }));
    });

    test(`${peer.name} hears the progress and the stall of a job that changes hands`, inPlace(peer, async (place) => {
        const { heard } = await listen(place);
        await torilBulk(place, [{ name: 'n', data: {}, opts: { jobId: 'one' } }]);
        const first = torilWorker(place, ['--exec', 'exec sleep 60', '--concurrency', '1', '--stalled-interval', '300ms']);
        await heard('active', 'one');
        await (await place.job('one')).updateProgress(7);
        assert.equal((await heard('progress', 'one')).data, 7);
        assert.equal((await torilJson(place, ['job', 'pictures', 'one'])).progress, 7);
        await first.kill();
        torilWorker(place, ['--noop', '--stalled-interval', '300ms']);
        await heard('stalled', 'one');
        await heard('completed', 'one');
    }));
}
