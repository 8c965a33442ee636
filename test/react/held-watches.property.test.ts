import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createClient, isTerminal, RushesError, type Snapshot } from '../../src/index.js';
import { HeldWatches } from '../../src/react/held-watches.js';
import { createClock } from '../../src/testing/clock.js';
import { completed, live, refOf } from './snapshots.js';
import { Upstream } from './upstream.js';

const ids = ['a', 'b'] as const;
const id = fc.constantFrom(...ids);
const seed = (ofId: string) => fc.option(fc.constantFrom<Snapshot>(live(ofId, 1), completed(ofId)), { nil: undefined });
const progress = fc.nat(3);

type Step =
  | { readonly do: 'come'; readonly id: string; readonly known: Snapshot | undefined }
  | { readonly do: 'leave'; readonly nth: number }
  | { readonly do: 'say'; readonly id: string; readonly progress: number }
  | { readonly do: 'end' | 'fail' | 'retry'; readonly id: string }
  | { readonly do: 'wait' };

const step: fc.Arbitrary<Step> = fc.oneof(
  id.chain((of) => fc.record({ do: fc.constant('come' as const), id: fc.constant(of), known: seed(of) })),
  fc.record({ do: fc.constant('leave' as const), nth: fc.nat(5) }),
  fc.record({ do: fc.constant('say' as const), id, progress }),
  fc.record({ do: fc.constantFrom('end' as const, 'fail' as const, 'retry' as const), id }),
  fc.constant({ do: 'wait' as const }),
);

/** What is expected of one task, in the plainest words. */
interface Expected {
  here: number;
  isHeld: boolean;
  isAsked: boolean;
  snapshot: Snapshot | undefined;
  isLost: boolean;
}

const nobody = (): Expected => ({ here: 0, isHeld: false, isAsked: false, snapshot: undefined, isLost: false });

function hear(task: Expected, said: Snapshot): void {
  if (task.snapshot && isTerminal(task.snapshot)) return;
  task.snapshot = said;
  if (isTerminal(said)) Object.assign(task, { isAsked: false, isLost: false });
}

it('stand as their sources said, ask only while somebody is there, and ask again only when told to', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = createClock();
      const upstream = new Upstream();
      const client = createClient(upstream.source, { scheduler: clock, deadlineMs: Number.POSITIVE_INFINITY });
      const held = new HeldWatches(client, clock);
      const expected = new Map<string, Expected>(ids.map((each) => [each, nobody()]));
      const of = (each: string) => expected.get(each) as Expected;
      const there: { id: string; leave: () => void }[] = [];
      let asked = 0;

      for (const act of steps) {
        if (act.do === 'come') {
          const task = of(act.id);
          there.push({ id: act.id, leave: held.hold(refOf(act.id), act.known, () => undefined) });
          task.here++;
          task.isHeld = true;
          if (act.known && (!task.snapshot || isTerminal(act.known))) hear(task, act.known);
          const mayAsk = !task.isAsked && !task.isLost && !(task.snapshot && isTerminal(task.snapshot));
          if (mayAsk) asked++;
          task.isAsked ||= mayAsk;
        } else if (act.do === 'leave') {
          const [gone] = there.splice(act.nth, 1);
          gone?.leave();
          if (gone) of(gone.id).here--;
        } else if (act.do === 'say') {
          upstream.say(live(act.id, act.progress));
          if (of(act.id).isAsked) hear(of(act.id), live(act.id, act.progress));
        } else if (act.do === 'end') {
          upstream.say(completed(act.id));
          if (of(act.id).isAsked) hear(of(act.id), completed(act.id));
        } else if (act.do === 'fail') {
          upstream.fail(refOf(act.id), new RushesError('UNAVAILABLE', 'gone'));
          if (of(act.id).isAsked) Object.assign(of(act.id), { isAsked: false, isLost: true });
        } else if (act.do === 'retry') {
          held.find(refOf(act.id))?.retry();
          const task = of(act.id);
          if (task.isLost && task.here > 0) {
            asked++;
            Object.assign(task, { isLost: false, isAsked: true });
          }
        } else {
          await clock.advance(0);
          for (const task of expected.values()) if (task.here === 0) Object.assign(task, nobody());
        }
        for (const each of ids) {
          const { isHeld, snapshot, isLost } = of(each);
          const standing = held.find(refOf(each))?.standing;
          expect(standing !== undefined).toBe(isHeld);
          expect(standing?.snapshot).toEqual(snapshot);
          expect(standing?.lost !== undefined).toBe(isLost);
        }
        expect(upstream.open).toBe([...expected.values()].filter(({ isAsked }) => isAsked).length);
        expect(upstream.asked).toHaveLength(asked);
      }
      for (const { leave } of there) leave();
      await clock.advance(0);
      expect([upstream.open, clock.pending]).toEqual([0, 0]);
    }),
    { numRuns: 300 },
  );
});
