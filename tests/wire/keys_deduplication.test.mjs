// Deduplication by Node 6.7.0 and by toril, key by key.

import { compare, hour, workHere, workThere } from './support/keys.mjs';
import { toril, torilBulk } from './support/toril.mjs';

/** Each job added by each side, one after the other. */
const added = (...opts) => ({
    there: async (place) => { for (const [i, each] of opts.entries()) await place.queue.add('n', { i }, each); },
    here: async (place) => {
        for (const [i, each] of opts.entries()) await torilBulk(place, [{ name: 'n', data: { i }, opts: each }]);
    },
});
const with_ = (options, more = {}) => ({ deduplication: { id: 'd', ...options }, ...more });

/** A job that Node holds, while each side adds more; then Node completes it. */
const whileActive = (first, ...later) => {
    const { there, here } = added(...later);
    const held = (add) => async (place) => {
        const hands = place.hands();
        const job = await hands.getNextJob('token');
        await add(place);
        await job.moveToCompleted(1, 'token', false);
    };
    return { both: (place) => place.queue.add('n', { first: true }, first), there: held(there), here: held(here) };
};

compare('deduplication', {
    'simple': added(with_({}), with_({}), with_({})),
    'simple, freed by its end': {
        both: async (place) => { await place.queue.add('n', {}, with_({})); },
        there: async (place) => { await workThere(place); await place.queue.add('n', {}, with_({})); },
        here: async (place) => {
            await workHere(place);
            await torilBulk(place, [{ name: 'n', data: {}, opts: with_({}) }]);
        },
    },
    'throttle': added(with_({ ttl: hour }), with_({ ttl: hour })),
    'throttle, not freed by its end': {
        both: async (place) => { await place.queue.add('n', {}, with_({ ttl: hour })); },
        there: (place) => workThere(place),
        here: (place) => workHere(place),
    },
    'extend': added(with_({ ttl: hour, extend: true }), with_({ ttl: hour, extend: true })),
    'debounce': added(with_({ ttl: hour, extend: true, replace: true }, { delay: hour }),
        with_({ ttl: hour, extend: true, replace: true }, { delay: hour })),
    'replace without a time': added(with_({ replace: true }, { delay: hour }), with_({ replace: true }, { delay: hour })),
    'replace of one that is not delayed any more': added(with_({ replace: true }), with_({ replace: true }, { delay: hour })),
    'a priority and a duplicate id': added(with_({}, { priority: 2, jobId: 'own' }), with_({}, { jobId: 'own' })),
    'keepLastIfActive': whileActive(with_({ keepLastIfActive: true }), with_({ keepLastIfActive: true }),
        with_({ keepLastIfActive: true }, { priority: 3 })),
    'keepLastIfActive, delayed': whileActive(with_({ keepLastIfActive: true }),
        with_({ keepLastIfActive: true }, { delay: hour })),
    'one whose job was removed': {
        both: async (place) => (await place.queue.add('n', {}, with_({}))).remove(),
        ...added(with_({})),
    },
    'letting the next one in': {
        both: (place) => place.queue.add('n', {}, with_({})),
        there: (place) => place.queue.removeDeduplicationKey('d'),
        here: (place) => toril(place, ['queue', 'dedup', 'pictures', 'd', '--remove']),
    },
});
