import { concat, config, from, lastValueFrom, map, of, range, Subject, throwError, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type CloudEvent, type Publisher, publishTo } from '../../src/bridges/index.js';
import { isTerminal, RushesError, type Snapshot, type TaskEvent } from '../../src/index.js';
import { createClock, snapshotOf } from '../../src/testing/index.js';

const ref = (id: string | number) => ({ provider: 'test', id: `task_${id}` });
const said = (id: string | number, status: Snapshot['status'], progress?: number): TaskEvent => {
  const task = ref(id);
  return {
    kind: 'snapshot',
    task,
    snapshot: snapshotOf(status, { task, ...(progress !== undefined && { progress }) }),
  };
};
const nameOf = ({ task, ...told }: TaskEvent) =>
  `${task.id} ${told.kind === 'snapshot' ? `${told.snapshot.status} ${told.snapshot.progress ?? ''}`.trim() : told.error.code}`;
const turns = async (count = 20) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** A bus that takes everything after a turn, and notes it. */
class Bus implements Publisher {
  readonly taken: CloudEvent[] = [];

  async publish(event: CloudEvent): Promise<void> {
    await undefined;
    this.taken.push(event);
  }

  get types(): string[] {
    return this.taken.map(({ subject, type }) => `${subject} ${type.slice(12)}`);
  }
}

describe('a subscriber that speaks while it is told', () => {
  it('is heard, of the same task', async () => {
    const [source, bus, told]: [Subject<TaskEvent>, Bus, string[]] = [new Subject(), new Bus(), []];
    source.pipe(publishTo(bus)).subscribe((event) => {
      told.push(nameOf(event));
      if (told.length < 5) source.next(said(1, 'in_progress', told.length));
      if (told.length === 5) source.next(said(1, 'completed'));
    });
    source.next(said(1, 'queued'));
    await turns();
    expect(told).toEqual([
      'task_1 queued',
      ...[1, 2, 3, 4].map((progress) => `task_1 in_progress ${progress}`),
      'task_1 completed',
    ]);
    expect(bus.taken).toHaveLength(6);
  });

  it('is heard, of other tasks, and may end the source', async () => {
    const [source, bus, told]: [Subject<TaskEvent>, Bus, string[]] = [new Subject(), new Bus(), []];
    source.pipe(publishTo(bus, { concurrency: 1 })).subscribe({
      next: (event) => {
        told.push(nameOf(event));
        if (told.length === 1) for (const id of [1, 2, 3]) source.next(said(id, 'completed'));
        if (told.length === 3) source.complete();
      },
      complete: () => told.push('end'),
    });
    source.next(said(1, 'queued'));
    await turns();
    expect(told).toEqual(['task_1 queued', 'task_2 completed', 'task_3 completed', 'task_1 completed', 'end']);
  });

  it('may leave', async () => {
    const [source, bus]: [Subject<TaskEvent>, Bus] = [new Subject(), new Bus()];
    const subscription = source.pipe(publishTo(bus, { concurrency: 1 })).subscribe(() => subscription.unsubscribe());
    for (const id of [1, 2, 3]) source.next(said(id, 'queued'));
    await turns();
    expect([bus.taken.length, source.observed]).toEqual([1, false]);
  });

  it('that throws harms nobody else', async () => {
    const [source, bus]: [Subject<TaskEvent>, Bus] = [new Subject(), new Bus()];
    const thrown: unknown[] = [];
    config.onUnhandledError = (error) => void thrown.push(error);
    source.pipe(publishTo(bus)).subscribe(() => {
      if (thrown.length === 0) throw new Error('subscriber');
    });
    source.next(said(1, 'queued'));
    await vi.waitFor(() => expect(thrown).toHaveLength(1));
    config.onUnhandledError = null;
    source.next(said(1, 'completed'));
    source.next(said(2, 'completed'));
    await turns();
    expect(thrown).toEqual([new Error('subscriber')]);
    expect(bus.types).toEqual(['task_1 queued', 'task_1 completed', 'task_2 completed']);
  });
});

describe('a publisher that speaks while it is called', () => {
  it('is heard, and what it says of the same task is in line', async () => {
    const [source, taken, told]: [Subject<TaskEvent>, string[], string[]] = [new Subject(), [], []];
    const publisher: Publisher = {
      async publish({ subject, type }) {
        taken.push(`${subject} ${type.slice(12)}`);
        if (taken.length === 1) {
          source.next(said(1, 'in_progress', 1));
          source.next(said(2, 'queued'));
          source.next(said(1, 'in_progress', 2));
        }
      },
    };
    source.pipe(publishTo(publisher)).subscribe((event) => told.push(nameOf(event)));
    source.next(said(1, 'queued'));
    await turns();
    expect(taken).toEqual(['task_1 queued', 'task_2 queued', 'task_1 in_progress']);
    expect(told).toEqual(expect.arrayContaining(['task_1 queued', 'task_2 queued', 'task_1 in_progress 2']));
    expect(told).toHaveLength(3);
  });

  it('is heard however long the chain is that it makes', async () => {
    const source = new Subject<TaskEvent>();
    let [taken, passed] = [0, 0];
    const publisher: Publisher = {
      async publish() {
        if (++taken < 10_000) source.next(said(taken, 'queued'));
      },
    };
    source.pipe(publishTo(publisher, { concurrency: Number.POSITIVE_INFINITY })).subscribe(() => passed++);
    source.next(said(0, 'queued'));
    await turns();
    expect([taken, passed]).toEqual([10_000, 10_000]);
  });

  it('is heard while another task ends and gives its place to it', async () => {
    const [source, taken]: [Subject<TaskEvent>, string[]] = [new Subject(), []];
    const publisher: Publisher = {
      async publish({ subject, type }) {
        taken.push(`${subject} ${type.slice(12)}`);
        if (subject === 'task_2') source.next(said(1, 'completed'));
      },
    };
    const told: string[] = [];
    source.pipe(publishTo(publisher, { concurrency: 1 })).subscribe((event) => told.push(nameOf(event)));
    source.next(said(1, 'queued'));
    source.next(said(2, 'queued'));
    await turns();
    expect(taken).toEqual(['task_1 queued', 'task_2 queued', 'task_1 completed']);
    expect(told).toEqual(['task_1 queued', 'task_2 queued', 'task_1 completed']);
  });
});

describe('who is told of retries and speaks', () => {
  it('replaces what waits, and loses nothing when it throws as well', async () => {
    const clock = createClock();
    const [source, told, taken]: [Subject<TaskEvent>, string[], string[]] = [new Subject(), [], []];
    const publisher: Publisher = {
      async publish({ type, data }) {
        const progress = data.kind === 'snapshot' ? data.snapshot.progress : undefined;
        if (progress === undefined) throw new Error('away');
        taken.push(`${type.slice(12)} ${progress}`);
      },
    };
    const onRetry = () => {
      source.next(said(1, 'in_progress', 7));
      throw new Error('observer');
    };
    source.pipe(publishTo(publisher, { scheduler: clock, onRetry })).subscribe((event) => told.push(nameOf(event)));
    source.next(said(1, 'queued'));
    await clock.advance(1);
    expect(taken).toEqual(['in_progress 7']);
    expect(told).toEqual(['task_1 PUBLISH_FAILED', 'task_1 in_progress 7']);
  });
});

describe('one stream onto two buses', () => {
  const snapshots = [snapshotOf('queued'), snapshotOf('in_progress', { progress: 5 }), snapshotOf('completed')];

  it('is on the first before it is on the second', async () => {
    const [one, two, order]: [Bus, Bus, string[]] = [new Bus(), new Bus(), []];
    const noting = (name: string, bus: Bus): Publisher => ({
      async publish(event) {
        await bus.publish(event);
        order.push(`${name} ${event.type.slice(12)}`);
      },
    });
    const source = from(snapshots.map((snapshot) => ({ kind: 'snapshot', task: snapshot.task, snapshot }) as const));
    const passed = await lastValueFrom(
      source.pipe(publishTo(noting('1', one)), publishTo(noting('2', two)), toArray()),
    );
    expect(passed.map(nameOf)).toEqual(['task_1 queued', 'task_1 in_progress 5', 'task_1 completed']);
    for (const status of ['queued', 'in_progress', 'completed'])
      expect(order.indexOf(`1 ${status}`)).toBeLessThan(order.indexOf(`2 ${status}`));
    expect(two.taken.map(({ id }) => id)).toEqual(one.taken.map(({ id }) => id));
  });

  it.each<[string, RushesError]>([
    ['refused', new RushesError('UNAUTHORIZED', 'no right')],
    ['could never take', new RushesError('INVALID_ARGUMENT', 'too long')],
  ])('does not tell the second that a watch is lost which the first %s', async (_, error) => {
    const second = new Bus();
    const first: Publisher = {
      publish: async ({ type }) => (type.endsWith('queued') ? Promise.reject(error) : undefined),
    };
    const source = of(said(1, 'queued'), said(2, 'completed'));
    const values = await lastValueFrom(source.pipe(publishTo(first), publishTo(second), toArray()));
    expect(values.map(nameOf).sort()).toEqual([
      `task_1 ${error.code === 'UNAUTHORIZED' ? 'PUBLISH_FAILED' : error.code}`,
      'task_2 completed',
    ]);
    expect(second.types).toEqual(['task_2 completed']);
  });

  it('tells both of a watch that was lost, then its error', async () => {
    const [one, two] = [new Bus(), new Bus()];
    const lost = new RushesError('DEADLINE', 'too late', { task: ref(1) });
    const source = concat(
      of(snapshotOf('queued')),
      throwError(() => lost),
    );
    await expect(lastValueFrom(source.pipe(publishTo(one), publishTo(two)))).rejects.toBe(lost);
    expect([one.types, two.types]).toEqual([
      ['task_1 queued', 'task_1 lost'],
      ['task_1 queued', 'task_1 lost'],
    ]);
  });
});

describe('a burst', () => {
  it('of 100,000 tasks is published whole, with a bounded number under way', async () => {
    let [under, most, count] = [0, 0, 0];
    const publisher: Publisher = {
      async publish() {
        most = Math.max(most, ++under);
        await undefined;
        under--;
        count++;
      },
    };
    const source = range(0, 100_000).pipe(map((i) => said(i, 'completed')));
    let ends = 0;
    await lastValueFrom(
      source.pipe(
        publishTo(publisher),
        map((event) => {
          if (event.kind === 'snapshot' && isTerminal(event.snapshot)) ends++;
        }),
      ),
    );
    expect([ends, count, most]).toEqual([100_000, 100_000, 32]);
  });

  it('of 20,000 tasks without a bound does not overflow the stack', async () => {
    const options = { concurrency: Number.POSITIVE_INFINITY };
    const publisher: Publisher = { publish: () => undefined as unknown as Promise<void> };
    const source = range(0, 20_000).pipe(map((i) => said(i, 'completed')));
    const all = await lastValueFrom(source.pipe(publishTo(publisher, options), toArray()));
    expect(all).toHaveLength(20_000);
  });

  it('of 30,000 live news of one task is three publishes', async () => {
    const bus = new Bus();
    const source = concat(
      range(0, 30_000).pipe(map((i) => said(1, 'in_progress', i / 1_000))),
      of(said(1, 'completed')),
    );
    const all = await lastValueFrom(source.pipe(publishTo(bus), toArray()));
    expect(all.map(nameOf)).toEqual(['task_1 in_progress 0', 'task_1 in_progress 29.999', 'task_1 completed']);
    expect(bus.taken).toHaveLength(3);
  });

  it('of 12,000 that are refused for ever is told of whole', async () => {
    const publisher: Publisher = { publish: () => Promise.reject(new RushesError('UNAUTHORIZED', 'no right')) };
    const source = range(0, 12_000).pipe(map((i) => said(i, 'completed')));
    const all = await lastValueFrom(source.pipe(publishTo(publisher), toArray()));
    expect(new Set(all.map(({ task }) => task.id)).size).toBe(12_000);
    expect(all.every((event) => event.kind === 'lost' && event.error.code === 'PUBLISH_FAILED')).toBe(true);
  });
});
