import fc from 'fast-check';
import { from, Subject } from 'rxjs';
import { expect } from 'vitest';
import { isRushesError, isTerminal, type Snapshot } from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { endWord, enter, habits, hostile, live, liveWord, terminal, trouble, utterance } from './hostile.js';
import type { LawPoint, MakeClient } from './law.js';
import { type Answer, canary, inTurn, provider, ref, refused, said, scripted } from './scripted.js';
import { Viewer } from './viewer.js';

/** Any told source, any subscribers, in any interleaving: what they heard. */
const told = (make: MakeClient, judge: (viewers: Viewer[]) => void) =>
  fc.asyncProperty(
    fc.scheduler(),
    fc.array(utterance, { maxLength: 8 }),
    fc.array(fc.oneof(live, terminal), { maxLength: 2 }),
    habits,
    async (scheduler, utterances, afterwards, arriving) => {
      const clock = createClock();
      const { source, utter } = hostile(afterwards);
      const client = make(source, { scheduler: clock });
      const viewers: Viewer[] = [];
      for (const habit of arriving) {
        scheduler.schedule(Promise.resolve()).then(() => enter(() => client.watch(ref), habit, viewers));
      }
      scheduler.scheduleSequence(utterances.map((what) => async () => utter(what)));
      await scheduler.waitIdle();
      judge(viewers);
      for (const viewer of viewers) viewer.leave();
      expect(clock.pending).toBe(0);
    },
  );

interface Polled {
  readonly answers: readonly Answer[];
  readonly end: string | undefined;
}
const polledScript: fc.Arbitrary<Polled> = fc.record({
  answers: fc.array(
    fc.oneof({ weight: 3, arbitrary: liveWord.map((word) => said(word)) }, { weight: 2, arbitrary: trouble }),
    { maxLength: 10 },
  ),
  end: endWord,
});

const polled = (make: MakeClient, { answers, end }: Polled) => {
  const clock = createClock();
  const server = scripted(clock, inTurn(...answers, said(end as string)));
  return {
    clock,
    server,
    client: make(provider(), { transport: server.transport, scheduler: clock, deadlineMs: Number.POSITIVE_INFINITY }),
  };
};

const run = (property: fc.IAsyncProperty<unknown>, numRuns = 100) =>
  fc.assert(property as fc.IAsyncProperty<[unknown]>, { numRuns });

export const lawOfStreams: readonly LawPoint[] = [
  {
    point: '1 a watch ends in a terminal snapshot and complete, or in an error, and says something before it completes',
    check: async (make) => {
      await run(
        told(make, (viewers) => {
          for (const viewer of viewers) expect(viewer.offence).toBeUndefined();
        }),
        300,
      );
      await run(
        fc.asyncProperty(fc.array(live, { maxLength: 4 }), async (news) => {
          const viewer = new Viewer(make(() => from(news)).watch(ref));
          expect(viewer.error).toMatchObject({ code: 'SOURCE_ENDED', task: ref });
          expect(viewer.heard).toHaveLength(news.length === 0 ? 0 : Math.max(viewer.heard.length, 1));
          expect(isRushesError(viewer.error) && viewer.error.lastSnapshot).toEqual(viewer.last);
        }),
      );
    },
  },
  {
    point: '2 a terminal status absorbs, and a watch that starts from one asks nobody',
    check: async (make) => {
      await run(
        fc.asyncProperty(
          fc.array(fc.oneof(live, terminal), { minLength: 1, maxLength: 6 }),
          terminal,
          fc.array(fc.oneof(live, terminal), { maxLength: 4 }),
          async (before, end, after) => {
            const subject = new Subject<Snapshot>();
            const client = make(() => subject);
            let interjections = 0;
            const interject = (late: Snapshot | undefined) => {
              if (late && interjections++ < 3) subject.next(late);
            };
            const viewers = [1, 2].map(() => new Viewer(client.watch(ref), () => interject(after[0])));
            for (const value of [...before, end, ...after]) subject.next(value);
            const expected = [...before, end].find(isTerminal);
            for (const viewer of viewers) {
              expect(viewer.offence).toBeUndefined();
              expect(viewer.end).toBe('complete');
              expect(isTerminal(viewer.last as Snapshot)).toBe(true);
            }
            expect(viewers[0]?.last).toBe(viewers[1]?.last);
            if (after.length === 0) expect(viewers[0]?.last).toBe(expected);
          },
        ),
      );
      await run(
        fc.asyncProperty(terminal, async (known) => {
          const { server, client, clock } = polled(make, { answers: [], end: 'queued' });
          const viewer = new Viewer(client.watch({ ...known, task: { provider: 'cometapi', id: 'x' } }));
          await clock.advance(60_000);
          expect([viewer.heard.length, viewer.end, server.requests.length]).toEqual([1, 'complete', 0]);
        }),
        5,
      );
    },
  },
  {
    point: '3 a failed task is a value, an error means that we can no longer know',
    check: (make) =>
      run(
        fc.asyncProperty(polledScript, async (script) => {
          const { clock, client } = polled(make, script);
          const viewer = new Viewer(client.watch(ref));
          await clock.advance(1_200_000);
          expect(viewer.end).toBe('complete');
          expect(viewer.last?.status).toBe(script.end);
        }),
      ),
  },
  {
    point: '4 every error carries the task, what was last known of it, and no secret',
    check: (make) =>
      run(
        fc.asyncProperty(
          fc.array(liveWord, { maxLength: 3 }),
          fc.constantFrom<Answer>(
            refused(401, `{"error":{"message":"bad key ${canary} in Bearer ${canary}"}}`),
            refused(404, `{"error":{"message":"no ${encodeURIComponent(canary)}"}}`),
            refused(422, `{"error":{"message":"${btoa(canary)}"}}`),
            refused(503, canary),
            { kind: 'reset', afterMs: 10 },
          ),
          async (words, last) => {
            const clock = createClock();
            const server = scripted(clock, inTurn(...words.map((word) => said(word)), last));
            const client = make(provider(), { transport: server.transport, scheduler: clock });
            const viewer = new Viewer(client.watch(ref));
            await clock.advance(3_000_000);
            const { error } = viewer;
            expect(isRushesError(error) && error.task).toEqual(ref);
            expect(isRushesError(error) && error.lastSnapshot).toBe(viewer.last);
            const { inspect } = await import('node:util');
            const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(error);
            for (const form of [canary, btoa(canary), encodeURIComponent(canary)]) expect(shown).not.toContain(form);
          },
        ),
        50,
      ),
  },
  {
    point: '5 passing trouble ends no watch before nothing good has come for giveUpAfterMs',
    check: (make) =>
      run(
        fc.asyncProperty(
          fc.array(trouble, { minLength: 1, maxLength: 12 }),
          fc.integer({ min: 60_000, max: 600_000 }),
          async (troubles, giveUpAfterMs) => {
            const good = polled(make, { answers: [said('queued'), ...troubles], end: 'completed' });
            const viewer = new Viewer(good.client.with({ retry: { giveUpAfterMs: 600_000 } }).watch(ref));
            await good.clock.advance(1_200_000);
            expect(viewer.last?.status).toBe('completed');

            const clock = createClock();
            const server = scripted(clock, inTurn(refused(502, 'bad gateway')));
            const lost = new Viewer(
              make(provider(), { transport: server.transport, scheduler: clock, retry: { giveUpAfterMs } }).watch(ref),
            );
            await clock.advance(giveUpAfterMs - 1);
            expect(lost.end).toBeUndefined();
            await clock.advance(1_000);
            expect(lost.error).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
          },
        ),
        40,
      ),
  },
];
