import { firstValueFrom, from, type SchedulerLike, throwError, timeout } from 'rxjs';
import { RushesError } from '../errors.js';
import { asDownloadFailed, downloadFailed } from './download-failed.js';

/** What a body is held to. */
export interface GuardOptions {
  /** How many bytes it has to have; `undefined` where nobody knows. */
  readonly announced: number | undefined;
  /** How long a wait for its next byte may take; a reader that takes its time costs nothing. */
  readonly stallTimeoutMs: number;
  readonly scheduler: SchedulerLike;
  /** Aborting ends it at once, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A body that ended, but not where it was announced to: its bytes may be wrong as well. */
export class WrongLength extends RushesError<'DOWNLOAD_FAILED'> {
  constructor(what: string, details?: { readonly retryable: boolean }) {
    super('DOWNLOAD_FAILED', `the body of the answer has ${what}`, details);
  }
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A body that always ends: it errors with `DOWNLOAD_FAILED` when it stalls, breaks, or has not as many bytes as were
 * announced. It is read no faster than its reader reads, and lets its connection go whichever way it ends.
 */
export function guardedBody(body: ReadableStream<Uint8Array>, options: GuardOptions): ReadableStream<Uint8Array> {
  return new ReadableStream(new Guard(body, options), { highWaterMark: 0 });
}

class Guard implements UnderlyingDefaultSource<Uint8Array> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #options: GuardOptions;
  #received = 0;
  #abort = (): void => undefined;

  constructor(body: ReadableStream<Uint8Array>, options: GuardOptions) {
    this.#reader = body.getReader();
    this.#options = options;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { signal } = this.#options;
    this.#abort = () => {
      controller.error(signal?.reason);
      this.cancel(signal?.reason);
    };
    if (signal?.aborted) this.#abort();
    else signal?.addEventListener('abort', this.#abort, { once: true });
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { announced, signal } = this.#options;
    try {
      const { done, value } = await this.#next();
      if (signal?.aborted) return;
      this.#received += value?.byteLength ?? 0;
      if (announced !== undefined && this.#received > announced)
        throw new WrongLength(`more than the ${announced} bytes that were announced`);
      if (!done) return controller.enqueue(value);
      if (announced !== undefined && this.#received < announced) {
        throw new WrongLength(`only ${this.#received} of ${announced} bytes`, { retryable: true });
      }
      this.#letGo();
      controller.close();
    } catch (error) {
      if (signal?.aborted) return;
      this.cancel(error);
      controller.error(error instanceof WrongLength ? error : asDownloadFailed(error));
    }
  }

  cancel(reason?: unknown): void {
    this.#letGo();
    this.#reader.cancel(reason).catch(() => undefined);
  }

  #letGo(): void {
    this.#options.signal?.removeEventListener('abort', this.#abort);
  }

  #next(): Promise<ReadableStreamReadResult<Uint8Array>> {
    const { stallTimeoutMs, scheduler } = this.#options;
    const stalled = () => downloadFailed(`no byte of the video came for ${stallTimeoutMs} ms`, { retryable: true });
    const first = Math.min(stallTimeoutMs, LONGEST_TIMER_MS);
    return firstValueFrom(
      from(this.#reader.read()).pipe(timeout({ first, with: () => throwError(stalled), scheduler })),
    );
  }
}
