import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allEndedId, endId, lostId, snapshotId } from '../../../src/sse/wire/event-id.js';
import { eventsPath, taskOfParameter, taskOfSegments, taskPath } from '../../../src/sse/wire/task-address.js';
import { isTerminal, type Snapshot } from '../../../src/task/snapshot.js';
import { snapshot as anySnapshot, taskRef, terminalSnapshot } from '../../../src/testing/arbitraries.js';

describe('the address of a task', () => {
  it('is two segments of a path, and leads back to the task', () => {
    fc.assert(
      fc.property(taskRef(), (task) => {
        const { pathname } = new URL(taskPath(task), 'https://gateway.example');
        const segments = pathname.split('/');
        expect(segments).toHaveLength(4);
        expect(taskOfSegments(segments[2] ?? '', segments[3] ?? '')).toEqual(task);
      }),
    );
  });

  it('is a parameter each among many, and leads back to each', () => {
    fc.assert(
      fc.property(fc.array(taskRef(), { minLength: 1, maxLength: 5 }), (tasks) => {
        const { searchParams } = new URL(eventsPath(tasks), 'https://gateway.example');
        expect(searchParams.getAll('task').map(taskOfParameter)).toEqual(tasks);
      }),
    );
  });

  it.each([
    ['ark', '%'],
    ['ark', '%ff'],
    ['ark', '..'],
    ['ark', '%2e%2e'],
    ['ark', '%00'],
    ['ark', ''],
    ['', 'x'],
    ['Ark', 'x'],
    ['a%2fb', 'x'],
  ])('is none in the segments %j and %j', (provider, id) => {
    expect(taskOfSegments(provider, id)).toBeUndefined();
  });

  it.each([
    { provider: 'p', id: '..' },
    { provider: '../../admin', id: 'x' },
    { provider: 'p', id: '\ud800' },
  ])('is refused of what is no task: %j', (task) => {
    expect(() => taskPath(task)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it.each(['', 'ark', '/x', 'ark/', 'ark/..', 'Ark/x'])('is none in the parameter %j', (value) => {
    expect(taskOfParameter(value)).toBeUndefined();
  });
});

describe('the id of a message', () => {
  it('is plain and short', () => {
    fc.assert(
      fc.property(anySnapshot(), fc.array(taskRef(), { maxLength: 100 }), (snapshot, tasks) => {
        for (const id of [snapshotId(snapshot), endId(snapshot.task), lostId(snapshot.task), allEndedId(tasks)]) {
          expect(id).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
        }
      }),
    );
  });

  it('of an end depends on its task alone', () => {
    fc.assert(
      fc.property(terminalSnapshot(), terminalSnapshot(), (one, other) => {
        expect(snapshotId(one)).toBe(endId(one.task));
        expect(snapshotId({ ...other, task: one.task } as Snapshot)).toBe(snapshotId(one));
      }),
    );
  });

  it('differs where news or tasks do', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(taskRef(), { minLength: 2, maxLength: 2, selector: (t) => `${t.provider}/${t.id}` }),
        (tasks) => {
          const ids = tasks.flatMap((task) => [endId(task), lostId(task), allEndedId([task])]);
          expect(new Set([...ids, allEndedId(tasks)]).size).toBe(ids.length + 1);
        },
      ),
    );
    const ids = new Set<string>();
    for (let progress = 0; progress <= 100; progress++) {
      for (const status of ['queued', 'in_progress', 'unknown'] as const) {
        const snapshot: Snapshot = { task: { provider: 'ark', id: 'x' }, status, providerStatus: '', progress };
        expect(isTerminal(snapshot)).toBe(false);
        ids.add(snapshotId(snapshot));
      }
    }
    expect(ids.size).toBe(303);
  });

  it('of a whole set does not depend on its order', () => {
    const [a, b] = [
      { provider: 'ark', id: 'a' },
      { provider: 'ark', id: 'b' },
    ];
    expect(allEndedId([a, b])).toBe(allEndedId([b, a]));
  });
});
