import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance } from '../../src/task/advance.js';
import { isTerminal, type Snapshot } from '../../src/task/snapshot.js';
import { anySnapshot, snapshotOf, statuses } from './snapshots.js';

const pairs = statuses.flatMap((from) => statuses.map((to) => [from, to] as const));

describe('advance', () => {
  test('begins with whatever is observed first', () => {
    fc.assert(
      fc.property(anySnapshot, (observed) => {
        expect(advance(undefined, observed)).toBe(observed);
      }),
    );
  });

  test.each(pairs)('from %s, told %s', (from, to) => {
    const [previous, observed] = [snapshotOf(from), snapshotOf(to)];
    const isOver = !['queued', 'in_progress', 'unknown'].includes(from);
    expect(advance(previous, observed)).toBe(isOver ? previous : observed);
  });

  test('the first terminal snapshot stays, the very object, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(anySnapshot, { minLength: 1, maxLength: 30 }), (told) => {
        let state: Snapshot | undefined;
        for (const observed of told) state = advance(state, observed);
        expect(state).toBe(told.find(isTerminal) ?? told.at(-1));
      }),
    );
  });
});
