import fc from 'fast-check';
import { Observable, type Subscriber } from 'rxjs';
import { isTerminal, type Snapshot } from '../../src/index.js';
import { type Answer, body, ref, refused } from './scripted.js';
import { Viewer } from './viewer.js';

export const liveWord = fc.constantFrom('queued', 'in_progress', 'SUBMITTED', 'requeued-by-tomorrow', '');
export const endWord = fc.constantFrom('completed', 'failed', 'error', 'cancelled', 'expired');
export const live = fc
  .record({ status: fc.constantFrom('queued', 'in_progress', 'unknown'), progress: fc.nat(100) })
  .map(snapshot);
export const terminal = fc.constantFrom(
  snapshot({ status: 'completed', videoUrl: 'https://cdn.test/v.mp4' }),
  snapshot({ status: 'failed', error: { message: 'no' } }),
  snapshot({ status: 'expired', error: { message: 'late' } }),
);
export const trouble: fc.Arbitrary<Answer> = fc.oneof(
  fc.nat(5_000).map((afterMs): Answer => ({ kind: 'reset', afterMs })),
  fc.constantFrom(408, 425, 500, 502, 503, 504, 524).map((status) => refused(status, '<html>bad gateway</html>')),
  fc
    .constantFrom('', '{', '[]', 'null', '{"error":{"message":"busy"}}', body('queued').slice(0, 20))
    .map((text) => refused(200, text)),
  fc.constant(refused(429, '{"error":{"message":"slow"}}')),
  fc.constant(refused(429, '{"error":{"message":"slow"}}', { 'retry-after': '7' })),
  fc.constant(refused(200, body('completed').replace(ref.id, 'task_other'))),
);

export function snapshot(facts: object): Snapshot {
  return Object.freeze({ task: ref, providerStatus: '', ...facts }) as Snapshot;
}

/** Subscribers that act while they are told: leave, or watch again, inside `next`. */
export type Habit = 'stays' | 'leaves on second news' | 'watches again inside next' | 'leaves on terminal';
export const habits = fc.array(
  fc.constantFrom<Habit>('stays', 'leaves on second news', 'watches again inside next', 'leaves on terminal'),
  {
    minLength: 1,
    maxLength: 3,
  },
);

export function enter(watch: () => Observable<Snapshot>, habit: Habit, all: Viewer[]): void {
  let news = 0;
  const viewer = new Viewer(watch(), (told, self) => {
    news++;
    if (habit === 'watches again inside next' && all.length < 6) enter(watch, 'stays', all);
    if (habit === 'leaves on second news' && news === 2) self.leave();
    if (habit === 'leaves on terminal' && isTerminal(told)) self.leave();
  });
  all.push(viewer);
}

/** What a told source may do to its watch, in any order, sanely or not. */
export const utterance = fc.oneof(
  { weight: 5, arbitrary: live.map((value) => ({ does: 'say', value }) as const) },
  { weight: 2, arbitrary: terminal.map((value) => ({ does: 'say', value }) as const) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.oneof(live, terminal), { minLength: 2, maxLength: 4 })
      .map((values) => ({ does: 'babble', values }) as const),
  },
  { weight: 1, arbitrary: fc.constant({ does: 'complete' } as const) },
  { weight: 1, arbitrary: fc.constant({ does: 'fail' } as const) },
);
export type Utterance = typeof utterance extends fc.Arbitrary<infer U> ? U : never;

/** A source that cares for nothing: it goes on after its end, talks while it is left, and never checks who listens. */
export function hostile(afterwards: readonly Snapshot[]) {
  const listeners: Subscriber<Snapshot>[] = [];
  return {
    listeners,
    source: () =>
      new Observable<Snapshot>((listener) => {
        listeners.push(listener);
        return () => {
          for (const late of afterwards) listener.next(late);
        };
      }),
    utter(what: Utterance) {
      for (const listener of [...listeners]) {
        if (what.does === 'say') listener.next(what.value);
        if (what.does === 'babble') for (const value of what.values) listener.next(value);
        if (what.does === 'complete') listener.complete();
        if (what.does === 'fail') listener.error(new Error('the bus is gone'));
      }
    },
  };
}
