import { describe, expect, inject, it, vi } from 'vitest';
import { Layout } from '../../../src/fleet/layout.js';
import { encodeOrder } from '../../../src/fleet/watch-order.js';
import { cometapi, type TaskRef } from '../../../src/index.js';
import { simulate } from '../../../src/testing/index.js';
import { life, patience, scenes } from './fleet-scene.js';

const layout = new Layout('rushes');

describe.skipIf(!inject('brokers').includes('nats-server'))('two accounts of one API', () => {
  const open = scenes();

  it('are asked with their own keys only, whatever is published where', { timeout: 60_000 }, async () => {
    const { sim: one, js, work, fleetOf, events, left } = await open({ keys: ['key-1'] });
    await using two = Object.assign(await simulate({ keys: ['key-2'] }), {
      [Symbol.asyncDispose]: () => two.close(),
    });
    const accounts = [
      { name: 'one', sim: one, apiKey: 'key-1' },
      { name: 'two', sim: two, apiKey: 'key-2' },
    ].map(({ name, sim, apiKey }) => ({
      name,
      sim,
      apiKey,
      provider: cometapi({ name, apiKey, baseUrl: `${sim.url}/cometapi` }),
    }));
    const workers = [];
    for (const { provider } of accounts) workers.push(await work({ concurrency: 4 }, { provider }));
    for (const { name } of accounts)
      await vi.waitFor(async () => expect((await left('rushes', name)).messages).toBe(0), patience);

    const fleet = fleetOf({ providers: accounts.map(({ provider }) => provider) });
    const ids = Array.from({ length: 20 }, (_, i) => `task-${i}`);
    const strays = Array.from({ length: 5 }, (_, i) => `stray-${i}`);
    for (const { sim } of accounts)
      for (const id of [...ids, ...strays]) sim.add('cometapi', { id, timeline: life(1_000) });
    for (const { name: provider } of accounts) for (const id of ids) await fleet.submit({ provider, id });
    for (const id of strays) {
      for (const [of, at] of [
        ['one', 'two'],
        ['two', 'one'],
      ] as const) {
        const ref: TaskRef = { provider: of, id };
        const payload = encodeOrder({ ref, deadlineMs: 60_000, isNew: false });
        await js.publish(layout.pollSubject({ provider: at, id }), payload);
      }
    }
    for (const { name } of accounts)
      await vi.waitFor(async () => expect((await left('rushes', name)).messages).toBe(0), patience);

    for (const { sim, apiKey } of accounts) {
      expect(new Set(sim.requests.map(({ headers }) => headers['authorization']))).toEqual(
        new Set([`Bearer ${apiKey}`]),
      );
      expect(sim.requests.filter(({ id = '' }) => strays.includes(id))).toEqual([]);
      for (const id of ids) expect(sim.requests.some((request) => request.id === id)).toBe(true);
    }
    const stored = await events();
    expect(stored.filter(({ type }) => type === 'completed')).toHaveLength(40);
    expect(
      stored
        .filter(({ type }) => type === 'lost')
        .map(({ id, code }) => [id, code])
        .sort(),
    ).toEqual(
      strays.flatMap((id) => [
        [id, 'INVALID_ARGUMENT'],
        [id, 'INVALID_ARGUMENT'],
      ]),
    );
    expect(workers.map(({ told }) => told.end)).toEqual([undefined, undefined]);
  });
});
