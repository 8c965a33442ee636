import { from, type Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClient, type ManyTasks, type Snapshot, type TaskEvent, type TaskLike } from '../../src/index.js';
import { held } from './stage.js';

const task = (id: string) => ({ provider: 'bus', id });
const done = (id: string): Snapshot => ({ ...held('completed'), task: task(id) }) as Snapshot;

describe('100,000 tasks that have ended', () => {
  const many = Array.from({ length: 100_000 }, (_, i) => done(`t${i}`));
  const inputs: readonly (readonly [string, (tasks: readonly TaskLike[]) => ManyTasks])[] = [
    ['a list', (tasks) => tasks],
    ['an iterable', (tasks) => new Set(tasks)],
    ['a stream', (tasks) => from(tasks)],
  ];

  it.each(inputs)('as %s overflow no stack', (_, make) => {
    const client = createClient(() => new Subject<Snapshot>());
    expect(count(client.watchAll(make(many)))).toEqual([100_000, 'complete']);
  });

  it.each(inputs)('as %s behind one that still runs overflow no stack when it ends', (_, make) => {
    const running = new Subject<Snapshot>();
    const client = createClient(() => running);
    const counted = count(client.watchAll(make([task('a'), ...many]), { maxWatched: 1 }));
    expect(counted).toEqual([0, '']);
    running.next(done('a'));
    expect(counted).toEqual([100_001, 'complete']);
  });
});

function count(events: Observable<TaskEvent>): [number, string] {
  const counted: [number, string] = [0, ''];
  events.subscribe({
    next: () => counted[0]++,
    error: (error) => {
      counted[1] = String(error);
    },
    complete: () => {
      counted[1] = 'complete';
    },
  });
  return counted;
}
