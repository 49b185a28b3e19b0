// The toril command under test: TORIL_BIN, else what `./dev test` has built.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { deadline_ms, within } from './peer.mjs';
import { redisUrl } from './redis.mjs';

const program = process.env.TORIL_BIN || process.env.TORIL_BINARY
    || fileURLToPath(new URL('../../../build/release/toril', import.meta.url));
if (!existsSync(program)) {
    throw new Error(`${program} is missing: build it (./dev build), or set TORIL_BIN`);
}

const environment = Object.fromEntries(Object.entries(process.env)
    .filter(([name]) => !/^(TORIL_|REDIS_|BULLMQ_)/.test(name)));

/** A running toril command. `done` gives `{code, signal, stdout, stderr}` and never fails. */
export class Command {
    constructor(place, args, { input, env = {} } = {}) {
        this.args = args;
        this.process = spawn(program, args, {
            env: { ...environment, TORIL_STORE: redisUrl, TORIL_PREFIX: place.prefix, ...env },
        });
        const text = { stdout: '', stderr: '' };
        for (const stream of ['stdout', 'stderr']) {
            this.process[stream].setEncoding('utf8').on('data', (part) => { text[stream] += part; });
        }
        this.text = text;
        this.done = once(this.process, 'close').then(([code, signal]) => ({ code, signal, ...text }));
        this.process.stdin.on('error', () => {});
        this.process.stdin.end(input ?? '');
        place.opens(this);
    }

    kill(signal = 'SIGKILL') {
        this.process.kill(signal);
        return this.done;
    }

    /** Ends what a test has left running. */
    close() {
        return this.kill();
    }

    async ended(ms = deadline_ms) {
        try {
            return await within(`toril ${this.args.join(' ')}`, this.done, ms);
        } catch (late) {
            const { stdout, stderr } = await this.kill();
            throw new Error(`${late.message}\nstdout: ${stdout}\nstderr: ${stderr}`);
        }
    }
}

/** Runs it to its end and answers its stdout; another exit code than `code` is a failure. */
export async function toril(place, args, { code = 0, ...options } = {}) {
    const ended = await new Command(place, args, options).ended();
    if (ended.code !== code) {
        throw new Error(`toril ${args.join(' ')}: exit ${ended.code ?? ended.signal}, not ${code}\n`
            + `stdout: ${ended.stdout}\nstderr: ${ended.stderr}`);
    }
    return ended.stdout;
}

export async function torilJson(place, args, options) {
    return JSON.parse(await toril(place, [...args, '--json'], options));
}

/** Jobs as `{name, data, opts}`, added in one go. */
export function torilBulk(place, jobs, queue = place.name) {
    const input = jobs.map((job) => `${JSON.stringify(job)}\n`).join('');
    return toril(place, ['add', queue, '--jsonl', '-'], { input });
}

/** Works the queue off and ends. */
export function torilWork(place, args = ['--noop'], queue = place.name) {
    return toril(place, ['work', queue, '--until-empty', ...args]);
}

/** A worker that goes on until the test is over. */
export function torilWorker(place, args = ['--noop'], queues = [place.name]) {
    return new Command(place, ['work', ...queues, ...args]);
}
