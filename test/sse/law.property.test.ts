import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClient, isRushesError, RushesError, type Snapshot, type TaskRef } from '../../src/index.js';
import { remote } from '../../src/sse/index.js';
import { isTerminal } from '../../src/task/snapshot.js';
import { liveSnapshot, taskId, terminalSnapshot } from '../../src/testing/arbitraries.js';
import { type Clock, createClock, snapshotOf } from '../../src/testing/index.js';
import { Viewer } from '../watch/viewer.js';
import { type Life, type Trip, twoGateways } from './remote/two-gateways.js';

const MINUTE = 60_000;
const deadlineMs = 30 * MINUTE;

const trip: fc.Arbitrary<Trip> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Trip>({ kind: 'fine' }) },
  { weight: 1, arbitrary: fc.constant<Trip>({ kind: 'refused' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('answered' as const),
      status: fc.constantFrom(500, 502, 503, 429, 408, 404),
      headers: fc.constantFrom<Record<string, string>>({}, { 'retry-after': '3' }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('cut' as const),
      how: fc.constantFrom('break' as const, 'close' as const, 'hang' as const),
      afterBytes: fc.integer({ min: 1, max: 900 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('slow' as const), ms: fc.nat(40_000) }) },
);

/** A task's life: what its provider says, also after the end, which must not matter. */
const lifeOf = (task: TaskRef): fc.Arbitrary<Life & { readonly end: Snapshot | RushesError | undefined }> =>
  fc
    .record({
      live: fc.array(fc.tuple(fc.nat(30_000), liveSnapshot({ task })), { minLength: 1, maxLength: 6 }),
      end: fc.oneof(
        { weight: 6, arbitrary: terminalSnapshot({ task }) as fc.Arbitrary<Snapshot | RushesError | undefined> },
        { weight: 1, arbitrary: fc.constant(new RushesError('NOT_FOUND', 'no such task')) },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
      endAfterMs: fc.nat(60_000),
      late: fc.array(fc.tuple(fc.nat(5_000), liveSnapshot({ task })), { maxLength: 2 }),
    })
    .map(({ live, end, endAfterMs, late }) => {
      const steps: (readonly [number, Snapshot | RushesError])[] = [...live];
      if (end) steps.push([endAfterMs + 1, end]);
      if (end && !isRushesError(end)) steps.push(...late);
      let atMs = -(live[0]?.[0] ?? 0);
      const news = steps.map(([ms, say]) => {
        atMs += ms;
        return { atMs, say };
      });
      return { task, news, end };
    });

const lives = fc
  .uniqueArray(taskId(), { minLength: 1, maxLength: 4 })
  .chain((ids) => fc.tuple(...ids.map((id) => lifeOf({ provider: 'test', id }))));

const visits = fc.array(
  fc.record({ task: fc.nat(3), atMs: fc.nat(4 * MINUTE), staysMs: fc.option(fc.nat(3 * MINUTE)) }),
  { minLength: 1, maxLength: 8 },
);

function at(clock: Clock, ms: number, act: () => void): void {
  clock.schedule(act, ms);
}

describe(`the law of a task's stream, through gateways and a bad network (seed ${process.env['FC_SEED']})`, () => {
  it('holds for every watch: one end, nothing after it, something before it, and no end is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        lives,
        visits,
        fc.array(trip, { maxLength: 12 }),
        fc.array(fc.constantFrom<0 | 1>(0, 1), { minLength: 1, maxLength: 12 }),
        fc.nat(20_000),
        fc.array(fc.nat(5 * MINUTE), { maxLength: 3 }),
        fc.constantFrom(1, 2, 4),
        async (told, plan, trips, picks, lagMs, wakesAt, maxConnections) => {
          const clock = createClock();
          const network = twoGateways(told, clock, {
            lagMs,
            pick: (nth) => picks[nth % picks.length] as 0 | 1,
            trip: (nth) => trips[nth] ?? { kind: 'fine' },
          });
          const wake = new Subject<void>();
          const source = remote('https://my.app/rushes', {
            fetch: network.fetch,
            scheduler: clock,
            wake,
            maxConnections,
          });
          const client = createClient(source, { scheduler: clock, deadlineMs });
          const viewers: { viewer: Viewer; life: (typeof told)[0]; leaves: boolean }[] = [];
          for (const { task, atMs, staysMs } of plan) {
            const life = told[task % told.length] as (typeof told)[0];
            at(clock, atMs, () => {
              const viewer = new Viewer(client.watch(life.task));
              viewers.push({ viewer, life, leaves: staysMs !== null });
              if (staysMs !== null) at(clock, staysMs, () => viewer.leave());
            });
          }
          for (const ms of wakesAt) at(clock, ms, () => wake.next());
          await clock.advance(4 * MINUTE);
          for (let i = 0; i < 40 && viewers.some(({ viewer, leaves }) => !leaves && !viewer.end); i++) {
            await clock.advance(MINUTE);
          }
          await clock.advance(5 * MINUTE);

          expect(viewers.length).toBe(plan.length);
          for (const { viewer, life, leaves } of viewers) {
            expect(viewer.offence).toBeUndefined();
            if (leaves && !viewer.end) continue;
            expect(viewer.end).toBeDefined();
            const { end } = life;
            if (viewer.end === 'complete') {
              expect(isTerminal(viewer.last as Snapshot)).toBe(true);
              expect(viewer.last).toMatchObject({ task: life.task, status: (end as Snapshot).status });
            } else {
              expect(isRushesError(viewer.error) && viewer.error.task).toEqual(life.task);
              expect((viewer.error as RushesError).code).toBe(
                isRushesError(end) ? 'NOT_FOUND' : end ? 'a terminal snapshot' : 'DEADLINE',
              );
            }
          }
          expect(wake.observed).toBe(false);
          expect(network.open()).toBe(0);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  }, 300_000);

  it('holds however late an answer is: a snapshot is never told to a watch of another task', async () => {
    const clock = createClock();
    const ids = ['a', 'a/b', 'a b', 'ä'];
    const told = ids.map((id, i) => ({
      task: { provider: 'test', id },
      news: [
        { atMs: 0, say: snapshotOf('queued', { task: { provider: 'test', id } }) },
        { atMs: (i + 1) * 10_000, say: snapshotOf('completed', { task: { provider: 'test', id } }) },
      ],
    }));
    const network = twoGateways(told, clock, { pick: (nth) => (nth % 2) as 0 | 1, trip: () => ({ kind: 'fine' }) });
    const client = createClient(remote('https://my.app/rushes', { fetch: network.fetch, scheduler: clock }), {
      scheduler: clock,
    });
    const viewers = told.map(({ task }) => new Viewer(client.watch(task)));
    await clock.advance(60_000);
    expect(viewers.map(({ heard }) => heard.map(({ task, status }) => [task.id, status]))).toEqual(
      ids.map((id) => [
        [id, 'queued'],
        [id, 'completed'],
      ]),
    );
  });
});
