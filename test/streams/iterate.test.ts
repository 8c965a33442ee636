import { concat, from, lastValueFrom, Observable, of, range, type Subscriber, tap, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { iterate, iterateDefaults } from '../../src/streams/index.js';
import { event, lost, rest, said, studio } from './told.js';

const open = <T>(source: Observable<T>, options?: Parameters<typeof iterate>[1]) =>
  iterate(source, options)[Symbol.asyncIterator]() as AsyncIterableIterator<T>;

describe('iterate', () => {
  it('gives what the source says, and ends with it', async () => {
    const items: number[] = [];
    for await (const item of iterate(of(1, 2, 3))) items.push(item);
    expect(items).toEqual([1, 2, 3]);
  });

  it('subscribes when the first item is asked for, and anew for each loop', async () => {
    const { source, counts, subject } = studio<number>();
    const iterable = iterate(source);
    const iterator = iterable[Symbol.asyncIterator]();
    expect(counts.subscribed).toBe(0);
    const first = iterator.next();
    const second = iterable[Symbol.asyncIterator]().next();
    expect(counts.subscribed).toBe(2);
    subject.next(7);
    expect(await Promise.all([first, second])).toEqual(Array(2).fill({ done: false, value: 7 }));
  });

  it('is left by a break', async () => {
    const { source, counts, subject } = studio<number>();
    queueMicrotask(() => subject.next(1));
    for await (const item of iterate(source)) {
      expect(item).toBe(1);
      break;
    }
    expect(counts).toEqual({ subscribed: 1, left: 1 });
    expect(subject.observed).toBe(false);
  });

  it('is left by a throw in the loop, which the loop throws', async () => {
    const { source, counts, subject } = studio<number>();
    queueMicrotask(() => subject.next(1));
    const loop = async () => {
      for await (const item of iterate(source)) throw new Error(`of ${item}`);
    };
    await expect(loop()).rejects.toThrow('of 1');
    expect(counts.left).toBe(1);
  });

  it.each(['return', 'throw'] as const)('is left at once by %s, also while items are awaited', async (way) => {
    const { source, counts, say } = studio<number>();
    const iterator = open(source);
    const awaited = [iterator.next(), iterator.next()];
    const leaving = iterator[way]?.(new Error('enough'));
    expect(counts.left).toBe(1);
    if (way === 'throw') await expect(leaving).rejects.toThrow('enough');
    else expect(await leaving).toEqual({ done: true, value: undefined });
    expect(await Promise.all(awaited)).toEqual(Array(2).fill({ done: true, value: undefined }));
    say(1);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    await iterator.return?.();
    expect(counts).toEqual({ subscribed: 1, left: 1 });
  });

  it('that was left before its first item never subscribes', async () => {
    const { source, counts } = studio<number>();
    const iterator = open(source);
    await iterator.return?.();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(counts.subscribed).toBe(0);
  });

  it('forgets what waits when it is left, an error too', async () => {
    const iterator = open(
      concat(
        of(1, 2),
        throwError(() => new Error('late')),
      ),
    );
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    await iterator.return?.();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it.each(['left', 'over'])('that is %s hears nothing more, whatever its source goes on to say', async (state) => {
    let speaker: Subscriber<number> | undefined;
    const rude = new Observable<number>((subscriber) => {
      speaker = subscriber;
    });
    const iterator = open(rude);
    const awaited = iterator.next();
    if (state === 'left') await iterator.return?.();
    else speaker?.complete();
    speaker?.next(1);
    speaker?.error(new Error('late'));
    speaker?.complete();
    for (const answer of [awaited, iterator.next(), iterator.next()])
      expect(await answer).toEqual({ done: true, value: undefined });
  });

  it('tells of a teardown that throws, where it is left', async () => {
    const broken = new Observable<number>(() => () => {
      throw new Error('stuck');
    });
    const iterator = open(broken);
    const awaited = iterator.next();
    await expect(iterator.return?.()).rejects.toThrow('stuck');
    expect((await awaited).done).toBe(true);
  });

  it('answers those who ask at once in the order in which they asked', async () => {
    const { source, subject } = studio<number>();
    const iterator = open(source);
    const order: unknown[] = [];
    const asked = [1, 2, 3, 4].map((nth) =>
      iterator.next().then(
        ({ value, done }) => order.push([nth, done ? 'end' : value]),
        (error: Error) => order.push([nth, error.message]),
      ),
    );
    subject.next(10);
    subject.next(20);
    subject.error(new Error('gone'));
    await Promise.all(asked);
    expect(order).toEqual([
      [1, 10],
      [2, 20],
      [3, 'gone'],
      [4, 'end'],
    ]);
  });

  it('gives an error after what waits, once, and then the end', async () => {
    const iterator = open(
      concat(
        of(1, 2, 3),
        throwError(() => new Error('gone')),
      ),
    );
    const { items, error } = await rest(iterator);
    expect(items).toEqual([1, 2, 3]);
    expect(error).toEqual(new Error('gone'));
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('gives promises and undefined as the items that they are', async () => {
    const { items } = await rest(open(of(undefined, null, Promise.resolve(1))));
    expect(items).toEqual([undefined, null, expect.any(Promise)]);
  });

  it('has iterators that can be iterated', async () => {
    const iterator = open(of(1, 2));
    await iterator.next();
    const items: number[] = [];
    for await (const item of iterator) items.push(item);
    expect(items).toEqual([2]);
  });

  it('is another way round of from', async () => {
    expect(await lastValueFrom(from(iterate(range(0, 5))).pipe(toArray()))).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('what waits while its reader is busy', () => {
  it('is the newest live news of each task, where the first of it stood', async () => {
    const { source, say, subject } = studio();
    const iterator = open(source);
    const first = iterator.next();
    say(said('a', 'queued'));
    say(said('a', 'in_progress', 1));
    say(said('b', 'queued'));
    say(said('a', 'in_progress', 2));
    say(event(said('b', 'in_progress', 3)));
    subject.complete();
    expect((await first).value).toEqual(said('a', 'queued'));
    expect((await rest(iterator)).items).toEqual([said('a', 'in_progress', 2), event(said('b', 'in_progress', 3))]);
  });

  it('is news of two tasks where two providers have one id', async () => {
    const [mine, yours] = [said('a', 'queued'), { ...said('a', 'queued'), task: { provider: 'tram', id: 'a' } }];
    expect((await rest(open(of(0, mine, yours)))).items).toEqual([0, mine, yours]);
  });

  it('is never news from before an end in the place of news from after it', async () => {
    const { source, say, subject } = studio();
    const iterator = open(source);
    const first = iterator.next();
    const told = [said('x', 'queued'), said('a', 'queued'), lost('a'), said('a', 'in_progress', 1)] as const;
    for (const news of told) say(news);
    say(said('a', 'in_progress', 2));
    subject.complete();
    await first;
    expect((await rest(iterator)).items).toEqual([told[1], told[2], said('a', 'in_progress', 2)]);
  });

  it('is at most so much, without the oldest live news, and with every end', async () => {
    const { source, say, subject } = studio();
    const iterator = open(source, { maxBuffered: 3 });
    const first = iterator.next();
    say(said('first', 'queued'));
    for (const id of ['a', 'b', 'c', 'd']) say(said(id, 'queued'));
    say(event(said('b', 'failed')));
    say(lost('e'));
    await first;
    say(said('f', 'queued'));
    subject.complete();
    expect((await rest(iterator)).items).toEqual([event(said('b', 'failed')), lost('e'), said('f', 'queued')]);
  });

  it('is every end, when there are more of them than may wait', async () => {
    const ends = Array.from({ length: 50 }, (_, i) => (i % 2 ? lost(`${i}`) : event(said(`${i}`, 'completed'))));
    const { source, say, subject } = studio();
    const iterator = open(source, { maxBuffered: 1 });
    const first = iterator.next();
    for (const end of ends) {
      say(end);
      say(said('live', 'in_progress'));
    }
    subject.complete();
    expect([(await first).value, ...(await rest(iterator)).items]).toEqual(ends);
  });

  it('is no more than may wait of plain values, and then the error that names the option', async () => {
    const { source, counts, say } = studio<number>();
    const iterator = open(source, { maxBuffered: 2 });
    const first = iterator.next();
    for (const n of [1, 2, 3]) say(n);
    expect(counts.left).toBe(0);
    say(4);
    expect(counts.left).toBe(1);
    await first;
    const { items, error } = await rest(iterator);
    expect(items).toEqual([2, 3]);
    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message:
        "iterate.maxBuffered: expected room for all that comes while its reader is busy, or overflow: 'drop-oldest', received 2",
    });
  });

  it('is the newest plain values where the oldest may give way', async () => {
    const { items } = await rest(open(range(0, 100), { maxBuffered: 2, overflow: 'drop-oldest' }));
    expect(items).toEqual([0, 98, 99]);
  });

  it('is plain values before live news', async () => {
    const { items, error } = await rest(
      open(of(0, said('a', 'queued'), 1, said('b', 'queued'), 2), { maxBuffered: 2 }),
    );
    expect({ items, error }).toEqual({ items: [0, 1, 2] });
  });

  it.each([
    ['a status that is none', { task: { provider: 'p', id: 'x' }, status: 'sleeping' }],
    ['a task that is none', { task: 'x', status: 'queued' }],
    ['a kind that is none', { kind: 'progress', task: { provider: 'p', id: 'x' } }],
    ['an event without a snapshot', { kind: 'snapshot', task: { provider: 'p', id: 'x' } }],
    ['no object', 'queued'],
  ])('takes %s for a plain value', async (_, value) => {
    const { items, error } = await rest(open(of(value, value, value, value), { maxBuffered: 2 }));
    expect(items).toEqual([value, value, value]);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('a source that says a million things in one breath', () => {
  const million = 1_000_000;

  it('is stopped at the first plain value too many', async () => {
    let said = 0;
    const { items, error } = await rest(open(range(0, million).pipe(tap(() => said++))));
    expect(items).toHaveLength(1 + iterateDefaults.maxBuffered);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(said).toBe(items.length + 1);
  });

  it('is read whole where that is wanted', async () => {
    let sum = 0;
    for await (const n of iterate(range(0, million), { maxBuffered: Number.POSITIVE_INFINITY })) sum += n;
    expect(sum).toBe((million * (million - 1)) / 2);
  });

  it('leaves its newest values where the oldest may give way', async () => {
    const { items } = await rest(open(range(0, million), { overflow: 'drop-oldest' }));
    expect(items).toEqual([0, ...Array.from({ length: 1_000 }, (_, i) => million - 1_000 + i)]);
  });

  it('leaves one snapshot of a task, and the ends of all', async () => {
    const live = new Observable<ReturnType<typeof said>>((to) => {
      for (let i = 0; i < million; i++) to.next(said('a', 'in_progress', i % 100));
      for (let i = 0; i < 5_000; i++) to.next(said(`${i}`, i % 2 ? 'completed' : 'queued'));
      to.next(said('a', 'completed'));
      to.complete();
    });
    const { items } = await rest(open(live));
    const ends = items.filter(({ status }) => status === 'completed');
    expect(ends.map(({ task }) => task.id)).toEqual([...Array.from({ length: 2_500 }, (_, i) => `${2 * i + 1}`), 'a']);
    expect(items.length - ends.length).toBeLessThanOrEqual(1 + 1_000);
  });
});

describe('the arguments of iterate', () => {
  it.each([
    [{ maxBuffered: 0 }, 'iterate.maxBuffered'],
    [{ maxBuffered: 1.5 }, 'iterate.maxBuffered'],
    [{ maxBuffered: Number.NaN }, 'iterate.maxBuffered'],
    [{ overflow: 'drop-newest' as 'error' }, 'iterate.overflow'],
    [{ highWaterMark: 1 } as object, 'iterate'],
  ])('cannot be %j', (options, named) => {
    expect(() => iterate(of(1), options)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(`${named}: expected`) }),
    );
  });

  it.each([[undefined], [[1, 2]], [{ subscribe: () => undefined }]])(
    'have to begin with an Observable, not %j',
    (source) => {
      expect(() => iterate(source as never)).toThrow('iterate(source): expected an RxJS Observable');
    },
  );
});
