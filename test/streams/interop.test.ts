import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream as NodeReadableStream, type ReadableStream as WebStream } from 'node:stream/web';
import { concat, of, range, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { iterate, toReadableStream } from '../../src/streams/index.js';
import { event, said, studio } from './told.js';

/** A sink that takes one item at each call of `takeOne`, and no other. */
function slowSink() {
  const written: unknown[] = [];
  let done: (() => void) | undefined;
  const sink = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write: (item, _, callback) => {
      written.push(item);
      done = callback;
    },
  });
  const takeOne = () => {
    const callback = done;
    done = undefined;
    callback?.();
  };
  return { sink, written, takeOne };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await turn();
};

const asReadables = [
  ['Readable.from(iterate(…))', <T>(source: Parameters<typeof iterate<T>>[0]) => Readable.from(iterate(source, room))],
  [
    'Readable.fromWeb(toReadableStream(…))',
    <T>(source: Parameters<typeof iterate<T>>[0]) =>
      Readable.fromWeb(toReadableStream(source, room) as WebStream<T>, { objectMode: true, highWaterMark: 1 }),
  ],
] as const;
const room = { maxBuffered: 4 };

describe.each(asReadables)('a pipeline of Node, from %s', (_, readable) => {
  it('gives all and ends', async () => {
    const written: unknown[] = [];
    await pipeline(readable(range(1, 5)), async (items: AsyncIterable<unknown>) => {
      for await (const item of items) written.push(item);
    });
    expect(written).toEqual([1, 2, 3, 4, 5]);
  });

  it('is given the error of the source after what came before', async () => {
    const written: unknown[] = [];
    const failing = concat(
      of(1, 2),
      throwError(() => new Error('gone')),
    );
    const consumed = pipeline(readable(failing), async (items: AsyncIterable<unknown>) => {
      for await (const item of items) written.push(item);
    });
    await expect(consumed).rejects.toThrow('gone');
    expect(written).toEqual([1, 2]);
  });

  it('that breaks in the middle leaves the source', async () => {
    const { source, counts, say, subject } = studio<number>();
    const breaking = new Transform({
      objectMode: true,
      transform: (_, __, callback) => callback(new Error('no room')),
    });
    const consumed = pipeline(readable(source), breaking, slowSink().sink).catch((error: Error) => error.message);
    await expect.poll(() => subject.observed).toBe(true);
    say(1);
    expect(await consumed).toBe('no room');
    await expect.poll(() => counts).toEqual({ subscribed: 1, left: 1 });
  });

  it('that is aborted leaves the source while it is silent', async () => {
    const { source, counts, subject } = studio<number>();
    const abort = new AbortController();
    const consumed = pipeline(readable(source), slowSink().sink, { signal: abort.signal }).catch((error) => error.name);
    await expect.poll(() => subject.observed).toBe(true);
    abort.abort();
    expect(await consumed).toBe('AbortError');
    await expect.poll(() => counts).toEqual({ subscribed: 1, left: 1 });
  });

  it('whose sink is slow is held up, and is given the newest and the ends', async () => {
    const { source, say, subject } = studio<object>();
    const { sink, written, takeOne } = slowSink();
    const consumed = pipeline(readable(source), sink);
    await expect.poll(() => subject.observed).toBe(true);
    for (let progress = 0; progress < 100; progress++) {
      say(said('a', 'in_progress', progress));
      await turn();
    }
    const end = event(said('a', 'completed'));
    say(end);
    subject.complete();
    await turns(10);
    expect(written).toHaveLength(1);
    let isDone = false;
    consumed.then(() => {
      isDone = true;
    });
    while (!isDone) {
      takeOne();
      await turn();
    }
    // Node's own streams hold a few; of the hundred, all others were replaced by newer ones.
    expect(written.length).toBeLessThan(10);
    expect(written.slice(-2)).toEqual([said('a', 'in_progress', 99), end]);
  });
});

describe('web streams', () => {
  it('are made of the iterable by the runtime as well', async () => {
    const items: number[] = [];
    for await (const item of NodeReadableStream.from(iterate(range(0, 3)))) items.push(item);
    expect(items).toEqual([0, 1, 2]);
  });

  it('made by the runtime leave the source when they are cancelled', async () => {
    const { source, counts, subject } = studio<number>();
    const reader = NodeReadableStream.from(iterate(source)).getReader();
    const read = reader.read();
    await expect.poll(() => subject.observed).toBe(true);
    await reader.cancel();
    expect(await read).toEqual({ done: true, value: undefined });
    expect(counts).toEqual({ subscribed: 1, left: 1 });
  });

  it('leave the source when a transform breaks', async () => {
    const { source, counts, say, subject } = studio<number>();
    const breaking = new TransformStream<number, number>({
      transform: () => {
        throw new Error('no room');
      },
    });
    const piped = toReadableStream(source).pipeThrough(breaking).pipeTo(new WritableStream());
    const outcome = piped.catch((error: Error) => error.message);
    await expect.poll(() => subject.observed).toBe(true);
    say(1);
    expect(await outcome).toBe('no room');
    await expect.poll(() => counts).toEqual({ subscribed: 1, left: 1 });
  });

  it('leave the source when their sink breaks or their pipe is aborted', async () => {
    for (const way of ['sink', 'signal']) {
      const { source, counts, say, subject } = studio<number>();
      const abort = new AbortController();
      const sink = new WritableStream({ write: () => Promise.reject(new Error('full')) });
      const outcome = toReadableStream(source)
        .pipeTo(sink, { signal: abort.signal })
        .catch((error: Error) => error.message);
      await expect.poll(() => subject.observed).toBe(true);
      if (way === 'sink') say(1);
      else abort.abort(new Error('enough'));
      expect(await outcome).toBe(way === 'sink' ? 'full' : 'enough');
      await expect.poll(() => counts).toEqual({ subscribed: 1, left: 1 });
    }
  });

  it('are the body of a Response, a line for each item', async () => {
    const lines = new TransformStream<object, string>({
      transform: (item, to) => to.enqueue(`${JSON.stringify(item)}\n`),
    });
    const body = toReadableStream(of({ n: 1 }, { n: 2 }))
      .pipeThrough(lines)
      .pipeThrough(new TextEncoderStream());
    expect(await new Response(body).text()).toBe('{"n":1}\n{"n":2}\n');
  });
});
