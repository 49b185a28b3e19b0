// Job schedulers by Node 6.7.0 and by toril, key by key.

import { compare, hour, workHere, workThere } from './support/keys.mjs';
import { toril } from './support/toril.mjs';

const cron = '0 0 3 * * 1';

/** `[id, repeat, template]` as Node takes it, and the words for toril. */
const setThere = (place, id, repeat, template) => place.queue.upsertJobScheduler(id, repeat, template);
const setHere = (place, id, ...words) => toril(place, ['schedule', 'set', 'pictures', id, ...words]);

/** Takes one job and completes it, by a worker of that side. */
const onceThere = async (place) => {
    const hands = place.hands();
    const job = await hands.getNextJob('token');
    await job.moveToCompleted(null, 'token', false);
};

compare('schedulers', {
    'every': {
        there: (place) => setThere(place, 's', { every: hour }, { name: 'n', data: { a: 1 }, opts: { attempts: 3, priority: 2 } }),
        here: (place) => setHere(place, 's', '--every', '1h', '--name', 'n', '--data', '{"a":1}', '--opts', '{"attempts":3,"priority":2}'),
    },
    'every, with an offset': {
        there: (place) => setThere(place, 's', { every: 24 * hour, offset: 1000 }),
        here: (place) => setHere(place, 's', '--every', '1d', '--offset', '1s'),
    },
    'every, with a start': {
        there: (place) => setThere(place, 's', { every: hour, startDate: 1_900_000_000_000, limit: 3 }),
        here: (place) => setHere(place, 's', '--every', '1h', '--start', '1900000000000', '--limit', '3'),
    },
    'a pattern': {
        there: (place) => setThere(place, 's', { pattern: cron, tz: 'Europe/Berlin' }, { name: 'n' }),
        here: (place) => setHere(place, 's', '--pattern', cron, '--tz', 'Europe/Berlin', '--name', 'n'),
    },
    'a pattern, from now on': {
        there: (place) => setThere(place, 's', { pattern: cron, immediately: true }),
        here: (place) => setHere(place, 's', '--pattern', cron, '--immediately'),
    },
    'the same again': {
        both: (place) => setThere(place, 's', { pattern: cron }, { name: 'n' }),
        there: (place) => setThere(place, 's', { pattern: cron }, { name: 'n', data: { b: 1 } }),
        here: (place) => setHere(place, 's', '--pattern', cron, '--name', 'n', '--data', '{"b":1}'),
    },
    'removing': {
        both: (place) => setThere(place, 's', { pattern: cron }),
        there: (place) => place.queue.removeJobScheduler('s'),
        here: (place) => toril(place, ['schedule', 'rm', 'pictures', 's']),
    },
    'the next run, made by who takes one': {
        both: (place) => setThere(place, 's', { every: hour }, { name: 'n', data: { a: 1 }, opts: { attempts: 2 } }),
        there: (place) => workThere(place),
        here: (place) => workHere(place),
    },
    'the next run of a pattern': {
        both: (place) => setThere(place, 's', { pattern: cron, immediately: true, tz: 'America/New_York' }),
        there: (place) => workThere(place),
        here: (place) => workHere(place),
    },
    'a run after the last one': {
        both: (place) => setThere(place, 's', { every: hour, limit: 1 }),
        there: (place) => workThere(place),
        here: (place) => workHere(place),
    },
    'draining, which leaves the pending run': {
        both: async (place) => {
            await setThere(place, 's', { every: hour });
            await onceThere(place);
            await place.queue.add('n', {});
        },
        there: (place) => place.queue.drain(true),
        here: (place) => toril(place, ['queue', 'drain', 'pictures', '--delayed', '--yes']),
    },
});
