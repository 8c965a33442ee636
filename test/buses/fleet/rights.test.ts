import type { NatsConnection } from '@nats-io/transport-node';
import { from, lastValueFrom, mergeMap } from 'rxjs';
import { describe, expect, inject, it, vi } from 'vitest';
import { createClient } from '../../../src/index.js';
import { Viewer } from '../../watch/viewer.js';
import { life, patience, type Scene, scenes, task } from './fleet-scene.js';

interface Rights {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** What each needs, and no more. Each has an inbox of its own, so that none hears what another is answered. */
const api = (...calls: readonly string[]) => calls.map((call) => `$JS.API.${call}`);
const rightsOfWorker = [
  'rushes.events.cometapi.>',
  'rushes.clocks.*',
  '$JS.ACK.rushes-polls.cometapi.>',
  // Answers to the call of whoever asks for the status, who has this inbox.
  '_INBOX_observer.>',
  ...api(
    'STREAM.INFO.rushes-polls',
    'STREAM.INFO.rushes-events',
    'CONSUMER.LIST.rushes-polls',
    'STREAM.MSG.GET.rushes-events',
    'CONSUMER.MSG.NEXT.rushes-polls.cometapi',
  ),
];
const roles = {
  submitter: {
    publish: ['rushes.poll.*.cometapi.>', ...api('STREAM.MSG.GET.rushes-events', 'STREAM.MSG.GET.rushes-polls')],
    subscribe: ['_INBOX_submitter.>'],
  },
  forgetter: {
    publish: [
      'rushes.events.cometapi.>',
      ...api('STREAM.MSG.GET.rushes-events', 'STREAM.MSG.GET.rushes-polls', 'STREAM.MSG.DELETE.rushes-polls'),
    ],
    subscribe: ['_INBOX_forgetter.>'],
  },
  watcher: {
    publish: api(
      'STREAM.NAMES',
      'STREAM.INFO.rushes-events',
      'STREAM.MSG.GET.rushes-events',
      'STREAM.MSG.GET.rushes-polls',
      'CONSUMER.CREATE.rushes-events.*.rushes.events.cometapi.>',
      'CONSUMER.MSG.NEXT.rushes-events.*',
      'CONSUMER.DELETE.rushes-events.*',
    ),
    subscribe: ['_INBOX_watcher.>'],
  },
  worker: { publish: rightsOfWorker, subscribe: ['_INBOX_worker.>'] },
  /** A worker on a server that has no fleet yet. */
  first: {
    publish: [
      ...rightsOfWorker,
      ...api(
        'STREAM.CREATE.rushes-polls',
        'STREAM.CREATE.rushes-events',
        'CONSUMER.INFO.rushes-polls.cometapi',
        'CONSUMER.CREATE.rushes-polls.cometapi.rushes.poll.*.cometapi.>',
      ),
    ],
    subscribe: ['_INBOX_first.>'],
  },
  observer: {
    publish: [
      'rushes.workers',
      ...api('STREAM.INFO.rushes-polls', 'STREAM.INFO.rushes-events', 'CONSUMER.LIST.rushes-polls'),
    ],
    subscribe: ['_INBOX_observer.>'],
  },
} satisfies Record<string, Rights>;
type Role = keyof typeof roles;

const rolesOf = Object.keys(roles) as Role[];
const nameOf = (role: Role, without = -1) => (without < 0 ? role : `${role}-without-${without}`);

/** Who lacks a right has a fleet alone, so that nobody else does the work. */
const fleetOf = (role: Role, without = -1) => (without < 0 ? 'rushes' : nameOf(role, without));

/** A user for each role, and for each of its rights one who lacks it. */
function users(): string {
  const all = rolesOf.flatMap((role) =>
    [-1, ...roles[role].publish.keys()].map((without) => {
      const rights = roles[role].publish.filter((_, nth) => nth !== without);
      const publish = rights.map((right) => right.replaceAll('rushes', fleetOf(role, without)));
      const isWorker = role === 'worker' || role === 'first';
      const hears = isWorker ? [`${fleetOf(role, without)}.workers`] : [];
      const permissions = { publish, subscribe: [...roles[role].subscribe, ...hears] };
      const lists = JSON.stringify(permissions).slice(1, -1);
      return `{ user: "${nameOf(role, without)}", password: "pw", permissions: {${lists}} }`;
    }),
  );
  return `authorization { users: [ { user: admin, password: admin }, ${all.join(',\n')} ] }`;
}

describe.skipIf(!inject('brokers').includes('nats-server'))('a fleet of users with few rights', () => {
  const open = scenes();

  async function dial(scene: Scene, role: Role, without?: number) {
    const connection: NatsConnection = await scene.dial({
      user: nameOf(role, without),
      pass: 'pw',
      inboxPrefix: `_INBOX_${role}`,
    });
    const refusals: string[] = [];
    void (async () => {
      for await (const status of connection.status()) if (status.type === 'error') refusals.push(String(status.error));
    })();
    return { connection, refusals };
  }

  type Doing = (scene: Scene, connection: NatsConnection, name: string, within: typeof patience) => Promise<unknown>;
  const works: Readonly<Record<Role, Doing>> = {
    first: async (...at) => works.worker(...at),
    submitter: async ({ sim, fleetOf: open }, connection, name) => {
      const fleet = open({ connection, name });
      const ref = task(sim.add('cometapi', { timeline: life(500) }));
      expect(await fleet.submit(ref)).toBe('submitted');
      expect(await fleet.submit(ref)).toMatch(/^already/);
    },
    forgetter: async ({ sim, fleetOf: open }, connection, name) => {
      const ref = task(sim.add('cometapi', { timeline: life(1e6) }));
      await open({ name }).submit(ref);
      expect(await open({ connection, name }).forget(ref)).toBe('forgotten');
    },
    watcher: async ({ sim, fleetOf: open }, connection, name, within) => {
      const fleet = open({ name });
      const ids = [500, 1e6].map((endsMs) => sim.add('cometapi', { timeline: life(endsMs) }));
      const client = createClient(open({ connection, name }).source);
      const viewers = ids.map((id) => new Viewer(client.watch(task(id))));
      for (const id of ids) await fleet.submit(task(id));
      await vi.waitFor(() => expect(viewers.map(({ last }) => last)).not.toContain(undefined), within);
      await fleet.forget(task(ids[1] ?? ''));
      await vi.waitFor(() => expect(viewers.map(({ end }) => end)).not.toContain(undefined), within);
      await connection.flush();
    },
    worker: async ({ sim, work, idle, fleetOf: open }, connection, name, within) => {
      const { stop, told } = await work({}, { connection, name });
      const fleet = open({ name });
      const ref = task(sim.add('cometapi', { timeline: life(500) }));
      // A nats-server 2.9 crashes when a stream is read while it is made.
      await idle(name, within);
      await fleet.submit(ref);
      await vi.waitFor(async () => {
        expect(await fleet.submit(ref)).toBe('already-finished');
        expect(told.figures?.lastTrouble).toBeUndefined();
        expect(told.figures?.finished).toBe(1);
      }, within);
      // The worker before may be answering until its last request is over.
      await vi.waitFor(async () => expect((await fleet.status()).workers).toHaveLength(1), within);
      stop();
    },
    observer: async ({ fleetOf: open }, connection, name) => open({ connection, name }).status(),
  };

  it.concurrent('does its work', { timeout: 120_000 }, async ({ onTestFinished }) => {
    const scene = await open({ onTestFinished, configuration: users });
    for (const role of ['first', 'worker', 'submitter', 'forgetter', 'watcher', 'observer'] as const) {
      const { connection, refusals } = await dial(scene, role);
      if (role === 'watcher') await scene.work();
      await works[role](scene, connection, 'rushes', patience);
      expect(refusals, role).toEqual([]);
    }
  });

  it.concurrent('does not do it with less', { timeout: 120_000 }, async ({ onTestFinished }) => {
    const scene = await open({ onTestFinished, configuration: users });
    const lacking = rolesOf.flatMap((role) => roles[role].publish.map((right, without) => ({ role, right, without })));
    const tryOne = async ({ role, right, without }: (typeof lacking)[number]) => {
      const name = fleetOf(role, without);
      const settled = role === 'first' ? undefined : await scene.work({}, { name });
      if (settled) await scene.idle(name);
      if (role !== 'watcher') settled?.stop();
      const { connection, refusals } = await dial(scene, role, without);
      // Without a right, some wait in vain.
      await works[role](scene, connection, name, { ...patience, timeout: 2_000 }).catch((error) =>
        refusals.push(String(error)),
      );
      await vi.waitFor(() => expect(refusals.join(), `${role}: ${right}`).toMatch(/permissions violation/i), patience);
      await connection.close();
    };
    // More at once is more than a server answers in time.
    await lastValueFrom(from(lacking).pipe(mergeMap(tryOne, 6)));
  });
});
