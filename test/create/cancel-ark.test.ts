import { describe, expect, it } from 'vitest';
import { ark, createBudget, createClient } from '../../src/index.js';
import { createClock, createSimulator, type FaultScript, type Timeline } from '../../src/testing/index.js';

const id = 'cgt-1';
const task = { provider: 'ark', id };
const STARTS_MS = 10_000;

/** Ark deletes the record of a task that has ended: here is what its DELETE costs. */
function arkStudio(options: {
  readonly timeline?: Timeline;
  readonly faults?: FaultScript;
  readonly perSecond?: number;
}) {
  const { timeline = [{ afterMs: STARTS_MS, status: 'completed' }], faults, perSecond } = options;
  const clock = createClock();
  const sim = createSimulator({ scheduler: clock, ...(faults && { faults }) });
  sim.add('ark', { id, timeline });
  const client = createClient(ark({ apiKey: 'sk-any', baseUrl: 'http://localhost/ark' }), {
    fetch: sim.fetch,
    scheduler: clock,
    cadence: () => 1_000,
    ...(perSecond !== undefined && { budget: createBudget({ perSecond, scheduler: clock }) }),
  });
  return {
    clock,
    sim,
    client,
    deletes: () => sim.requests.filter(({ method }) => method === 'DELETE').length,
    reads: () => sim.requests.filter(({ method }) => method === 'GET').length,
  };
}

const resetButCarriedOut: FaultScript = ({ operation }) =>
  operation === 'delete' ? { kind: 'reset', carriedOut: true } : undefined;

describe('a cancel at Ark, whose DELETE erases what has ended', () => {
  it('that comes just after the task has succeeded leaves its record alone, however often it is called', async () => {
    const { clock, sim, client, deletes } = arkStudio({ faults: resetButCarriedOut });
    await clock.advance(STARTS_MS);
    const outcomes = [client.cancel(task), client.cancel(task)];
    await clock.advance(1_000);
    outcomes.push(client.cancel(task));
    const result = client.result(task);
    await clock.advance(2_000);
    expect(await Promise.all(outcomes)).toEqual(['too-late', 'too-late', 'too-late']);
    expect([deletes(), sim.task('ark', id)?.forgotten]).toEqual([0, false]);
    expect((await result).videoUrl).toMatch(/^http:\/\/localhost\//);
  });

  it('sends one DELETE for all who call it at once and later, though its answer is lost', async () => {
    const { clock, client, deletes, reads } = arkStudio({ faults: resetButCarriedOut });
    const outcomes = [client.cancel(task), client.with({}).cancel(task), client.cancel(task)];
    await clock.advance(1_000);
    outcomes.push(client.cancel(task));
    await clock.advance(1_000);
    expect(await Promise.all(outcomes)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
    expect([deletes(), reads()]).toEqual([1, 3]);
  });

  it('asks for each task by itself', async () => {
    const { clock, sim, client, deletes } = arkStudio({});
    sim.add('ark', { id: 'cgt-2', timeline: [{ afterMs: STARTS_MS, status: 'completed' }] });
    const outcomes = [client.cancel(task), client.cancel({ provider: 'ark', id: 'cgt-2' })];
    await clock.advance(1_000);
    expect([await Promise.all(outcomes), deletes()]).toEqual([['cancelled', 'cancelled'], 2]);
  });

  it('that failed may be called again', async () => {
    const faults: FaultScript = ({ operation, nth }) =>
      operation === 'delete' && nth === 1 ? { kind: 'reset' } : undefined;
    const { clock, client, deletes } = arkStudio({ faults });
    const first = [client.cancel(task), client.cancel(task)].map((each) => each.catch((error) => error.code));
    await clock.advance(1_000);
    const second = client.cancel(task);
    await clock.advance(1_000);
    expect([await Promise.all(first), await second]).toEqual([['UNAVAILABLE', 'UNAVAILABLE'], 'cancelled']);
    expect(deletes()).toBe(2);
  });

  it('whose DELETE would have to wait until the task may have ended does not send it', async () => {
    const { clock, client, deletes } = arkStudio({
      timeline: [
        { afterMs: 12_000, status: 'in_progress' },
        { afterMs: 19_000, status: 'completed' },
      ],
      perSecond: 0.05,
    });
    const outcome = client.cancel(task);
    await clock.advance(60_000);
    expect([await outcome, deletes()]).toEqual(['too-late', 0]);
    const result = client.result(task);
    await clock.advance(60_000);
    expect((await result).videoUrl).toBeDefined();
  });

  it('that could not be sent in time may be called again', async () => {
    const { clock, client, deletes } = arkStudio({
      timeline: [{ afterMs: 600_000, status: 'completed' }],
      perSecond: 0.05,
    });
    const outcome = client.cancel(task).catch((error: unknown) => error);
    await clock.advance(60_000);
    expect([await outcome, deletes()]).toMatchObject([{ code: 'UNAVAILABLE', task, retryable: true }, 0]);
  });
});
