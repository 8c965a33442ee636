import fc from 'fast-check';
import { Subject } from 'rxjs';
import { expect } from 'vitest';
import { clientDefaults, isRushesError, pollEvery, type Snapshot } from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { endWord, liveWord, trouble } from './hostile.js';
import type { LawPoint } from './law.js';
import { type Answer, inTurn, provider, ref, refused, said, scripted } from './scripted.js';
import { Viewer } from './viewer.js';

const anyAnswer = fc.oneof(
  { weight: 3, arbitrary: liveWord.map((word) => said(word)) },
  { weight: 1, arbitrary: trouble },
);

export const lawOfClients: readonly LawPoint[] = [
  {
    point: '6 unsubscribing leaves no timer, request or subscription behind, and cancels nothing',
    check: (make) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(anyAnswer, { maxLength: 8 }),
          fc.nat(300_000),
          fc.nat(300_000),
          fc.boolean(),
          async (answers, firstMs, secondMs, hangs) => {
            const clock = createClock();
            const server = scripted(clock, inTurn(...answers, hangs ? { kind: 'hang' } : said('queued')));
            const wake = new Subject<void>();
            const client = make(provider(), { transport: server.transport, scheduler: clock, wake });
            const viewers = [new Viewer(client.watch(ref)), new Viewer(client.watch(ref))];
            for (const [i, ms] of [firstMs, secondMs].entries()) {
              await clock.advance(ms);
              wake.next();
              viewers[i]?.leave();
            }
            const asked = server.requests.length;
            expect([clock.pending, server.inFlight, wake.observed]).toEqual([0, 0, false]);
            wake.next();
            await clock.advance(100_000);
            expect(server.requests.length).toBe(asked);
            expect(server.requests.every(({ request }) => request.method === 'GET')).toBe(true);
          },
        ),
        { numRuns: 60 },
      ),
  },
  {
    point: '7 one run sends one POST, however many subscribe, retry or leave, and however it is answered',
    check: (make) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(3_000), fc.boolean()), { minLength: 1, maxLength: 6 }),
          fc.oneof(trouble, fc.constant(said('queued', {}, 1_500))),
          async (visits, answer) => {
            const clock = createClock();
            const posts = () => server.requests.filter(({ request }) => request.method === 'POST');
            const server = scripted(clock, (_, { method }) => (method === 'POST' ? answer : said('completed')));
            const client = make(provider(), { transport: server.transport, scheduler: clock });
            const made = client.run({ model: 'doubao-seedance-2-0', prompt: 'a paper plane' });
            await clock.advance(1_000);
            expect(posts()).toHaveLength(0);
            for (const [ms, leaves] of visits) {
              const viewer = new Viewer(made);
              await clock.advance(ms);
              if (leaves) viewer.leave();
            }
            await clock.advance(200_000);
            expect(posts()).toHaveLength(1);
            expect(posts()[0]?.outcome).not.toBe('aborted');
            const late = new Viewer(made);
            expect(late.end).toBeUndefined();
            await clock.advance(200_000);
            expect(posts()).toHaveLength(1);
            if (answer.kind === 'answer' && answer.text.includes('"queued"'))
              expect(late.last?.status).toBe('completed');
            if (late.end !== 'complete') expect(isRushesError(late.error)).toBe(true);
          },
        ),
        { numRuns: 60 },
      ),
  },
  {
    point:
      '8 subscribers of one task share one poll; a late one hears the latest inside subscribe; after an error it starts anew',
    check: (make) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(liveWord, { minLength: 2, maxLength: 6 }),
          fc.array(fc.nat(60_000), { minLength: 1, maxLength: 4 }),
          endWord,
          async (words, arrivals, end) => {
            const alone = createClock();
            const count = async (clock: ReturnType<typeof createClock>, arrivalsMs: readonly number[]) => {
              const server = scripted(clock, inTurn(...words.map((word, i) => said(word, { progress: i })), said(end)));
              const client = make(provider(), {
                transport: server.transport,
                scheduler: clock,
                cadence: pollEvery(10_000),
              });
              const viewers = [new Viewer(client.watch(ref))];
              for (const ms of arrivalsMs) {
                await clock.advance(ms);
                if (viewers[0]?.end) break;
                const late = new Viewer(client.watch(ref.id));
                expect(late.heard).toEqual(viewers[0]?.heard.slice(-1));
                viewers.push(late);
              }
              await clock.advance(1_000_000);
              for (const viewer of viewers) expect([viewer.end, viewer.last?.status]).toEqual(['complete', end]);
              return server.requests.length;
            };
            expect(await count(createClock(), arrivals)).toBe(await count(alone, []));

            const clock = createClock();
            const server = scripted(
              clock,
              inTurn(said('queued'), refused(401, '{"error":{"message":"no"}}'), said(end)),
            );
            const client = make(provider(), { transport: server.transport, scheduler: clock });
            const pair = [new Viewer(client.watch(ref)), new Viewer(client.watch(ref))];
            await clock.advance(60_000);
            expect(pair.map(({ error }) => isRushesError(error) && error.code)).toEqual([
              'UNAUTHORIZED',
              'UNAUTHORIZED',
            ]);
            const again = new Viewer(client.watch(ref));
            await clock.advance(60_000);
            expect(again.last?.status).toBe(end);
          },
        ),
        { numRuns: 40 },
      ),
  },
  {
    point: '9 only status decides, not completed_at, error, progress or a URL',
    check: (make) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.constantFrom('queued', 'in_progress', 'unknown', ''), misleading()), {
            minLength: 1,
            maxLength: 5,
          }),
          fc.tuple(endWord, misleading()),
          async (words, [end, facts]) => {
            const clock = createClock();
            const server = scripted(clock, inTurn(...words.map(([word, lies]) => said(word, lies)), said(end, facts)));
            const viewer = new Viewer(make(provider(), { transport: server.transport, scheduler: clock }).watch(ref));
            await clock.advance(1_000_000);
            expect(server.requests).toHaveLength(words.length + 1);
            expect([viewer.end, viewer.last?.status]).toEqual(['complete', end]);
          },
        ),
      ),
  },
  {
    point: '10 a word that nobody knows is live, kept, and bounded by the deadline',
    check: (make) =>
      fc.assert(
        fc.asyncProperty(
          fc.string({ minLength: 1, maxLength: 20 }).map((word) => `new ${word}`),
          async (word) => {
            const clock = createClock();
            const server = scripted(clock, inTurn(said(word)));
            const viewer = new Viewer(make(provider(), { transport: server.transport, scheduler: clock }).watch(ref));
            await clock.advance(clientDefaults.deadlineMs - 1);
            expect([viewer.heard.length, viewer.last?.status, viewer.last?.providerStatus, viewer.end]).toEqual([
              1,
              'unknown',
              word,
              undefined,
            ]);
            await clock.advance(60_000);
            expect(viewer.error).toMatchObject({ code: 'DEADLINE', task: ref });
          },
        ),
        { numRuns: 20 },
      ),
  },
  {
    point: '11 a deadline forces one last read, and never errors on old news',
    check: (make) =>
      fc.assert(
        fc.asyncProperty(
          fc.constantFrom<'sleep' | 'calm'>('sleep', 'calm'),
          fc.oneof(
            endWord.map((word) => said(word)),
            liveWord.map((word) => said(word)),
            fc.constant<Answer>({ kind: 'hang' }),
            fc.constant<Answer>({ kind: 'reset', afterMs: 5 }),
          ),
          fc.integer({ min: 5_000, max: 100_000 }),
          async (how, last, deadlineMs) => {
            const clock = createClock();
            let asleepMs = 0;
            const jumping = { now: () => clock.now() + asleepMs, schedule: clock.schedule.bind(clock) };
            const asked = () => server.requests.length;
            let isOver = false;
            const server = scripted(clock, () => (isOver ? last : said('queued')));
            const client = make(provider(), {
              transport: server.transport,
              scheduler: jumping,
              cadence: pollEvery(200_000),
            });
            const viewer = new Viewer(client.watch(ref, { deadlineMs }));
            await clock.advance(1_000);
            const before = asked();
            isOver = true;
            if (how === 'sleep') asleepMs = 7_200_000;
            await clock.advance(deadlineMs - 1_000 + clientDefaults.requestTimeoutMs + (how === 'sleep' ? 200_000 : 1));
            expect(asked()).toBeGreaterThan(before);
            const status = last.kind === 'answer' ? (JSON.parse(last.text) as Snapshot).status : undefined;
            if (status && ['completed', 'failed', 'error', 'cancelled', 'expired'].includes(status)) {
              expect([viewer.end, viewer.last?.status]).toEqual(['complete', status]);
            } else {
              expect(viewer.error).toMatchObject({ code: 'DEADLINE', task: ref, retryable: true });
              expect(isRushesError(viewer.error) && viewer.error.lastSnapshot).toBeDefined();
            }
            expect([clock.pending, server.inFlight]).toEqual([0, 0]);
          },
        ),
        { numRuns: 60 },
      ),
  },
];

/** Facts that gateways send in any state, and that decide nothing. */
function misleading(): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    {
      progress: fc.constantFrom(0, 30, 100, '100%', null),
      completed_at: fc.constantFrom(1_777_385_485, 0, null),
      error: fc.constantFrom(null, { message: 'example', code: 'example' }),
      video_url: fc.constant('https://cdn.test/v.mp4'),
      metadata: fc.constantFrom({ url: '' }, { url: 'https://cdn.test/v.mp4' }),
    },
    { requiredKeys: [] },
  );
}
