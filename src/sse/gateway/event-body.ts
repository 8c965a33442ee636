import { type Observable, type SchedulerLike, Subscription, timer } from 'rxjs';
import { aboutTask, isRushesError, RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import { isTerminal, type Snapshot } from '../../task/snapshot.js';
import { Wording } from './wording.js';

/** How a stream of events is told. */
export interface EventBodySettings {
  /** The snapshots of one task or the events of many; where nobody says it, the first of the news does. */
  readonly form: 'one' | 'many' | undefined;
  /** Whom it is about, where that is known before anything is said. */
  readonly tasks: readonly TaskRef[] | undefined;
  readonly project: (snapshot: Snapshot) => Snapshot;
  readonly heartbeatMs: number;
  readonly stallTimeoutMs: number;
  readonly maxStreamMs: number;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  readonly signal: AbortSignal | undefined;
  /** Closes the stream, without an `end`, when it emits. */
  readonly closing: Observable<unknown>;
  /** What the viewer must not learn. */
  readonly report: (error: unknown) => void;
  /** The stream is over, whichever way. */
  readonly onOver: () => void;
}

const encoder = new TextEncoder();

/**
 * The news of one task (snapshots) or of many (task events) as server-sent events, written when the viewer takes them.
 * What waits is at most the latest of each task: a live snapshot gives way to the next one, an end to nothing.
 */
export function eventBody(
  news: Observable<Snapshot | TaskEvent>,
  settings: EventBodySettings,
): ReadableStream<Uint8Array> {
  return new ReadableStream(new EventBody(news, settings), { highWaterMark: 0 });
}

class EventBody implements UnderlyingDefaultSource<Uint8Array> {
  readonly #wording: Wording;
  readonly #waiting = new Map<string, TaskEvent>();
  readonly #listening = new Subscription();
  /** What can end the stream at any time: also while its last words wait to be read. */
  readonly #guarding = new Subscription();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #heartbeat: Subscription | undefined;
  #stall: Subscription | undefined;
  #text: string;
  /** What is said after all that waits. */
  #farewell = '';
  #isWanted = false;
  #form: 'one' | 'many' | undefined;
  #state: 'open' | 'ending' | 'closing' | 'over' = 'open';

  constructor(
    private readonly news: Observable<Snapshot | TaskEvent>,
    private readonly settings: EventBodySettings,
  ) {
    this.#form = settings.form;
    this.#wording = new Wording(settings.tasks, settings.project);
    // Viewers that lost their connection together do not come back together.
    this.#text = `retry: ${Math.round(1_000 + 3_000 * settings.random())}\n\n`;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { signal, maxStreamMs, random, scheduler, closing } = this.settings;
    this.#controller = controller;
    const leave = () => this.cancel();
    signal?.addEventListener('abort', leave, { once: true });
    this.#guarding.add(() => signal?.removeEventListener('abort', leave));
    if (signal?.aborted) {
      leave();
      return;
    }
    this.#guarding.add(closing.subscribe(leave));
    if (this.#state !== 'open') return;
    this.#listening.add(timer(maxStreamMs * (1 - 0.2 * random()), scheduler).subscribe(() => this.#finish('closing')));
    this.#listening.add(
      this.news.subscribe({
        next: (item) => this.#hear(item),
        error: (error: unknown) => this.#lose(error),
        complete: () => this.#complete(),
      }),
    );
    this.#flush();
  }

  pull(): void {
    this.#isWanted = true;
    this.#stall?.unsubscribe();
    this.#stall = undefined;
    this.#flush();
  }

  cancel(): void {
    if (this.#state === 'over') return;
    this.#leave();
    try {
      this.#controller?.close();
    } catch {
      // It is closed already where the viewer cancelled it.
    }
  }

  #hear(item: Snapshot | TaskEvent): void {
    if (this.#state !== 'open') return;
    this.#form ??= 'kind' in item ? 'many' : 'one';
    const isOne = this.#form === 'one';
    const event: TaskEvent = 'kind' in item ? item : { kind: 'snapshot', task: item.task, snapshot: item };
    if (isOne && event.kind === 'lost') {
      this.#lose(event.error);
      return;
    }
    const key = taskKey(event.task);
    this.#waiting.delete(key);
    this.#waiting.set(key, event);
    if (isOne && event.kind === 'snapshot' && isTerminal(event.snapshot)) this.#finish('ending');
    else this.#flush();
  }

  #complete(): void {
    if (this.#form === 'many') this.#finish('ending');
    else this.#lose(new RushesError('SOURCE_ENDED', 'the source ended before the task did', { retryable: true }));
  }

  /** Of one task it is news; of many, each has its own, and this is the failure of what gathers them. */
  #lose(error: unknown): void {
    if (this.#state !== 'open') return;
    const { tasks, report } = this.settings;
    if (this.#form === 'many') {
      report(error);
      this.#finish(tasks ? 'ending' : 'closing');
      return;
    }
    const task = (isRushesError(error) ? error.task : undefined) ?? tasks?.[0];
    if (!isRushesError(error)) report(error);
    this.#farewell = this.#wording.lost(task ? aboutTask(asRushesError(error), task) : asRushesError(error), task);
    this.#finish('closing');
  }

  #finish(how: 'ending' | 'closing'): void {
    if (this.#state !== 'open') return;
    this.#state = how;
    this.#listening.unsubscribe();
    this.#heartbeat?.unsubscribe();
    this.#flush();
  }

  #flush(): void {
    if (this.#state === 'over' || !this.#controller) return;
    if (!this.#isWanted) {
      this.#watchForStall();
      return;
    }
    const text = this.#take();
    if (text === undefined) return;
    if (text !== '') {
      this.#isWanted = false;
      this.#controller.enqueue(encoder.encode(text));
      this.#beatLater();
    }
    if (this.#state !== 'open') this.cancel();
  }

  /** What is to be written now; `undefined` when it cannot be said. */
  #take(): string | undefined {
    try {
      for (const event of this.#waiting.values()) {
        const isSole = this.#form === 'one' && event.kind === 'snapshot';
        this.#text += isSole ? this.#wording.snapshot(event.snapshot) : this.#wording.event(event);
      }
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
    this.#waiting.clear();
    const isEnd = this.#state === 'ending' && (this.#form === 'one' || this.#wording.hasToldAllEnds);
    const text = this.#text + (isEnd ? 'event: end\ndata: {}\n\n' : this.#farewell);
    this.#text = '';
    return text;
  }

  #beatLater(): void {
    const { heartbeatMs, scheduler } = this.settings;
    this.#heartbeat?.unsubscribe();
    this.#heartbeat = timer(heartbeatMs, scheduler).subscribe(() => {
      this.#text = ':\n\n';
      this.#flush();
    });
  }

  /** Whoever flushes has something to say. */
  #watchForStall(): void {
    const { stallTimeoutMs, scheduler } = this.settings;
    this.#stall ??= timer(stallTimeoutMs, scheduler).subscribe(() =>
      this.#end(new Error(`the viewer took nothing for ${stallTimeoutMs} ms`)),
    );
  }

  #fail(error: unknown): void {
    this.settings.report(error);
    this.#end(new Error('the stream failed'));
  }

  #end(error: Error): void {
    if (this.#state === 'over') return;
    this.#leave();
    this.#controller?.error(error);
  }

  #leave(): void {
    this.#state = 'over';
    this.#listening.unsubscribe();
    this.#guarding.unsubscribe();
    this.#heartbeat?.unsubscribe();
    this.#stall?.unsubscribe();
    this.#waiting.clear();
    this.#text = '';
    this.settings.onOver();
  }
}

function asRushesError(error: unknown): RushesError {
  return isRushesError(error) ? error : new RushesError('UNAVAILABLE', 'the source of the task failed');
}
