import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ark,
  cometapi,
  createClient,
  infinityBlue,
  openaiCompatible,
  pollEvery,
  type TaskEvent,
  type TaskRef,
} from '../../src/index.js';
import { randomFaults, type Simulation, simulate } from '../../src/testing/index.js';

const dialects = ['cometapi', 'infinity-blue', 'ark', 'openai-compatible'] as const;
const TASKS = 500;

describe('500 tasks of four dialects at once, over real sockets, where one answer in five goes wrong', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  const events: TaskEvent[] = [];
  let sim: Simulation;
  let refs: TaskRef[];
  let heap: { readonly before: number; readonly after: number };

  beforeAll(async () => {
    process.on('unhandledRejection', note);
    sim = await simulate({
      speed: 50,
      faults: randomFaults({ rate: 0.2 }),
      random: { failureRate: 0.1, durationMs: [20_000, 100_000] },
    });
    const at = (mount: string) => ({ apiKey: 'sk-any', baseUrl: `${sim.url}/${mount}` });
    const client = createClient(
      [
        cometapi(at('cometapi')),
        infinityBlue(at('infinity-blue')),
        ark(at('ark')),
        openaiCompatible(at('openai-compatible')),
      ],
      { cadence: pollEvery(150), retry: { initialMs: 50, maxMs: 200 }, requestTimeoutMs: 5_000 },
    );
    refs = Array.from({ length: TASKS }, (_, i) => {
      const provider = dialects[i % dialects.length] as (typeof dialects)[number];
      return { provider, id: sim.add(provider) };
    });
    const before = heapUsed();
    await new Promise<void>((resolve, reject) => {
      client.watchAll(refs).subscribe({ next: (event) => events.push(event), error: reject, complete: resolve });
    });
    heap = { before, after: heapUsed() };
  }, 60_000);

  afterAll(async () => {
    await sim?.close();
    process.off('unhandledRejection', note);
  });

  it('loses none', () => {
    expect(events.filter(({ kind }) => kind === 'lost')).toEqual([]);
  });

  it('hears each end, as it ended, last, and once', () => {
    const news = new Map<string, string[]>();
    for (const { task, ...event } of events) {
      const key = `${task.provider}/${task.id}`;
      news.set(key, [...(news.get(key) ?? []), event.kind === 'snapshot' ? event.snapshot.status : 'lost']);
    }
    expect(news.size).toBe(TASKS);
    const live = new Set(['queued', 'in_progress', 'unknown']);
    for (const { provider, id } of refs) {
      const statuses = news.get(`${provider}/${id}`) ?? [];
      const end = sim.task(provider as (typeof dialects)[number], id)?.timeline.at(-1)?.status;
      expect(statuses.at(-1)).toBe(end);
      expect(statuses.filter((status) => !live.has(status))).toHaveLength(1);
    }
  });

  it('asks about every task, with reads only', () => {
    const polls = new Map(refs.map(({ provider, id }) => [`${provider}/${id}`, 0]));
    for (const { provider, id, method, operation } of sim.requests) {
      expect([method, operation]).toEqual(['GET', 'read']);
      const key = `${provider}/${id}`;
      polls.set(key, (polls.get(key) ?? Number.NaN) + 1);
    }
    for (const count of polls.values()) expect(count).toBeGreaterThan(0);
    expect(sim.requests.filter(({ answeredStatus }) => answeredStatus !== 200).length).toBeGreaterThan(TASKS / 10);
  });

  it('leaves nothing behind: no request, no rejection, no heap', () => {
    expect([sim.inFlight, unhandled]).toEqual([0, []]);
    expect(heap.after - heap.before).toBeLessThan(200 * 1_048_576);
  });
});

/** After a collection where the process lets us ask for one. */
function heapUsed(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}
