import { type Observable, type SchedulerLike, Subscription, timer } from 'rxjs';

/** What the bytes of a video on their way to a viewer are held to. */
export interface ContentBodySettings {
  readonly stallTimeoutMs: number;
  readonly maxStreamMs: number;
  readonly scheduler: SchedulerLike;
  /** Breaks the body when it emits. */
  readonly closing: Observable<unknown>;
  /** The body is over, whichever way. */
  readonly onOver: () => void;
}

/** `start`, then the rest of `source`, read no faster than the viewer reads; a viewer who stops reading is let go. */
export function contentBody(
  start: Uint8Array,
  source: ReadableStreamDefaultReader<Uint8Array>,
  settings: ContentBodySettings,
): ReadableStream<Uint8Array> {
  return new ReadableStream(new ContentBody(start, source, settings), { highWaterMark: 0 });
}

class ContentBody implements UnderlyingDefaultSource<Uint8Array> {
  readonly #running = new Subscription();
  #start: Uint8Array | undefined;
  #stall: Subscription | undefined;
  #isOver = false;

  constructor(
    start: Uint8Array,
    private readonly source: ReadableStreamDefaultReader<Uint8Array>,
    private readonly settings: ContentBodySettings,
  ) {
    this.#start = start.length > 0 ? start : undefined;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { closing, maxStreamMs, scheduler } = this.settings;
    const breakOff = (reason: string) => () => this.#fail(controller, new Error(reason));
    this.#running.add(closing.subscribe(breakOff('the video is no longer shown')));
    this.#running.add(timer(maxStreamMs, scheduler).subscribe(breakOff('the video took too long')));
    this.#watchForStall(controller);
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#stall?.unsubscribe();
    try {
      const value = this.#start ?? (await this.source.read()).value;
      this.#start = undefined;
      if (this.#isOver) return;
      if (value) {
        controller.enqueue(value);
        this.#watchForStall(controller);
        return;
      }
      this.#leave();
      controller.close();
    } catch (error) {
      this.#fail(controller, error);
    }
  }

  cancel(reason?: unknown): void {
    this.#leave();
    // It is the viewer who does not want it any more: how the other side takes that is of no concern.
    this.source.cancel(reason).catch(() => undefined);
  }

  #watchForStall(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { stallTimeoutMs, scheduler } = this.settings;
    if (this.#isOver) return;
    this.#stall = timer(stallTimeoutMs, scheduler).subscribe(() =>
      this.#fail(controller, new Error(`the viewer took nothing for ${stallTimeoutMs} ms`)),
    );
  }

  #fail(controller: ReadableStreamDefaultController<Uint8Array>, error: unknown): void {
    if (this.#isOver) return;
    this.cancel(error);
    controller.error(error);
  }

  #leave(): void {
    this.#isOver = true;
    this.#running.unsubscribe();
    this.#stall?.unsubscribe();
    this.settings.onOver();
  }
}
