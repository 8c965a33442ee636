import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counter, spokenSpan } from '../../src/cli/sheet/clock-words.js';
import { developed, newFrame, takenBy } from '../../src/cli/sheet/frame.js';
import { neighbour } from '../../src/cli/sheet/keys.js';
import { Sheet } from '../../src/cli/sheet/sheet.js';
import { countsOf, standingOf, standings, wordsOfCounts } from '../../src/cli/sheet/standing.js';
import { takeToken } from '../../src/cli/sheet/take-token.js';
import { TypicalTimes } from '../../src/cli/sheet/typical-times.js';
import { shortId, statusWords, timeWords } from '../../src/cli/sheet/words.js';
import { RushesError, type Snapshot, type TaskEvent } from '../../src/index.js';
import { snapshot as anySnapshot } from '../../src/testing/arbitraries.js';

const task = { provider: 'ark', id: 'cgt-1' };
const said = (facts: object): TaskEvent => ({
  kind: 'snapshot',
  task,
  snapshot: { task, providerStatus: '', ...facts } as Snapshot,
});
const lost: TaskEvent = { kind: 'lost', task, error: new RushesError('DEADLINE', 'too long', { task }) };

describe('a frame', () => {
  it('stays as it ended, and is found again after it was lost', () => {
    const frame = developed(newFrame(1, task, 0), said({ status: 'in_progress' }), 1);
    const gone = developed(frame, lost, 2);
    expect([standingOf(frame), standingOf(gone)]).toEqual(['running', 'lost']);
    const done = developed(gone, said({ status: 'completed' }), 3);
    expect(standingOf(done)).toBe('done');
    expect(standingOf(developed(done, said({ status: 'queued' }), 4))).toBe('done');
    expect(developed(done, lost, 5)).toBe(done);
  });

  it.each([
    [
      'counts from the creation while it runs',
      { status: 'queued', createdAt: 1_000 },
      5_000,
      { ms: 4_000, isSinceSeen: false },
    ],
    ['counts since it was seen where nobody says more', { status: 'queued' }, 5_000, { ms: 3_000, isSinceSeen: true }],
    [
      'believes no clock that is ahead',
      { status: 'queued', createdAt: 9_000 },
      5_000,
      { ms: 3_000, isSinceSeen: true },
    ],
    [
      'takes the completion from the provider',
      { status: 'completed', createdAt: 1_000, completedAt: 4_000 },
      9_000,
      { ms: 3_000, isSinceSeen: false },
    ],
    [
      'takes what one clock says for what it took, also of a clock that is ahead',
      { status: 'completed', createdAt: 60_000, completedAt: 90_000 },
      9_000,
      { ms: 30_000, isSinceSeen: false },
    ],
    [
      'knows what took no time',
      { status: 'completed', createdAt: 4_000, completedAt: 4_000 },
      9_000,
      { ms: 0, isSinceSeen: false },
    ],
    ['invents no end that nobody saw', { status: 'completed', createdAt: 1_000 }, 9_000, undefined],
    [
      'invents none for a failure either',
      { status: 'failed', createdAt: 1_000, error: { message: 'no' } },
      9_000,
      undefined,
    ],
  ] as const)('%s', (_, facts, nowMs, taken) => {
    expect(takenBy(developed(newFrame(1, task, 2_000), said(facts), nowMs), nowMs)).toEqual(taken);
  });

  it('that was seen live ends when it was seen to end', () => {
    const live = developed(newFrame(1, task, 2_000), said({ status: 'in_progress', createdAt: 1_000 }), 3_000);
    const failed = developed(live, said({ status: 'failed', createdAt: 1_000, error: { message: 'no' } }), 6_000);
    expect(takenBy(failed, 60_000)?.ms).toBe(5_000);
    expect(takenBy(developed(live, lost, 6_000), 60_000)).toBeUndefined();
    // The clock of the page may be behind that of the board.
    expect(takenBy(newFrame(1, task, 2_000), 1_000)).toBeUndefined();
  });

  it('has words for every snapshot there can be', () => {
    fc.assert(
      fc.property(anySnapshot(), (snapshot) => {
        const frame = developed(newFrame(1, snapshot.task, 0), { kind: 'snapshot', task: snapshot.task, snapshot }, 1);
        expect(statusWords(frame)).not.toBe('');
        expect(standings).toContain(standingOf(frame));
      }),
    );
  });
});

describe('a sheet', () => {
  it('knows what is typical of a model once one has completed, and tells it to those that still run', () => {
    const sheet = new Sheet();
    const ref = (id: number) => ({ provider: 'ark', id: String(id) });
    const tell = (id: number, facts: object) =>
      sheet.hear(
        { kind: 'snapshot', task: ref(id), snapshot: { task: ref(id), providerStatus: '', ...facts } as Snapshot },
        100_000,
      );
    for (const id of [1, 2, 3, 4]) {
      sheet.add(ref(id), 0);
      tell(id, { status: 'in_progress', model: id === 4 ? 'other' : 'm', createdAt: 0 });
    }
    const typical = () => [...sheet.frames].map((frame) => sheet.typicalFor(frame));
    expect(typical()).toEqual([undefined, undefined, undefined, undefined]);
    sheet.takeChanged();
    tell(1, { status: 'completed', model: 'm', createdAt: 0, completedAt: 30_000 });
    expect(typical()).toEqual([undefined, 30_000, 30_000, undefined]);
    expect(
      sheet
        .takeChanged()
        .map(({ number }) => number)
        .sort(),
    ).toEqual([1, 2, 3]);
    tell(1, { status: 'completed', model: 'm', createdAt: 0, completedAt: 90_000 });
    tell(2, { status: 'completed', model: 'm', createdAt: 0, completedAt: 60_000 });
    expect(typical()).toEqual([undefined, undefined, 45_000, undefined]);
    expect(sheet.takeChanged().length).toBeLessThanOrEqual(3);
    expect(sheet.takeChanged()).toEqual([]);
  });

  it('takes nothing for typical that was only counted since it was seen', () => {
    const sheet = new Sheet();
    for (const id of ['1', '2']) sheet.add({ provider: 'ark', id }, 0);
    const tell = (id: string, status: string, nowMs: number) => {
      const ref = { provider: 'ark', id };
      const snapshot = { task: ref, providerStatus: '', status, model: 'm' } as Snapshot;
      sheet.hear({ kind: 'snapshot', task: ref, snapshot }, nowMs);
    };
    for (const id of ['1', '2']) tell(id, 'in_progress', 0);
    tell('1', 'completed', 30_000);
    expect([...sheet.frames].map((frame) => [takenBy(frame, 30_000), sheet.typicalFor(frame)])).toEqual([
      [{ ms: 30_000, isSinceSeen: true }, undefined],
      [{ ms: 30_000, isSinceSeen: true }, undefined],
    ]);
  });

  it('gives each task one place for ever, and counts where all stand', () => {
    const sheet = new Sheet();
    expect([sheet.add(task, 0), sheet.add({ ...task }, 5)]).toEqual([true, false]);
    expect(sheet.hear({ ...lost, task: { provider: 'ark', id: 'else' } }, 0)).toBeUndefined();
    sheet.hear(lost, 0);
    expect(wordsOfCounts(countsOf(sheet.frames))).toBe('1 lost');
    sheet.lookAgain(task);
    expect(wordsOfCounts(countsOf(sheet.frames))).toBe('1 queued');
    expect(wordsOfCounts(countsOf([]))).toBe('no tasks');
  });

  it('takes the median', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), (times) => {
        const typical = new TypicalTimes();
        for (const time of times) typical.add('m', time);
        const sorted = times.toSorted((a, b) => a - b);
        const [low = 0, high = 0] = [sorted[Math.ceil(times.length / 2) - 1], sorted[Math.floor(times.length / 2)]];
        expect(typical.of('m')).toBe((low + high) / 2);
        expect(typical.of('n')).toBeUndefined();
      }),
    );
  });
});

describe('words', () => {
  it('tell spans', () => {
    expect([0, 999, 7_000, 65_000, 3_729_000].map(counter)).toEqual(['0:00', '0:00', '0:07', '1:05', '1:02:09']);
    expect([0, 1_000, 65_000, 7_320_000].map(spokenSpan)).toEqual([
      '0 seconds',
      '1 second',
      '1 minute 5 seconds',
      '2 hours 2 minutes',
    ]);
    expect(timeWords({ ms: 7_000, isSinceSeen: true }, 65_000)).toEqual({
      shown: 'seen for 0:07 · typically 1:05',
      spoken: 'seen for 7 seconds, typically 1 minute 5 seconds',
    });
    expect(timeWords(undefined, undefined)).toEqual({ shown: '', spoken: '' });
  });

  it('shorten an id in its middle, between whole characters', () => {
    expect(shortId('task_abc123')).toBe('task_abc123');
    expect(shortId('🎬'.repeat(30))).toBe(`${'🎬'.repeat(9)}…${'🎬'.repeat(8)}`);
  });
});

describe('the arrow keys', () => {
  it('lead to neighbours, row by row, and never off the sheet', () => {
    // 0 1 2
    // 3 4
    const to = (key: string, index: number) => neighbour(key, index, 5, 3);
    expect([to('ArrowRight', 0), to('ArrowLeft', 1), to('ArrowDown', 1), to('ArrowUp', 4)]).toEqual([1, 0, 4, 1]);
    expect([to('ArrowDown', 2), to('End', 0), to('Home', 4)]).toEqual([4, 4, 0]);
    expect([to('ArrowLeft', 0), to('ArrowRight', 4), to('ArrowUp', 1), to('ArrowDown', 3), to('a', 0)]).toEqual(
      Array.from({ length: 5 }),
    );
    const keys = fc.constantFrom('ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End');
    fc.assert(
      fc.property(
        keys,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        (key, count, columns, at) => {
          const next = neighbour(key, at % count, count, columns);
          expect(next === undefined || (next >= 0 && next < count)).toBe(true);
        },
      ),
    );
  });
});

describe('the token', () => {
  it('goes from the address to the tab, and stays there', () => {
    const kept = new Map<string, string>();
    const sessionStorage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const replaced: unknown[] = [];
    const history = { replaceState: (...args: unknown[]) => void replaced.push(args) };
    const open = (hash: string) => takeToken({ location: { hash, pathname: '/' }, history, sessionStorage });
    expect(open('')).toBeUndefined();
    expect(open('#abc')).toBe('abc');
    expect(replaced).toEqual([[null, '', '/']]);
    expect(open('')).toBe('abc');
    expect(open('#def')).toBe('def');
    expect(open('')).toBe('def');
  });
});
