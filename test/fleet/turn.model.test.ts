import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskRef } from '../../src/index.js';
import { happenings } from './model/commands.js';
import { endsWell } from './model/laws.js';
import type { OpenPoll } from './model/worker.js';
import { tasks, World } from './model/world.js';

const clocks = fc.array(
  fc.record({ offsetMs: fc.integer({ min: -1e12, max: 1e6 }), skewMs: fc.integer({ min: -2_000, max: 2_000 }) }),
  { minLength: 2, maxLength: 3 },
);

/** More by hand: `FLEET_RUNS=60000 npx vitest run --project node test/fleet/turn.model.test.ts --testTimeout 600000`. */
const numRuns = Number(process.env['FLEET_RUNS'] ?? 800);

describe('turns of watches, taken by several workers', () => {
  it('end each watch once and forget none, whatever dies, is late, is lost or comes twice', async () => {
    await fc.assert(
      fc.asyncProperty(clocks, fc.commands(happenings, { maxCommands: 80, size: 'max' }), async (drawn, commands) => {
        const world = new World(drawn);
        await fc.asyncModelRun(() => ({ model: world, real: world }), commands);
        await endsWell(world);
      }),
      { numRuns },
    );
  });

  it('are over at once with a forget, and a forget of nothing changes nothing', async () => {
    const world = new World([still]);
    const [task] = tasks as [TaskRef];
    for (const act of [() => world.forget(task), () => world.submit(task, 1_000), () => world.forget(task)]) {
      act();
      await flow(world, [...world.clients][0]);
    }
    world.forget(task);
    await flow(world, [...world.clients][0]);
    expect(world.answers).toEqual(['not-watched', 'submitted', 'forgotten', 'not-watched']);
    expect([world.server.work.size, world.server.news.length]).toEqual([0, 1]);
    await endsWell(world);
  });

  it('take a submit for a new one, where the watch was lost while it was asked', async () => {
    const world = new World([still]);
    const [task] = tasks as [TaskRef];
    const [worker] = world.workers;
    world.submit(task, Number.POSITIVE_INFINITY);
    await flow(world, [...world.clients][0]);
    for (const work of world.server.due()) worker?.take(work);
    await flow(world, worker);
    world.submit(task, Number.POSITIVE_INFINITY);
    const [client] = world.clients;
    await step(world, client);
    world.answer(world.polls[0] as OpenPoll, 'lost');
    await world.settle();
    await step(world, worker);
    await flow(world, client);
    expect(world.answers).toEqual(['submitted', 'submitted']);
    await endsWell(world);
  });
});

const still = { offsetMs: 0, skewMs: 0 };

/** What one of them has under way goes one way further. */
async function step(world: World, owner: unknown): Promise<void> {
  for (const call of world.wire.calls.filter((each) => each.owner === owner)) call.step();
  await world.settle();
}

/** One of them gets as far as it can. */
async function flow(world: World, owner: unknown): Promise<void> {
  while (world.wire.calls.some((each) => each.owner === owner)) await step(world, owner);
}
