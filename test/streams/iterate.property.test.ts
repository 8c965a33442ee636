import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backlog } from '../../src/streams/backlog.js';
import { iterate } from '../../src/streams/index.js';
import { event, lost, said, studio } from './told.js';

type Kind = 'live' | 'end' | 'lost' | 'plain';
/** `nth` tells it from all others. */
interface Item {
  readonly kind: Kind;
  readonly id: string;
  readonly nth: number;
}
type Step = 'pull' | { readonly kind: Kind; readonly id: string };

const ids = ['a', 'b', 'c'];
const steps = (...kinds: readonly Kind[]): fc.Arbitrary<readonly Step[]> => {
  const speech = fc.record({ kind: fc.constantFrom(...kinds), id: fc.constantFrom(...ids) });
  return fc.array(fc.oneof({ weight: 2, arbitrary: speech }, { weight: 1, arbitrary: fc.constant('pull' as const) }), {
    maxLength: 80,
  });
};

/** The words of an item as the library sees them, with the item itself in them. */
function worded(item: Item): object {
  const { id, kind } = item;
  if (kind === 'plain') return { item };
  if (kind === 'lost') return { ...lost(id), item };
  const snapshot = said(id, kind === 'end' ? 'completed' : 'in_progress');
  return item.nth % 2 ? { ...snapshot, item } : { ...event(snapshot), item };
}

/** What a backlog is, written as one writes it without a thought of speed. */
function expectedOf(line: Item[], item: Item, maxBuffered: number): void {
  const ofTask = line.findLastIndex(({ id, kind }) => id === item.id && kind !== 'plain');
  if (item.kind === 'live' && line[ofTask]?.kind === 'live') {
    line[ofTask] = item;
    return;
  }
  line.push(item);
  const oldest = line.findIndex(({ kind }) => kind === 'live' || kind === 'plain');
  if (line.length > maxBuffered && oldest >= 0) line.splice(oldest, 1);
}

describe('what waits, whatever is said and whenever it is read', () => {
  it('is what the rules say, item by item', () => {
    fc.assert(
      fc.property(steps('live', 'end', 'lost', 'plain'), fc.integer({ min: 1, max: 6 }), (story, maxBuffered) => {
        const backlog = new Backlog<object>({ label: 'test', maxBuffered, overflow: 'drop-oldest' });
        const line: Item[] = [];
        story.forEach((step, nth) => {
          if (step === 'pull') expect(backlog.take()?.value).toEqual(line[0] && worded(line.shift() as Item));
          else {
            expect(backlog.add(worded({ ...step, nth }))).toBe(true);
            expectedOf(line, { ...step, nth }, maxBuffered);
          }
        });
        const left = line.map(worded);
        for (const item of left) expect(backlog.take()?.value).toEqual(item);
        expect(backlog.take()).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('loses no end, keeps the order of each task and its bound, and leaves once', async () => {
    const endings = fc.constantFrom('complete', 'error', 'leave');
    await fc.assert(
      fc.asyncProperty(
        steps('live', 'end', 'lost'),
        fc.integer({ min: 1, max: 6 }),
        endings,
        fc.boolean(),
        async (story, maxBuffered, ending, isLawful) => {
          const { source, counts, say, subject } = studio<object>();
          const iterator = iterate(source, { maxBuffered })[Symbol.asyncIterator]();
          const answers: Promise<unknown>[] = [];
          const settled: number[] = [];
          const heard: (Item | string)[] = [];
          const pull = () => {
            const place = answers.length;
            const note = (answer: Item | string) => {
              settled.push(place);
              heard[place] = answer;
            };
            const answer = iterator.next().then(
              ({ done, value }) => note(done ? 'end' : (value as { item: Item }).item),
              (error: Error) => note(error.message),
            );
            answers.push(answer);
          };
          const spoken: Item[] = [];
          const ended = new Set<string>();
          pull();
          story.forEach((step, nth) => {
            if (step === 'pull') {
              pull();
              return;
            }
            if (isLawful && ended.has(step.id)) return;
            if (step.kind !== 'live') ended.add(step.id);
            spoken.push({ ...step, nth });
            say(worded({ ...step, nth }));
          });
          const pulled = answers.length;
          expect(counts).toEqual({ subscribed: 1, left: 0 });
          if (ending === 'leave') await iterator.return?.();
          else if (ending === 'complete') subject.complete();
          else subject.error(new Error('gone'));
          say(worded({ kind: 'end', id: 'late', nth: -1 }));
          for (let i = 0; i <= spoken.length + 2; i++) pull();
          await Promise.all(answers);

          expect(counts).toEqual({ subscribed: 1, left: 1 });
          expect(settled).toEqual(settled.map((_, i) => i));
          const items = heard.filter((answer): answer is Item => typeof answer !== 'string');
          const words = heard.slice(items.length);
          expect(words).toEqual(words.map((_, i) => (ending === 'error' && i === 0 ? 'gone' : 'end')));
          for (const id of ids) {
            const order = items.filter((item) => item.id === id).map(({ nth }) => nth);
            expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
          }
          const waited = items.slice(pulled).filter(({ kind }) => kind === 'live');
          expect(waited.length).toBeLessThanOrEqual(maxBuffered);
          if (ending === 'leave') return;
          const endsIn = (list: readonly Item[]) => list.filter(({ kind }) => kind !== 'live').map(({ nth }) => nth);
          expect(endsIn(items).sort((a, b) => a - b)).toEqual(endsIn(spoken));
          // With room for the live news of every task, only news that newer news replaced is missed.
          const hasRoom = maxBuffered >= ids.length && endsIn(spoken).length === 0;
          for (const id of ids) {
            const lastOf = (list: readonly Item[]) => list.findLast((item) => item.id === id);
            if (hasRoom || lastOf(spoken)?.kind !== 'live') expect(lastOf(items)).toEqual(lastOf(spoken));
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
