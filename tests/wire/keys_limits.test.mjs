// Limits, metrics, events and cancelled jobs by Node 6.7.0 and by toril, key by key.

import { compare, workHere, workThere } from './support/keys.mjs';
import { toril } from './support/toril.mjs';

const jobs = Array.from({ length: 3 }, (_, i) => ({ name: 'n', data: { i } }));

compare('limits and metrics', {
    'most jobs at a time': {
        there: (place) => place.queue.setGlobalConcurrency(4),
        here: (place) => toril(place, ['queue', 'concurrency', 'pictures', '4']),
    },
    'no limit again': {
        both: (place) => place.queue.setGlobalConcurrency(4),
        there: (place) => place.queue.removeGlobalConcurrency(),
        here: (place) => toril(place, ['queue', 'concurrency', 'pictures', 'none']),
    },
    'most starts in a time': {
        there: (place) => place.queue.setGlobalRateLimit(10, 60_000),
        here: (place) => toril(place, ['queue', 'limit', 'pictures', '10/1m']),
    },
    'starts counted against the queue\'s limit': {
        both: async (place) => {
            await place.queue.setGlobalRateLimit(100, 3_600_000);
            await place.queue.addBulk(jobs);
        },
        there: (place) => workThere(place),
        here: (place) => workHere(place),
    },
    'finished jobs per minute': {
        both: (place) => place.queue.addBulk(jobs),
        there: (place) => workThere(place, async () => null, { metrics: { maxDataPoints: 60 } }),
        here: (place) => workHere(place, '--noop', '--metrics-points', '60'),
    },
});
