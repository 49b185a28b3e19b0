// Both BullMQ versions, and a fresh place on Redis for each test.

import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';

import { connection, removeKeys } from './redis.mjs';

const require = createRequire(import.meta.url);

export const peers = [
    { name: 'BullMQ 5.58.2', major: 5, bullmq: require('bullmq5') },
    { name: 'BullMQ 6.7.0', major: 6, bullmq: require('bullmq6') },
];
export const newest = peers.at(-1);

export const deadline_ms = 20_000;

/** What `promise` gives, or a failure that names `what` after the deadline. */
export async function within(what, promise, ms = deadline_ms) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

/** Asks until the answer is truthy. For states that Redis announces to nobody. */
export async function eventually(what, ask, ms = deadline_ms) {
    const end = Date.now() + ms;
    for (;;) {
        const answer = await ask();
        if (answer) return answer;
        if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
        await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
}

/**
 * One test's own prefix and queue, with BullMQ's classes of one version on it. Everything that
 * it opens is closed, and every key removed, by `close`.
 */
export class Place {
    constructor(peer, name = 'pictures') {
        this.peer = peer;
        this.prefix = `wire-${randomBytes(6).toString('hex')}`;
        this.name = name;
        this.opened = [];
        this.common = { connection, prefix: this.prefix };
    }

    opens(thing) {
        thing.on?.('error', () => {});
        this.opened.push(thing);
        return thing;
    }

    get queue() {
        this.ownQueue ??= this.queueNamed(this.name);
        return this.ownQueue;
    }

    queueNamed(name) {
        return this.opens(new this.peer.bullmq.Queue(name, this.common));
    }

    flows() {
        return this.opens(new this.peer.bullmq.FlowProducer(this.common));
    }

    worker(processor, options = {}, name = this.name) {
        return this.opens(new this.peer.bullmq.Worker(name, processor, { ...this.common, ...options }));
    }

    /** A worker that takes only when told, by `getNextJob`. */
    hands() {
        return this.worker(null, { autorun: false, lockDuration: 60_000 });
    }

    async queueEvents(options = { lastEventId: '0' }, name = this.name) {
        const events = this.opens(new this.peer.bullmq.QueueEvents(name, { ...this.common, ...options }));
        await within('QueueEvents are ready', events.waitUntilReady());
        return events;
    }

    key(...parts) {
        return [this.prefix, this.name, ...parts].join(':');
    }

    job(id) {
        return this.peer.bullmq.Job.fromId(this.queue, id);
    }

    async close() {
        for (const thing of this.opened.reverse()) await within('closing', thing.close(true));
        await removeKeys(this.prefix);
    }
}

/** `body` with a place that is closed whatever happens. */
export function inPlace(peer, body, name) {
    return async (context) => {
        const place = new Place(peer, name);
        try {
            await body(place, context);
        } finally {
            await place.close();
        }
    };
}
