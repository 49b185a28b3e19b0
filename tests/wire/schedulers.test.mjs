// Schedulers that Node and toril make, iterate by turns, list and remove.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { eventually, inPlace, peers, within } from './support/peer.mjs';
import { redis, redisUrl } from './support/redis.mjs';
import { toril, torilJson, torilWork, torilWorker } from './support/toril.mjs';

const nightly = '0 30 2 * * *';
const berlin = 'Europe/Berlin';
const hour = 3_600_000;

const setHere = (place, id, ...words) => torilJson(place, ['schedule', 'set', 'pictures', id, ...words]);
const getHere = (place, id) => torilJson(place, ['schedule', 'get', 'pictures', id]);
const listHere = (place) => torilJson(place, ['schedule', 'ls', 'pictures']);

/** The runs of a scheduler that are not finished, by id. */
async function pending(place) {
    const places = await Promise.all([redis.lrange(place.key('wait'), 0, -1), redis.lrange(place.key('active'), 0, -1),
        redis.zrange(place.key('delayed'), 0, -1), redis.zrange(place.key('prioritized'), 0, -1)]);
    return places.flat().filter((id) => id.startsWith('repeat:')).sort();
}

/** Takes what is due there and completes it. Answers the job. */
async function onceThere(place) {
    const hands = place.hands();
    const job = await hands.getNextJob('token', { block: false });
    await job.moveToCompleted(null, 'token', false);
    await hands.close();
    return job;
}

/** Takes one job here and completes it. */
const onceHere = (place, how = ['--noop']) => torilWork(place, [...how, '--concurrency', '1', '--reach', '0ms']);

const sides = { there: onceThere, here: onceHere };

/** Makes the one run that is pending due, then lets a side take it. Answers its id. */
async function iterate(place, side) {
    const [id, ...more] = await pending(place);
    assert.deepEqual(more, []);
    if (await (await place.job(id)).getState() === 'delayed') await (await place.job(id)).promote();
    await sides[side](place);
    return id;
}

const millisOf = (id) => Number(id.split(':').at(-1));
const turns = ['here', 'there', 'there', 'here', 'here', 'there'];

/** 02:30 in Berlin from 26 March 2027 on; on the 28th it is 03:30. */
const nights = ['2027-03-27T01:30:00Z', '2027-03-28T01:30:00Z', '2027-03-29T00:30:00Z', '2027-03-30T00:30:00Z',
    '2027-03-31T00:30:00Z', '2027-04-01T00:30:00Z'].map(Date.parse);
const nights_from = '2027-03-26T12:00:00Z';

/** A worker there that never finishes what it takes, until it is killed. */
async function hangingThere(place) {
    const program = fileURLToPath(new URL('./support/node_worker.mjs', import.meta.url));
    const child = spawn(process.execPath, [program, String(place.peer.major), place.prefix, 'pictures'],
        { env: { ...process.env, TORIL_TEST_REDIS_URL: redisUrl }, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const kill = () => { child.kill('SIGKILL'); return ended; };
    place.opens({ close: kill });
    await within('the job has started there', once(child.stdout, 'data'));
    return kill;
}

for (const peer of peers) {
    describe(`a scheduler shared with ${peer.name}`, () => {
        const make = {
            there: (place, id, pattern, tz, startDate) => place.queue.upsertJobScheduler(id,
                { pattern, tz, startDate }, { name: 'n', data: { a: 1 }, opts: { attempts: 3, removeOnFail: 5 } }),
            here: (place, id, pattern, tz, start) => setHere(place, id, '--pattern', pattern, '--tz', tz, '--start', start,
                '--name', 'n', '--data', '{"a":1}', '--opts', '{"attempts":3,"removeOnFail":5}'),
        };
        for (const side of ['there', 'here']) {
            test(`with a pattern, made ${side}, is iterated by turns, over a change of clocks`, inPlace(peer, async (place) => {
                await place.queue.waitUntilReady();
                await make[side](place, 's', nightly, berlin, nights_from);
                const runs = [];
                for (const turn of turns) runs.push(await iterate(place, turn));
                assert.deepEqual(runs.map(millisOf), nights);
                for (const [i, id] of runs.entries()) {
                    const job = await place.job(id);
                    assert.deepEqual([job.name, job.data, job.opts.attempts, job.opts.removeOnFail, job.opts.repeat.count],
                        ['n', { a: 1 }, 3, 5, i + 1], id);
                }
                assert.equal((await pending(place)).length, 1);
                assert.equal((await getHere(place, 's')).iterationCount, 7);
            }));

            test(`with an interval, made ${side}, is iterated by turns in time`, inPlace(peer, async (place) => {
                if (side === 'there') await place.queue.upsertJobScheduler('s', { every: 150 }, { name: 'n' });
                else await setHere(place, 's', '--every', '150ms', '--name', 'n');
                const runs = [];
                for (const turn of turns) {
                    const [id] = await pending(place);
                    await eventually(`${id} is due`, () => Date.now() >= millisOf(id) + 300);
                    await sides[turn](place);
                    assert.equal(await (await place.job(id)).getState(), 'completed', `${turn} has run ${id}`);
                    runs.push(id);
                }
                assert.equal(new Set(runs).size, turns.length);
                const gaps = runs.slice(1).map((id, i) => millisOf(id) - millisOf(runs[i]));
                for (const gap of gaps) assert.ok(gap > 0, `${gaps}`);
                assert.equal((await pending(place)).length, 1);
            }));

            test(`made ${side}, is listed alike on both sides`, inPlace(peer, async (place) => {
                if (side === 'there') {
                    await place.queue.upsertJobScheduler('night', { pattern: nightly, tz: berlin, limit: 9 },
                        { name: 'n', data: { a: 1 }, opts: { attempts: 2 } });
                    await place.queue.upsertJobScheduler('often', { every: hour }, { name: 'm' });
                } else {
                    await setHere(place, 'night', '--pattern', nightly, '--tz', berlin, '--limit', '9', '--name', 'n',
                        '--data', '{"a":1}', '--opts', '{"attempts":2}');
                    await setHere(place, 'often', '--every', '1h', '--name', 'm');
                }
                const there = new Map((await place.queue.getJobSchedulers(0, -1, true)).map((each) => [each.key, each]));
                const here = new Map((await listHere(place)).map((each) => [each.id, each]));
                assert.deepEqual([...there.keys()].sort(), ['night', 'often']);
                assert.deepEqual([...here.keys()].sort(), ['night', 'often']);
                for (const id of ['night', 'often']) {
                    const [ours, theirs] = [here.get(id), there.get(id)];
                    assert.equal(ours.name, theirs.name);
                    assert.equal(ours.pattern, theirs.pattern);
                    assert.equal(ours.tz, theirs.tz);
                    assert.equal(ours.every ?? null, theirs.every ? Number(theirs.every) : null);
                    assert.equal(ours.next, theirs.next);
                    assert.equal(ours.iterationCount, theirs.iterationCount);
                    assert.deepEqual(ours.data, theirs.template?.data ?? {});
                }
                assert.equal(here.get('night').limit, 9);
                assert.equal(here.get('night').opts.attempts, 2);
                assert.equal(there.get('night').template.opts.attempts, 2);
                assert.equal(await place.queue.getJobSchedulersCount(), 2);
                const one = await place.queue.getJobScheduler('night');
                assert.equal(one.next, (await getHere(place, 'night')).next);
            }));
        }

        test('is changed by the other side, which replaces the run that waits', inPlace(peer, async (place) => {
            await place.queue.upsertJobScheduler('s', { pattern: nightly, tz: berlin }, { name: 'n', data: { v: 1 } });
            const [before] = await pending(place);
            await setHere(place, 's', '--pattern', nightly, '--tz', berlin, '--name', 'n', '--data', '{"v":2}');
            assert.deepEqual(await pending(place), [before]);
            assert.deepEqual((await place.job(before)).data, { v: 2 });
            await place.queue.upsertJobScheduler('s', { pattern: '0 0 4 * * *', tz: berlin }, { name: 'n', data: { v: 3 } });
            const [after, ...more] = await pending(place);
            assert.deepEqual(more, []);
            assert.notEqual(after, before);
            const seen = await getHere(place, 's');
            assert.equal(seen.pattern, '0 0 4 * * *');
            assert.deepEqual(seen.data, { v: 3 });
            assert.equal(seen.next, millisOf(after));
        }));

        test('takes the data of its next run from its template, not from the run before', inPlace(peer, async (place) => {
            await setHere(place, 's', '--pattern', nightly, '--name', 'n', '--data', '{"v":1}');
            for (const side of ['here', 'there']) {
                const [id] = await pending(place);
                await (await place.job(id)).updateData({ v: 'changed' });
                await iterate(place, side);
                assert.deepEqual((await place.job((await pending(place))[0])).data, { v: 1 }, side);
            }
        }));

        for (const [first, second] of [['here', 'there'], ['there', 'here']]) {
            test(`makes no second run when a run fails ${first} and is tried again ${second}`, inPlace(peer, async (place) => {
                await setHere(place, 's', '--pattern', nightly, '--immediately', '--opts', '{"attempts":3}');
                const [id] = await pending(place);
                if (first === 'here') {
                    await torilWork(place, ['--exec', 'exit 65', '--reach', '0ms']);
                }
                const failThere = async () => {
                    const hands = place.hands();
                    const job = await hands.getNextJob('token', { block: false });
                    assert.equal(job.id, id);
                    await job.moveToFailed(new Error('no'), 'token', false);
                    await hands.close();
                };
                if (first === 'there') {
                    await failThere();
                    const [next] = (await pending(place)).filter((each) => each !== id);
                    await onceHere(place);
                    assert.deepEqual(await pending(place), [next]);
                    assert.equal(await (await place.job(id)).getState(), 'completed');
                } else {
                    const [next, ...more] = (await pending(place)).filter((each) => each !== id);
                    assert.deepEqual(more, []);
                    await (await place.job(id)).retry();
                    await failThere();
                    assert.deepEqual((await pending(place)).filter((each) => each !== id), [next]);
                }
                assert.equal((await getHere(place, 's')).iterationCount, 2);
            }));
        }

        test('makes no second run when a run loses its worker there', inPlace(peer, async (place) => {
            await place.queue.upsertJobScheduler('s', { pattern: nightly, immediately: true }, { name: 'n' });
            const [id] = await pending(place);
            const kill = await hangingThere(place);
            const [next] = await eventually('the next run is made', async () => {
                const others = (await pending(place)).filter((each) => each !== id);
                return others.length > 0 && others;
            });
            await kill();
            torilWorker(place, ['--noop', '--lock', '1s', '--stalled-interval', '300ms']);
            await eventually('it is done here', async () => await (await place.job(id)).getState() === 'completed');
            assert.equal((await place.job(id)).stalledCounter, 1);
            assert.deepEqual(await pending(place), [next]);
            assert.equal((await getHere(place, 's')).iterationCount, 2);
        }));

        test('is removed there when made here, and the other way round', inPlace(peer, async (place) => {
            await setHere(place, 'ours', '--pattern', nightly);
            await place.queue.upsertJobScheduler('theirs', { every: hour, offset: 5000 }, { name: 'n' });
            assert.equal(await place.queue.removeJobScheduler('ours'), true);
            assert.deepEqual((await listHere(place)).map(({ id }) => id), ['theirs']);
            await toril(place, ['schedule', 'rm', 'pictures', 'theirs']);
            assert.equal(await place.queue.getJobSchedulersCount(), 0);
            assert.deepEqual(await pending(place), []);
            assert.equal(await place.queue.removeJobScheduler('ours'), false);
            await toril(place, ['schedule', 'rm', 'pictures', 'theirs'], { code: 3 });
        }));

        test('once removed, makes no next run of one that is taken', inPlace(peer, async (place) => {
            for (const [remove, take] of [
                [() => place.queue.removeJobScheduler('s'), () => onceHere(place)],
                [() => toril(place, ['schedule', 'rm', 'pictures', 's']), () => onceThere(place)]]) {
                await setHere(place, 's', '--pattern', nightly, '--immediately');
                await remove();
                assert.equal((await pending(place)).length, 1);
                await take();
                assert.deepEqual(await pending(place), []);
            }
        }));

        test('ends at its limit, counted on both sides', inPlace(peer, async (place) => {
            for (const [id, order] of [['a', ['here', 'there', 'here']], ['b', ['there', 'here', 'there']]]) {
                if (id === 'a') {
                    await place.queue.upsertJobScheduler(id, { pattern: nightly, limit: 3 }, { name: 'n' });
                } else {
                    await setHere(place, id, '--pattern', nightly, '--limit', '3');
                }
                for (const side of order) await iterate(place, side);
                assert.deepEqual(await pending(place), []);
                assert.equal((await getHere(place, id)).iterationCount, 3);
                assert.equal((await place.queue.getJobScheduler(id)).key, id);
            }
        }));

        test('ends at its end, on both sides', inPlace(peer, async (place) => {
            for (const side of ['here', 'there']) {
                const end = Date.now() + 400;
                await place.queue.upsertJobScheduler(side, { pattern: nightly, immediately: true, endDate: end }, { name: 'n' });
                await eventually('the end is over', () => Date.now() > end);
                await sides[side](place);
                assert.deepEqual(await pending(place), [], side);
            }
        }));

        test('has no run after its end, and runs before it', inPlace(peer, async (place) => {
            const end = Date.now() + 60_000;
            for (const side of ['here', 'there']) {
                await setHere(place, side, '--pattern', '0 0 0 29 2 *', '--immediately', '--end', String(end));
                assert.equal((await place.queue.getJobScheduler(side)).endDate, end);
                await sides[side](place);
                assert.deepEqual(await pending(place), [], side);
                await place.queue.upsertJobScheduler(`${side} often`,
                    { pattern: '* * * * * *', immediately: true, endDate: end }, { name: 'n' });
                await sides[side](place);
                const runs = await pending(place);
                assert.equal(runs.length, 1, side);
                assert.ok(millisOf(runs[0]) <= end);
                await toril(place, ['schedule', 'rm', 'pictures', `${side} often`]);
                await place.queue.drain(true);
            }
        }));

        test('keeps its pending run from removal on either side', inPlace(peer, async (place) => {
            await place.queue.upsertJobScheduler('theirs', { pattern: nightly }, { name: 'n' });
            await setHere(place, 'ours', '--pattern', nightly);
            const runs = await pending(place);
            assert.equal(runs.length, 2);
            for (const id of runs) {
                await toril(place, ['remove', 'pictures', id], { code: 4 });
                await assert.rejects((await place.job(id)).remove(), /scheduler/);
            }
            await place.queue.drain(true);
            await toril(place, ['queue', 'drain', 'pictures', '--delayed', '--yes']);
            await place.queue.clean(0, 100, 'delayed');
            await toril(place, ['queue', 'clean', 'pictures', '--state', 'delayed', '--older-than', '0ms', '--yes']);
            assert.deepEqual(await pending(place), runs);
            await toril(place, ['queue', 'obliterate', 'pictures', '--yes']);
            assert.equal(await place.queue.getJobSchedulersCount(), 0);
            assert.deepEqual(await pending(place), []);
        }));

        test('that Node obliterates is gone', inPlace(peer, async (place) => {
            await setHere(place, 'ours', '--pattern', nightly);
            await place.queue.obliterate({ force: true });
            assert.deepEqual(await listHere(place), []);
            assert.deepEqual(await pending(place), []);
        }));

        test('writes its jobs with the delay that their time is away', inPlace(peer, async (place) => {
            await setHere(place, 's', '--pattern', nightly);
            const [id] = await pending(place);
            const job = await place.job(id);
            assert.ok(Math.abs(job.timestamp + job.delay - millisOf(id)) < 2, `${job.timestamp} + ${job.delay}: ${id}`);
            assert.equal(job.repeatJobKey, 's');
            const [first] = await place.queue.getJobSchedulers();
            assert.equal(`repeat:${first.key}:${first.next}`, id);
        }));
    });
}

describe('a repeatable job of BullMQ 5', () => {
    const [peer5, peer6] = peers;
    for (const [what, repeat] of [['a pattern', { pattern: nightly, tz: berlin }], ['an end', {
        pattern: nightly, tz: berlin, endDate: new Date('2030-01-01') }]]) {
        test(`with ${what} goes on here, and there again`, inPlace(peer5, async (place) => {
            await place.queue.add('n', { a: 1 }, { repeat, attempts: 2 });
            const [{ key }] = await place.queue.getRepeatableJobs();
            assert.match(key, /^[0-9a-f]{32}$/);
            const runs = [];
            for (const side of ['here', 'there', 'here', 'here', 'there']) runs.push(await iterate(place, side));
            for (const id of runs) assert.match(id, new RegExp(`^repeat:${key}:\\d+$`));
            const days = runs.slice(1).map((id, i) => Math.round((millisOf(id) - millisOf(runs[i])) / hour));
            for (const gap of days) assert.ok(gap >= 23 && gap <= 25, `${days}`);
            const [id, ...more] = await pending(place);
            assert.deepEqual(more, []);
            const job = await place.job(id);
            assert.deepEqual([job.name, job.data, job.opts.attempts], ['n', { a: 1 }, 2]);
            assert.equal((await place.queue.getRepeatableJobs())[0].next, millisOf(id));
        }));
    }

    test('with an interval goes on here, and there again', inPlace(peer5, async (place) => {
        await place.queue.add('n', { a: 1 }, { repeat: { every: 150 } });
        const runs = new Set();
        for (const side of ['here', 'there', 'here', 'there']) {
            const [id, ...more] = await pending(place);
            assert.deepEqual(more, []);
            await eventually(`${id} is due`, () => Date.now() >= millisOf(id) + 300);
            await sides[side](place);
            runs.add(id);
        }
        assert.equal(runs.size, 4);
        assert.equal((await pending(place)).length, 1);
    }));

    test('is removed there after it went on here', inPlace(peer5, async (place) => {
        await place.queue.add('n', {}, { repeat: { pattern: nightly } });
        await iterate(place, 'here');
        const [{ key }] = await place.queue.getRepeatableJobs();
        assert.equal(await place.queue.removeRepeatableByKey(key), true);
        assert.deepEqual(await pending(place), []);
    }));

    test('goes on here as it does with BullMQ 6', inPlace(peer5, async (place) => {
        await place.queue.add('n', { a: 1 }, { repeat: { pattern: nightly, tz: berlin } });
        await iterate(place, 'here');
        const queue6 = place.opens(new peer6.bullmq.Queue('pictures', place.common));
        const worker6 = place.opens(new peer6.bullmq.Worker('pictures', null, { ...place.common, autorun: false }));
        const [id] = await pending(place);
        await (await peer6.bullmq.Job.fromId(queue6, id)).promote();
        const job = await worker6.getNextJob('token', { block: false });
        await job.moveToCompleted(null, 'token', false);
        const third = await iterate(place, 'here');
        assert.ok(millisOf(third) > millisOf(id));
        assert.equal((await pending(place)).length, 1);
    }));
});
