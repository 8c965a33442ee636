import { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClient, type ManyTasks, type Snapshot, type TaskLike } from '../../src/index.js';
import { held } from './stage.js';

const task = (id: unknown) => ({ provider: 'bus', id: String(id) });
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A client whose tasks end when they are told to. */
function bus() {
  const enders = new Map<string, () => void>();
  const client = createClient(
    (ref) =>
      new Observable<Snapshot>((to) => {
        enders.set(ref.id, () => to.next({ ...held('completed'), task: ref } as Snapshot));
        return () => enders.delete(ref.id);
      }),
  );
  const heard: string[] = [];
  const follow = (tasks: ManyTasks, maxWatched?: number) =>
    client.watchAll(tasks, maxWatched === undefined ? {} : { maxWatched }).subscribe({
      next: ({ task: { id } }) => heard.push(id),
      error: (error: Error) => heard.push(`error ${error.message}`),
      complete: () => heard.push('complete'),
    });
  return { follow, heard, watched: () => [...enders.keys()], end: (id: unknown) => enders.get(String(id))?.() };
}

/** What a generator was asked for. */
function counting() {
  const counts = { pulled: 0, returned: 0 };
  function* endless(last = Number.POSITIVE_INFINITY): Generator<TaskLike> {
    try {
      while (counts.pulled < last) yield task(counts.pulled++);
    } finally {
      counts.returned++;
    }
  }
  async function* slow(last?: number): AsyncGenerator<TaskLike> {
    yield* endless(last);
  }
  return { counts, endless, slow };
}

describe('an iterable of tasks', () => {
  it('is pulled only when there is room', () => {
    const { follow, heard, watched, end } = bus();
    const { counts, endless } = counting();
    const subscription = follow(endless(), 3);
    expect([counts.pulled, watched()]).toEqual([3, ['0', '1', '2']]);
    end(1);
    expect([counts.pulled, watched()]).toEqual([4, ['0', '2', '3']]);
    end(0);
    end(3);
    expect([counts.pulled, heard]).toEqual([6, ['1', '0', '3']]);
    expect(counts.returned).toBe(0);
    subscription.unsubscribe();
    expect([counts.returned, watched()]).toEqual([1, []]);
  });

  it('is taken whole without maxWatched, and is not returned when it has ended by itself', () => {
    const { follow, heard, watched, end } = bus();
    const { counts, endless } = counting();
    follow(endless(4));
    expect([counts.pulled, watched().length, counts.returned]).toEqual([4, 4, 1]);
    for (const id of [0, 1, 2, 3]) end(id);
    expect(heard).toEqual(['0', '1', '2', '3', 'complete']);
    expect(counts.returned).toBe(1);
  });

  it('goes on after what is dropped or lost', () => {
    const { follow, heard, watched } = bus();
    const many = [task('a'), task('a'), { provider: 'bus', id: '..' }, task('b'), task('c')];
    follow(new Set([...many, task('a')]), 2);
    expect([heard, watched()]).toEqual([['..'], ['a', 'b']]);
  });

  it('that throws is the error of the events, and is not returned', () => {
    const { follow, heard, watched } = bus();
    let returned = 0;
    let pulled = 0;
    const next = () => {
      if (pulled++ === 2) throw new Error('the list is gone');
      return { done: false as const, value: task(pulled) };
    };
    const iterator = { next, return: () => ({ done: true as const, value: returned++ }) };
    follow({ [Symbol.iterator]: () => iterator });
    expect([heard, watched(), returned, pulled]).toEqual([['error the list is gone'], [], 0, 3]);
  });

  it('that cannot be opened, or gives no results, is the error of the events', () => {
    const { follow, heard } = bus();
    const unopened = {
      [Symbol.iterator](): Iterator<TaskLike> {
        throw new Error('no list');
      },
    };
    follow(unopened);
    for (const result of [undefined, null, 7]) {
      follow({ [Symbol.iterator]: () => ({ next: () => result }) } as unknown as Iterable<TaskLike>);
    }
    expect(heard).toEqual([
      'error no list',
      ...[undefined, null, 7].map((result) => `error an iterator of tasks gave ${result}, which is no result`),
    ]);
  });

  it('that has no farewell, or a bad one, can be left', () => {
    for (const farewell of [{}, { return: () => Promise.reject(new Error('later')) }, { return: broken }]) {
      const { follow, watched } = bus();
      const iterator = { next: () => ({ done: false as const, value: task('a') }), ...farewell };
      const subscription = follow({ [Symbol.iterator]: () => iterator as Iterator<TaskLike> }, 1);
      expect(watched()).toEqual(['a']);
      expect(() => subscription.unsubscribe()).not.toThrow();
      expect(watched()).toEqual([]);
    }
  });

  it('is opened anew by each subscriber', () => {
    const { follow, heard, watched, end } = bus();
    const list = new Set([task('a'), task('b')]);
    follow(list);
    follow(list);
    expect(watched()).toEqual(['a', 'b']);
    end('a');
    expect(heard).toEqual(['a', 'a']);
  });

  it('that names nobody new for long holds up nothing', () => {
    const { follow, heard, watched } = bus();
    let pulled = 0;
    function* insistent(): Generator<TaskLike> {
      for (; pulled < 50_000; pulled++) yield task('a');
      yield task('b');
    }
    follow(insistent(), 2);
    expect([pulled, watched(), heard]).toEqual([50_000, ['a', 'b'], []]);
  });
});

describe('an async iterable of tasks', () => {
  it('is pulled only when there is room, one at a time', async () => {
    const { follow, heard, watched, end } = bus();
    const { counts, slow } = counting();
    const subscription = follow(slow(), 3);
    expect(counts.pulled).toBe(1);
    await settle();
    expect([counts.pulled, watched()]).toEqual([3, ['0', '1', '2']]);
    end(0);
    end(2);
    await settle();
    expect([counts.pulled, watched(), heard]).toEqual([5, ['1', '3', '4'], ['0', '2']]);
    subscription.unsubscribe();
    await settle();
    expect([counts.returned, watched()]).toEqual([1, []]);
  });

  it('completes the events when it and all its tasks have ended', async () => {
    const { follow, heard, end } = bus();
    const { counts, slow } = counting();
    follow(slow(2));
    await settle();
    end(0);
    expect(heard).toEqual(['0']);
    end(1);
    expect([heard, counts.returned]).toEqual([['0', '1', 'complete'], 1]);
  });

  it('that rejects is the error of the events', async () => {
    const { follow, heard, watched } = bus();
    async function* failing(): AsyncGenerator<TaskLike> {
      yield task('a');
      throw new Error('the page is gone');
    }
    follow(failing());
    await settle();
    expect([heard, watched()]).toEqual([['error the page is gone'], []]);
  });

  it('that answers after it was left is not heard', async () => {
    const { follow, heard, watched } = bus();
    let answer: (result: IteratorResult<TaskLike>) => void = () => undefined;
    let returned = 0;
    const subscription = follow({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<TaskLike>>((resolve) => (answer = resolve)),
        return: async () => ({ done: true, value: returned++ }),
      }),
    });
    subscription.unsubscribe();
    answer({ done: false, value: task('a') });
    await settle();
    expect([heard, watched(), returned]).toEqual([[], [], 1]);
  });

  it('overflows no stack', async () => {
    const { follow, heard } = bus();
    async function* many(): AsyncGenerator<TaskLike> {
      for (let i = 0; i < 20_000; i++) yield { ...held('completed'), task: task(i) } as Snapshot;
    }
    follow(many(), 1);
    while (heard.at(-1) !== 'complete') await settle();
    expect(heard).toHaveLength(20_001);
  });
});

function broken(): never {
  throw new Error('no farewell');
}
