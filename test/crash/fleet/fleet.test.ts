import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection, nanos } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createFleet, type Submitted } from '../../../src/fleet/index.js';
import { Layout } from '../../../src/fleet/layout.js';
import { cometapi, createClient, isRushesError } from '../../../src/index.js';
import { bundleProgram } from '../../bundle-program.js';
import { Broker } from '../../buses/brokers/broker.js';
import { natsServer } from '../../buses/brokers/nats.js';
import { Crew } from './crew.js';
import { endOf, overlapsOf, repeatsIn, storiesIn, wasCut, wasStopped } from './evidence.js';
import { deedsOf, livesOf, seats, wreak } from './mayhem.js';
import type { Fate, Read } from './studio.js';

const tasks = 2_000;
/** How long it takes to submit them all. */
const submitMs = 20_000;
const settings = { requestTimeoutMs: 2_000 };
const seed = Number(process.env['FC_SEED'] ?? 1);
const here = fileURLToPath(new URL('.', import.meta.url));

/** How a task of each fate has to end. */
const ends: Readonly<Record<Fate, string>> = {
  new: 'completed',
  known: 'completed',
  failing: 'failed',
  gone: 'lost: NOT_FOUND',
  stuck: 'lost: DEADLINE',
};

function fateOf(nth: number): Fate {
  const share = nth % 100;
  if (share < 3) return 'gone';
  if (share < 6) return 'stuck';
  if (share < 10) return 'failing';
  return share < 55 ? 'new' : 'known';
}

describe.skipIf(!inject('brokers').includes('nats-server'))('a fleet whose parts die and stop at any moment', () => {
  let folder: string;
  let broker: Broker;
  let connection: NatsConnection;
  let studio: ChildProcess;
  let url: string;
  let crew: Crew;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rushes-fleet-'));
    const programs = ['studio', 'worker'].map((name) =>
      bundleProgram(`${here}${name}.ts`, join(folder, `${name}.mjs`)),
    );
    await Promise.all(programs);
    broker = await Broker.start(natsServer());
    connection = await connect({ port: broker.port, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    studio = spawn(process.execPath, [join(folder, 'studio.mjs'), String(seed)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    [{ url }] = (await once(studio, 'message')) as [{ url: string }];
    const given = JSON.stringify(settings);
    crew = new Crew((key) => [join(folder, 'worker.mjs'), String(broker.port), url, key, given]);
  });

  afterAll(async () => {
    await crew?.close();
    studio?.kill('SIGKILL');
    await connection?.close();
    await broker?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(`ends each of ${tasks} watches with one event, as its task ended, and polls none twice at once`, async () => {
    const beganMs = performance.now();
    const deeds = deedsOf(seed);
    const layout = new Layout('rushes');
    const provider = cometapi({ apiKey: 'submitter', baseUrl: `${url}/cometapi` });
    const fleet = createFleet({ connection, provider, ...settings });
    const manager = await jetstreamManager(connection);
    for (const seat of seats) crew.start(seat);
    // News is told apart without it: nothing that a server remembers may be needed.
    await vi.waitFor(async () => {
      for (const name of [layout.pollStream, layout.eventStream])
        await manager.streams.update(name, { duplicate_window: nanos(100) });
    }, 60_000);

    const fates = new Map<string, Fate>();
    const client = createClient(provider);
    const submitting = Array.from({ length: tasks }, async (_, nth) => {
      await wait((nth / tasks) * submitMs);
      const fate = fateOf(nth);
      const made = await client.create({ model: 'doubao-seedance-2-0', prompt: fate });
      fates.set(made.task.id, fate);
      const deadlineMs = fate === 'stuck' ? 10_000 : 3_600_000;
      return submitted(() => fleet.submit(fate === 'new' ? made : made.task, { deadlineMs }));
    });
    const [absences] = await Promise.all([wreak(deeds, crew, broker), ...submitting]);
    const calmMs = performance.now() - beganMs;
    // A server of 2.9 that was killed brings back what was acknowledged, and never hands it out: that is no watch.
    await vi.waitFor(async () => expect(await inHand(manager, layout)).toBe(0), { timeout: 90_000, interval: 250 });
    const doneMs = performance.now() - beganMs;

    const status = await vi.waitFor(async () => {
      const seen = await fleet.status();
      expect(seen.workers).toHaveLength(seats.length);
      return seen;
    }, 60_000);
    expect(status).toMatchObject({ waiting: 0, differences: [] });
    await crew.end();
    expect(crew.failures).toEqual([]);

    const stories = await storiesIn(jetstream(connection), layout.eventStream, layout.events);
    const wrong = [...fates].flatMap(([id, fate]) => {
      const end = endOf(stories.get(id) ?? []);
      return end === ends[fate] ? [] : `${id}, ${fate}: ${end}`;
    });
    expect(wrong).toEqual([]);
    expect(stories.size).toBe(tasks);
    expect([...stories.values()].flatMap(repeatsIn)).toEqual([]);

    const reads = await readsOf(studio);
    const lives = new Map(crew.lives.map((life) => [life.key, life]));
    const ofRunning = reads.filter((read) => {
      const life = lives.get(read.key);
      return life && !wasStopped(read, life);
    });
    const whole = ofRunning.filter((read) => !wasCut(read, absences));
    const figures = crew.lives.flatMap((life) => life.figures ?? []);
    const said = {
      seed,
      polls: reads.length,
      pollsOfStopped: reads.length - ofRunning.length,
      pollsCut: ofRunning.length - whole.length,
      overlaps: { all: overlapsOf(reads).length, ofRunning: overlapsOf(ofRunning).length },
      events: sum([...stories.values()].map(({ length }) => length)),
      lateP99Ms: Math.max(...figures.map(({ lateMs }) => lateMs.p99)),
      refused: sum(crew.lives.map(({ refused }) => refused)),
      left: sum(figures.map(({ left }) => left)),
      busTroubles: sum(figures.map(({ busTroubles }) => busTroubles)),
      broughtBack: status.live,
      seconds: { mayhem: Math.round(calmMs / 1_000), all: Math.round(doneMs / 1_000) },
    };
    process.stdout.write(`${JSON.stringify(said)}\n`);
    expect(overlapsOf(whole)).toEqual([]);
    // Else nothing was tested.
    expect(crew.lives).toHaveLength(livesOf(deeds));
    expect(whole.length).toBeGreaterThan(0.5 * reads.length);
    expect(Math.min(said.pollsOfStopped, said.refused, said.left)).toBeGreaterThan(0);
  }, 240_000);
});

/** As a user repeats it, until it is taken. */
async function submitted(submit: () => Promise<Submitted>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await submit();
      // What a server did not answer, it may have done.
      if (attempt === 1) expect(answer).toBe('submitted');
      return;
    } catch (error) {
      if (!isRushesError(error) || !error.retryable) throw error;
      await wait(200);
    }
  }
}

/** What consumers have not handed out, and what they handed out and wait for. */
async function inHand(manager: JetStreamManager, { pollStream }: Layout): Promise<number> {
  let all = 0;
  for await (const info of manager.consumers.list(pollStream)) all += info.num_pending + info.num_ack_pending;
  return all;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

async function readsOf(studio: ChildProcess): Promise<readonly Read[]> {
  const answer = once(studio, 'message');
  studio.send('reads');
  const [{ reads }] = (await answer) as [{ reads: readonly Read[] }];
  return reads;
}
