// When a pattern runs next: `toril schedule next` against the libraries that BullMQ 5 and 6 ask,
// cron-parser 4.9 and 5.10.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';

import { Place, newest } from './support/peer.mjs';
import { toril, torilJson } from './support/toril.mjs';

const require = createRequire(import.meta.url);
const libraryOf = (bullmq) => createRequire(require.resolve(bullmq))('cron-parser');
const parsers = {
    'cron-parser 4': (pattern, options) => libraryOf('bullmq5').parseExpression(pattern, options),
    'cron-parser 5': (pattern, options) => libraryOf('bullmq6').CronExpressionParser.parse(pattern, options),
};

const plain = '2026-11-21T10:20:30Z';
const spring = '2026-03-28T12:00:00Z';   // Europe: forward on 29 March at 01:00 UTC
const autumn = '2026-10-24T12:00:00Z';   // Europe: back on 25 October at 01:00 UTC

/** `[pattern, zone, from]`. */
const rows = [
    // Every field by itself.
    ['* * * * *'], ['* * * * * *'], ['*/15 * * * * *'], ['5 * * * *'], ['0 3 * * *'], ['0 0 1 * *'],
    ['0 0 * 2 *'], ['0 0 * * 1'], ['30 4 1,15 * *'], ['0-10/5 * * * *'], ['10-50/20 8-18 * * 1-5'],
    // Names, Sunday twice, ranges over them.
    ['0 12 * JAN,JUL MON'], ['0 12 * * sun'], ['0 12 * * 7'], ['0 12 * * 0'], ['0 12 * * 5-7'],
    ['0 0 * mar-may *'],
    // A day of the month or a day of the week.
    ['0 0 13 * 5'], ['0 0 1-7 * 1'],
    // The last, and the nth.
    ['0 0 L * *'], ['0 0 12 L 2 *'], ['0 0 * * 5L'], ['0 0 * * 1#2'], ['0 0 * * 5#5'],
    // Seldom.
    ['0 0 29 2 *'], ['0 0 31 * *'], ['59 59 23 31 12 *'], ['0 0 30 4,6,9,11 *'],
    // Steps that begin somewhere, and steps beyond the range.
    ['5/20 * * * *'], ['*/40 * * * *'], ['0 */7 * * *'], ['0 0 */10 * *'],
    // Other names for patterns.
    ['@hourly'], ['@daily'], ['@weekly'], ['@monthly'], ['@yearly'],
    // Zones.
    ['0 9 * * 1-5', 'America/New_York'], ['30 0 * * *', 'Asia/Kolkata'], ['0 0 * * *', 'Pacific/Auckland'],
    ['0 0 1 1 *', 'Asia/Tokyo'], ['15 12 * * *', 'Asia/Kathmandu'], ['0 6 * * *', 'Etc/UTC'],
    // Clocks that go forward.
    ['30 2 * * *', 'Europe/Berlin', spring], ['0 3 * * *', 'Europe/Berlin', spring],
    ['*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:10:00Z'], ['0 */2 * * *', 'Europe/Berlin', '2026-03-28T22:30:00Z'],
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z'],
    // Clocks that go back.
    ['30 2 * * *', 'Europe/Berlin', autumn], ['0 3 * * *', 'Europe/Berlin', autumn],
    ['*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:50:00Z'], ['30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z'],
];

const place = new Place(newest);

/** The next `count` runs that a library gives. */
function runsOf(parse, pattern, tz, from, count) {
    const runs = parse(pattern, { currentDate: new Date(from), tz });
    return Array.from({ length: count }, () => runs.next().getTime());
}

for (const [name, parse] of Object.entries(parsers)) {
    describe(`the next runs of a pattern, as by ${name}`, () => {
        for (const [pattern, tz = 'UTC', from = plain] of rows) {
            test(`${pattern} in ${tz} after ${from}`, async () => {
                const here = await torilJson(place,
                    ['schedule', 'next', '--pattern', pattern, '--tz', tz, '--from', from, '--count', '4']);
                const text = (times) => times.map((ms) => new Date(ms).toISOString());
                assert.deepEqual(text(here), text(runsOf(parse, pattern, tz, from, 4)));
            });
        }
    });
}

describe('a pattern that the libraries refuse', () => {
    for (const pattern of ['60 * * * *', '* 24 * * *', '* * 0 * *', '* * 32 * *', '* * * 13 *', '* * * * 8',
        '0 0 30 2 *', 'a * * * *', '5-1 * * * *', '* * * * * * *', '*/0 * * * *']) {
        test(`${pattern} is refused here as well`, async () => {
            for (const [name, parse] of Object.entries(parsers)) {
                assert.throws(() => runsOf(parse, pattern, 'UTC', plain, 1), `${name} takes it`);
            }
            await toril(place, ['schedule', 'next', '--pattern', pattern], { code: 2 });
        });
    }
});

// Knowingly different: the libraries forget the whole day, toril runs at its first instant.
test('a midnight that the clock leaves out', async () => {
    const [pattern, tz, from] = ['0 0 * * *', 'America/Santiago', '2026-09-05T12:00:00Z'];
    const here = await torilJson(place,
        ['schedule', 'next', '--pattern', pattern, '--tz', tz, '--from', from, '--count', '2']);
    assert.deepEqual(here, ['2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z'].map(Date.parse));
    for (const parse of Object.values(parsers)) {
        assert.deepEqual(runsOf(parse, pattern, tz, from, 1), [Date.parse('2026-09-07T03:00:00Z')]);
    }
});

// Knowingly different: here it runs once. Each library does something else.
describe('a clock that changes by half an hour', () => {
    const next = (pattern, from, count) => torilJson(place, ['schedule', 'next', '--pattern', pattern,
        '--tz', 'Australia/Lord_Howe', '--from', from, '--count', String(count)]);
    const back = '2026-04-04T14:20:00Z';
    const forward = '2026-10-03T10:00:00Z';

    test('a time that comes twice runs once', async () => {
        assert.deepEqual(await next('45 1 * * *', back, 2), ['2026-04-04T14:45:00Z', '2026-04-05T15:15:00Z'].map(Date.parse));
    });

    test('a time that does not come runs half an hour later', async () => {
        assert.deepEqual(await next('15 2 * * *', forward, 2), ['2026-10-03T15:45:00Z', '2026-10-04T15:15:00Z'].map(Date.parse));
    });

    test('every quarter of an hour goes on', async () => {
        assert.deepEqual(await next('*/15 * * * *', back, 4),
            ['2026-04-04T14:30:00Z', '2026-04-04T14:45:00Z', '2026-04-04T15:00:00Z', '2026-04-04T15:15:00Z'].map(Date.parse));
    });
});
