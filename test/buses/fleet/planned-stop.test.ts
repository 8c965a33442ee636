import { expect, inject, it, vi } from 'vitest';
import { neverEnding } from '../../../src/testing/index.js';
import { life, patience, scenes, task } from './fleet-scene.js';

const open = scenes();

it.skipIf(!inject('brokers').includes('nats-server'))(
  'a server that an operator stops costs a worker no patience, however long it is away',
  { timeout: 90_000 },
  async () => {
    const { broker, sim, fleet, work, idle } = await open();
    const { told } = await work();
    await vi.waitFor(() => expect(told.figures?.isWell).toBe(true), patience);
    await broker.stop();
    await vi.waitFor(() => expect(told.figures?.isWell).toBe(false), patience);
    // Longer than it takes for a question that nobody answers to be one trouble.
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    expect(told).toMatchObject({ figures: { busTroubles: 0 } });
    expect(told.end).toBeUndefined();
    await broker.start();
    const id = sim.add('cometapi', { timeline: life(1_000) });
    await vi.waitFor(async () => expect(await fleet.submit(task(id))).toMatch(/^(?:submitted|already)/), patience);
    await idle();
    await vi.waitFor(() => expect(told).toMatchObject({ figures: { isWell: true, finished: 1 } }), patience);
  },
);

it.skipIf(!inject('brokers').includes('nats-server'))(
  'a worker says from the start that a server without JetStream does nothing for it, and works once it does',
  { timeout: 60_000 },
  async () => {
    let isEnabled = true;
    const { broker, sim, fleet, work } = await open({
      configuration: () => {
        const jetstream = isEnabled ? 'jetstream: enabled, ' : '';
        return `accounts { A { ${jetstream}users: [ { user: admin, password: admin } ] } }`;
      },
    });
    const restart = async () => {
      await broker.stop();
      await broker.start();
    };
    isEnabled = false;
    await restart();
    const { told } = await work();
    const trouble = { code: 'UNAVAILABLE', message: expect.stringMatching(/jetstream/i) };
    await vi.waitFor(() => expect(told.figures).toMatchObject({ isWell: false, lastTrouble: trouble }), patience);
    expect(told.figures?.busTroubles).toBeGreaterThan(0);
    isEnabled = true;
    await restart();
    await vi.waitFor(() => expect(told.figures?.isWell).toBe(true), patience);
    const id = sim.add('cometapi', { timeline: neverEnding });
    expect(await fleet.submit(task(id))).toBe('submitted');
    await vi.waitFor(() => expect(sim.requests.some((request) => request.id === id)).toBe(true), patience);
  },
);
