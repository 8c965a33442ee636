import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generationOf, standing } from '../../src/fleet/events.js';
import { Known, Memory } from '../../src/fleet/worker/memory.js';
import { Pace } from '../../src/fleet/worker/pace.js';
import { completed, lostBy, ref, snapshot } from './model/scene.js';

const task = (id: number) => ({ provider: 'p', id: `task_${id}` });
const watch = (generation: number) => ({ generation, submittedMs: 1 });
const told = (snap = snapshot()) => ({ kind: 'snapshot', task: ref, snapshot: snap }) as const;
const loss = { kind: 'lost', task: ref, error: lostBy() } as const;

describe('what a worker remembers', () => {
  it('is of one watch of a task: that of another is read', () => {
    const memory = new Memory(2);
    const known = memory.note(ref, watch(7), { seq: 41 });
    const found = [watch(7), watch(6), watch(8)].map((each) => memory.find(each));
    expect(found).toEqual([known, undefined, undefined]);
    const anew = memory.note(ref, watch(8), { seq: 42 });
    expect(memory.find(watch(8))).toBe(anew);
    memory.forget(watch(8));
    expect([memory.find(watch(8)), memory.find(watch(7))]).toEqual([undefined, known]);
  });

  it('is not that of a watch in a stream that was made anew, and counts from 1 again', () => {
    const memory = new Memory(2);
    memory.note(ref, watch(1), { seq: 41 });
    expect(memory.find({ generation: 1, submittedMs: 2 })).toBeUndefined();
    const anew = memory.note(task(2), { generation: 1, submittedMs: 2 }, { seq: 42 });
    expect([memory.find({ generation: 1, submittedMs: 2 }), memory.find(watch(1))]).toEqual([anew, undefined]);
  });

  it('is forgotten wherever it lay', () => {
    const memory = new Memory(1);
    memory.note(task(1), watch(1), { seq: 1 });
    memory.note(task(2), watch(2), { seq: 2 });
    memory.forget(watch(1));
    expect([memory.find(watch(1)), memory.size]).toEqual([undefined, 1]);
  });

  it('is kept for longer by each use', () => {
    const memory = new Memory(3);
    const note = (...ids: number[]) => ids.map((id) => memory.note(task(id), watch(id), { seq: id }));
    note(1, 2, 3, 4, 5);
    memory.find(watch(1));
    note(6, 7);
    expect(memory.find(watch(1))?.seq).toBe(1);
  });

  it('is kept once', () => {
    const memory = new Memory(2);
    for (const id of [1, 2, 3]) memory.note(task(id), watch(id), { seq: id });
    memory.find(watch(1));
    expect(memory.size).toBe(3);
  });

  it('is at least the latest that were used, and at most as many again', () => {
    const steps = fc.array(fc.record({ id: fc.nat(9), does: fc.constantFrom('use', 'use', 'use', 'forget') }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), steps, (min, all) => {
        const memory = new Memory(min);
        /** For each that is not forgotten, which others were used since. */
        const usedSince = new Map<number, Set<number>>();
        for (const { id, does } of all) {
          usedSince.delete(id);
          if (does === 'forget') memory.forget(watch(id));
          else {
            for (const others of usedSince.values()) others.add(id);
            usedSince.set(id, new Set());
            if (!memory.find(watch(id))) memory.note(task(id), watch(id), { seq: id });
          }
          expect(memory.size).toBeLessThanOrEqual(2 * min);
        }
        const latest = [...usedSince].filter(([, others]) => others.size < min);
        // To look for one is to use it.
        if (latest[0]) expect(memory.find(watch(latest[0][0]))?.seq).toBe(latest[0][0]);
      }),
    );
  });

  it('keeps the last snapshot where the last message tells none', () => {
    const known = new Known(ref, watch(7)).take({ seq: 1, storedMs: 5, told: told() });
    expect(known).toMatchObject({ seq: 1, storedMs: 5, standing: 'live', snapshot: snapshot() });
    known.take({ seq: 2 });
    expect(known).toMatchObject({ seq: 2, storedMs: undefined, standing: 'live', snapshot: snapshot() });
    known.take({ seq: 3, generation: 7, told: loss });
    expect(known).toMatchObject({ seq: 3, standing: 'lost', snapshot: snapshot() });
    known.take({ seq: 4, told: told(completed) });
    expect(known).toMatchObject({ seq: 4, standing: 'finished', snapshot: completed });
  });

  it('counts polls that were answered, and troubles in a row', () => {
    const known = new Known(ref, watch(7));
    const counts = [true, true, false, true].map((isTrouble) => {
      known.answered(isTrouble);
      return [known.failures, known.polls];
    });
    expect(counts).toEqual([
      [1, 0],
      [2, 0],
      [0, 1],
      [1, 1],
    ]);
  });
});

describe('when a turn is due', () => {
  const dueAfter = (...counts: (number | undefined)[]) => {
    const known = new Known(ref, watch(7));
    known.came(counts[0]);
    known.dueMs = 5;
    for (const count of counts.slice(1)) known.came(count);
    return known.dueMs;
  };

  it('is known where all turns since came here, also the same one twice', () => {
    expect([dueAfter(3, 4), dueAfter(3, 4, 5), dueAfter(3, 3), dueAfter(undefined, undefined)]).toEqual([5, 5, 5, 5]);
  });

  it('is not known where another worker had a turn between, which said something else', () => {
    expect([dueAfter(3, 5), dueAfter(1, 2, 4), dueAfter(3, 9)]).toEqual([undefined, undefined, undefined]);
  });
});

describe('how a watch stands', () => {
  it.each([
    ['nothing', { seq: 0 }, 'live'],
    ['live news', { seq: 1, told: told(), generation: 9 }, 'live'],
    ['an end of no watch', { seq: 1, told: told(completed) }, 'finished'],
    ['its loss', { seq: 1, told: loss, generation: 7 }, 'lost'],
    ['a later loss', { seq: 1, told: loss, generation: 8 }, 'lost'],
    ['an older loss', { seq: 1, told: loss, generation: 6 }, 'live'],
    ['a loss of no watch', { seq: 1, told: loss }, 'live'],
  ] as const)('by %s', (_, last, stands) => {
    expect(standing(last, 7)).toBe(stands);
  });

  it('before it is submitted: over only where the task has ended', () => {
    const all = [{ seq: 1, told: loss, generation: 7 }, { seq: 1, told: told(completed) }, { seq: 0 }];
    expect(all.map((last) => standing(last, Number.POSITIVE_INFINITY))).toEqual(['live', 'finished', 'live']);
  });

  it('knows which watch an event is from by a whole number above 0 only', () => {
    const headers = ['7', '', undefined, '0', '-1', '1.5', 'x', '9007199254740993', 'Infinity'];
    expect(headers.map(generationOf)).toEqual([7, ...headers.slice(1).map(() => undefined)]);
  });
});

describe('the pace at which a provider is asked', () => {
  it('is paused for the longest that was asked for', () => {
    let now = 1_000;
    const pace = new Pace(() => now);
    expect(pace.pausedMs).toBe(0);
    pace.pause(4_000);
    pace.pause(1_000);
    expect(pace.pausedMs).toBe(4_000);
    now += 3_000;
    pace.pause(2_000);
    expect(pace.pausedMs).toBe(2_000);
    now += 5_000;
    expect(pace.pausedMs).toBe(0);
  });

  it('stretches waits by three times what turns are late beyond what is usual, ten times at most', () => {
    const lateBy = (ms: number) => {
      const pace = new Pace(() => 0);
      for (let nth = 0; nth < 2_000; nth++) pace.late(ms);
      return pace;
    };
    expect(lateBy(0).stretched(5_000)).toBe(5_000);
    expect(lateBy(250).stretched(5_000)).toBeCloseTo(5_000, 3);
    expect(lateBy(1_250).stretched(5_000)).toBeCloseTo(8_000, 3);
    expect(lateBy(1e9).stretched(5_000)).toBe(50_000);
    expect(lateBy(1e9).stretched(0)).toBe(0);
  });

  it('is not late for the time that we, or the server, had been away', () => {
    let now = 100_000;
    const told: number[] = [];
    const pace = new Pace(
      () => now,
      (ms) => told.push(ms),
    );
    pace.late(60_000);
    pace.resume();
    pace.late(60_000);
    now += 300;
    pace.late(60_000);
    pace.late(200);
    expect(told).toEqual([60_000, 0, 300, 200]);
  });

  it('is an average: one late turn is none, and what is early is not late', () => {
    const told: number[] = [];
    const pace = new Pace(
      () => 0,
      (ms) => told.push(ms),
    );
    pace.late(6_400);
    expect(pace.stretched(5_000)).toBe(5_000);
    pace.late(64_000);
    expect(pace.stretched(5_000)).toBeCloseTo(5_000 + 3 * (98.44 + 1_000 - 250), 0);
    pace.late(-9_000);
    expect(pace.stretched(5_000)).toBeCloseTo(5_000 + 3 * (1_081.28 - 250), 0);
    expect(told).toEqual([6_400, 64_000, 0]);
  });
});
