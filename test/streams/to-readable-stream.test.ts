import { concat, of, range, throwError } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toReadableStream } from '../../src/streams/index.js';
import { event, lost, said, studio } from './told.js';

async function readAll<T>(stream: ReadableStream<T>): Promise<{ items: T[]; error?: unknown }> {
  const items: T[] = [];
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) items.push(part.value);
    return { items };
  } catch (error) {
    return { items, error };
  }
}

describe('toReadableStream', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  beforeAll(() => void process.on('unhandledRejection', note));
  afterAll(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('gives what the source says, and ends with it', async () => {
    expect(await readAll(toReadableStream(of(1, 2, 3)))).toEqual({ items: [1, 2, 3] });
  });

  it('subscribes when it is first read', async () => {
    const { source, counts, say } = studio<number>();
    const stream = toReadableStream(source);
    const reader = stream.getReader();
    await new Promise((resolve) => setImmediate(resolve));
    expect(counts.subscribed).toBe(0);
    const read = reader.read();
    expect(counts.subscribed).toBe(1);
    say(1);
    expect(await read).toEqual({ done: false, value: 1 });
    await reader.cancel();
  });

  it('unsubscribes at once when it is cancelled, also while a read waits', async () => {
    const { source, counts, say, subject } = studio<number>();
    const reader = toReadableStream(source).getReader();
    const read = reader.read();
    await expect.poll(() => subject.observed).toBe(true);
    const cancelled = reader.cancel('enough');
    expect(counts.left).toBe(1);
    await cancelled;
    expect(await read).toEqual({ done: true, value: undefined });
    say(1);
    expect(await reader.read()).toEqual({ done: true, value: undefined });
  });

  it('gives nothing that came in the breath in which it was cancelled', async () => {
    const { source, counts, say, subject } = studio<number>();
    const reader = toReadableStream(source).getReader();
    const read = reader.read();
    await expect.poll(() => subject.observed).toBe(true);
    say(1);
    await reader.cancel();
    expect(await read).toEqual({ done: true, value: undefined });
    expect(counts.left).toBe(1);
  });

  it('that is cancelled before it is read never subscribes', async () => {
    const { source, counts } = studio<number>();
    await toReadableStream(source).cancel();
    expect(counts.subscribed).toBe(0);
  });

  it('errors after all that waits', async () => {
    const { items, error } = await readAll(
      toReadableStream(
        concat(
          of(1, 2),
          throwError(() => new Error('gone')),
        ),
      ),
    );
    expect(items).toEqual([1, 2]);
    expect(error).toEqual(new Error('gone'));
  });

  it('errors when more plain values wait than may, in its own name', async () => {
    const { items, error } = await readAll(toReadableStream(range(0, 1_000_000), { maxBuffered: 2 }));
    expect(items).toEqual([0, 1, 2]);
    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/^toReadableStream\.maxBuffered: /),
    });
  });

  it('holds nothing itself: what waits while a slow sink is busy is the newest, and every end', async () => {
    const { source, say, subject } = studio<object>();
    const written: object[] = [];
    const free: (() => void)[] = [];
    const sink = new WritableStream<object>({
      write: (item) => {
        written.push(item);
        return new Promise((resolve) => free.push(resolve));
      },
    });
    const piped = toReadableStream(source, { maxBuffered: 2 }).pipeTo(sink);
    await expect.poll(() => subject.observed).toBe(true);
    say(said('a', 'queued'));
    await expect.poll(() => written.length).toBe(1);
    for (let progress = 1; progress <= 50; progress++) say(said('a', 'in_progress', progress));
    for (const id of ['b', 'c', 'd']) say(event(said(id, 'completed')));
    say(lost('e'));
    say(said('f', 'queued'));
    subject.complete();
    const pumping = setInterval(() => free.shift()?.(), 1);
    await piped;
    clearInterval(pumping);
    expect(written).toEqual([
      said('a', 'queued'),
      event(said('b', 'completed')),
      event(said('c', 'completed')),
      event(said('d', 'completed')),
      lost('e'),
    ]);
  });

  it('checks its arguments at the call', () => {
    expect(() => toReadableStream(of(1), { maxBuffered: 0 })).toThrow('toReadableStream.maxBuffered: expected');
    expect(() => toReadableStream([] as never)).toThrow('toReadableStream(source): expected an RxJS Observable');
  });
});
