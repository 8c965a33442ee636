import { Duplex } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { tooLarge } from './web-body.js';

type Headers = Readonly<Record<string, string | string[] | undefined>>;
type Controller = Dispatcher.DispatchController;
type Chunk = Uint8Array<ArrayBuffer>;

/** An answer before its body. */
export interface Head {
  readonly status: number;
  header(name: string): string | null;
}

/** What takes a body as it comes. */
export interface Sink {
  data(chunk: Chunk): void;
  end(): void;
  fail(error: Error): void;
}

/** Hears the answer to one request. A request that undici would send anew, on another connection, fails instead. */
export class Reception implements Dispatcher.DispatchHandler {
  readonly #begin: (head: Head, controller: Controller) => Sink;
  readonly #fail: (error: Error) => void;
  #isSent = false;
  #sink: Sink | undefined;

  constructor(begin: (head: Head, controller: Controller) => Sink, fail: (error: Error) => void) {
    this.#begin = begin;
    this.#fail = fail;
  }

  onRequestStart(controller: Controller): void {
    if (this.#isSent) controller.abort(new Error('the connection was lost before the answer'));
    this.#isSent = true;
  }

  onResponseStart(controller: Controller, status: number, headers: Headers): void {
    if (status >= 200) this.#sink = this.#begin(headOf(status, headers), controller);
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    this.#sink?.data(chunk as Chunk);
  }

  onResponseEnd(): void {
    this.#sink?.end();
  }

  onResponseError(_: Controller, error: Error): void {
    if (this.#sink) this.#sink.fail(firstOf(error));
    else this.#fail(firstOf(error));
  }
}

function headOf(status: number, headers: Headers): Head {
  return {
    status,
    header(name) {
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
      return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
    },
  };
}

/** An attempt at several addresses fails with all their errors, and no words of its own. */
function firstOf(error: Error): Error {
  return error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
}

/** A body that is read whole, up to a cap. */
export class WholeBody implements Sink {
  readonly #chunks: Chunk[] = [];
  #size = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly tell: (text: string) => void,
    readonly fail: (error: Error) => void,
  ) {}

  data(chunk: Chunk): void {
    this.#size += chunk.byteLength;
    if (this.#size <= this.maxBytes) this.#chunks.push(chunk);
    else this.fail(tooLarge(this.maxBytes));
  }

  end(): void {
    if (!(this.#size <= this.maxBytes)) return;
    const [only, ...more] = this.#chunks;
    this.tell(utf8.decode(only && more.length === 0 ? only : Buffer.concat(this.#chunks)));
  }
}

const utf8 = new TextDecoder();

/** A body as a stream that holds its server back to the speed of its reader. */
export class StreamedBody implements Sink {
  readonly stream: ReadableStream<Chunk>;
  #reader!: ReadableStreamDefaultController<Chunk>;

  /** @param leave - Told, once, when nothing more will come, and whether all had come. */
  constructor(
    private readonly controller: Controller,
    private readonly leave: (isWhole: boolean) => void,
  ) {
    this.stream = new ReadableStream<Chunk>(
      {
        start: (reader) => {
          this.#reader = reader;
        },
        pull: () => controller.resume(),
        cancel: () => leave(false),
      },
      { highWaterMark: 65_536, size: ({ byteLength }) => byteLength },
    );
  }

  data(chunk: Chunk): void {
    this.#reader.enqueue(chunk);
    if ((this.#reader.desiredSize ?? 0) <= 0) this.controller.pause();
  }

  end(): void {
    this.#reader.close();
    this.leave(true);
  }

  fail(error: Error): void {
    this.#reader.error(error);
    this.leave(false);
  }
}

/** Whether a body comes packed. Nobody asked for that, but some servers do it all the same. */
export function isPacked(head: Head): boolean {
  return unpacker(head) !== undefined;
}

/** A body as its server had it before it packed it; as it is where it did not, or in no way that is known. */
export function unpacked(head: Head, stream: ReadableStream<Chunk>): ReadableStream<Chunk> {
  const unpack = unpacker(head);
  return unpack ? stream.pipeThrough(Duplex.toWeb(unpack()) as unknown as ReadableWritablePair<Chunk, Chunk>) : stream;
}

function unpacker(head: Head): (() => Duplex) | undefined {
  return unpackers.get(head.header('content-encoding')?.toLowerCase() ?? '');
}

const unpackers: ReadonlyMap<string, () => Duplex> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);
