import { defer, EMPTY, type Observable, repeat, Subscription, tap, timer } from 'rxjs';
import type { RushesError } from '../../errors.js';
import { retryTransient } from '../../operators/retry-transient.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { taskKey } from '../../task/ref.js';
import { isTerminal } from '../../task/snapshot.js';
import { type ConnectionListener, connect, RefusedTogether, tryOut } from './connect.js';
import type { GatewayCalls } from './gateway-calls.js';
import { remoteDefaults } from './remote-options.js';
import { type Sifted, sift } from './sift.js';
import type { Watcher } from './watcher.js';

/** What a line tells of itself. */
export interface LineEvents {
  /** It was opened, or could not be at once: nobody need wait for it any more. */
  settled(): void;
  /** It is about to have its last word: whoever else carries it need not any more. */
  released(watcher: Watcher): void;
  /** It is closed, since its tasks are refused together, but not so many at once. */
  apart(watchers: readonly Watcher[], mostTasks: number): void;
  closed(line: Line): void;
}

/**
 * The news of some tasks over one connection after the other, until each has ended or has been left. A line carries the
 * watchers it was made with: who comes later gets another, or one that takes the place of this.
 */
export class Line implements ConnectionListener {
  /** Nobody knows yet whether it can be opened. */
  isOpening = true;
  /** The gateway has let it in, and the connection stands as far as anybody knows. */
  isConnected = false;
  openedMs = Number.NEGATIVE_INFINITY;

  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #subscription = new Subscription();
  #isSuperseded = false;
  #lastId: string | undefined;
  #asked = 0;
  #left = 0;
  #briefly = 0;

  constructor(
    private readonly gateway: GatewayCalls,
    watchers: Iterable<Watcher>,
    private readonly predecessors: readonly Line[],
    private readonly events: LineEvents,
  ) {
    for (const watcher of watchers) {
      this.#watchers.set(watcher.key, (this.#watchers.get(watcher.key) ?? new Set()).add(watcher));
    }
  }

  get watchers(): Watcher[] {
    return [...this.#watchers.values()].flatMap((ofTask) => [...ofTask]);
  }

  /** How many tasks it carries. */
  get size(): number {
    return this.#watchers.size;
  }

  /** Whether most of what the gateway sends is for nobody. */
  get isDeserted(): boolean {
    return this.#left * 2 > this.#asked;
  }

  open(): void {
    const { retry, random, requestTimeoutMs, silenceMs, waits } = this.gateway.settings;
    const lasting = defer(() => this.#connect()).pipe(
      repeat({ delay: () => this.#pause() }),
      tap({ error: () => this.#settle() }),
      retryTransient({
        ...retry,
        random,
        attemptMs: requestTimeoutMs + silenceMs,
        scheduler: waits.wakeable,
        pauseScheduler: waits,
      }),
    );
    this.#subscription.add(
      lasting.subscribe({
        error: (error: RushesError | RefusedTogether) => this.#fail(error),
        complete: () => this.close(),
      }),
    );
  }

  /** Lets a watcher go. @param isEnded - It has had its last word, so that the gateway, too, is done with its task. */
  drop(watcher: Watcher, isEnded: boolean): void {
    const ofTask = this.#watchers.get(watcher.key);
    if (!ofTask?.delete(watcher) || ofTask.size > 0) return;
    this.#watchers.delete(watcher.key);
    if (!isEnded) this.#left++;
    if (this.#watchers.size === 0) this.close();
  }

  /** Another line is to take its place: until that is settled, it goes on for as long as its connection stands. */
  supersede(): void {
    this.#isSuperseded = true;
    if (!this.isConnected) this.close();
  }

  get isSuperseded(): boolean {
    return this.#isSuperseded;
  }

  close(): void {
    if (this.#subscription.closed) return;
    this.#subscription.unsubscribe();
    this.events.closed(this);
  }

  opened(): void {
    this.isConnected = true;
    this.openedMs = this.gateway.settings.waits.now();
    this.#settle();
  }

  heard(event: TaskEvent): void {
    for (const watcher of [...(this.#watchers.get(taskKey(event.task)) ?? [])]) {
      if (event.kind === 'lost') this.#lose(watcher, event.error);
      else {
        if (isTerminal(event.snapshot)) this.events.released(watcher);
        watcher.next(event.snapshot);
      }
    }
  }

  reached(id: string | undefined): void {
    this.#lastId = id;
  }

  #connect(): Observable<unknown> {
    const tasks = [...this.#watchers.values()].flatMap(([first]) => (first ? [first.task] : []));
    this.#asked = tasks.length;
    this.#left = 0;
    const over = () => {
      this.isConnected = false;
    };
    return connect(this.gateway, tasks, this.#lastId, this).pipe(tap({ error: over, complete: over }));
  }

  /** A connection that was closed in good order is made anew soon; many short ones after each other ever later. */
  #pause(): Observable<unknown> {
    if (this.#isSuperseded) return EMPTY;
    const { retry, random, waits } = this.gateway.settings;
    const briefMs = Math.min(this.gateway.settings.silenceMs, remoteDefaults.silenceMs);
    this.#briefly = waits.now() - this.openedMs < briefMs ? this.#briefly : 0;
    const mostMs = Math.min(retry.initialMs * 2 ** Math.min(this.#briefly++, 50), retry.maxMs);
    return timer(random() * mostMs, waits.wakeable);
  }

  /** Open or in trouble: whoever waits for this line, or holds its place, does so no more. */
  #settle(): void {
    for (const predecessor of this.predecessors) predecessor.close();
    if (this.#isSuperseded && !this.isConnected) this.close();
    if (!this.isOpening) return;
    this.isOpening = false;
    this.events.settled();
  }

  #fail(error: RushesError | RefusedTogether): void {
    const isTogether = error instanceof RefusedTogether;
    if (isTogether && this.size > 1) this.#sift();
    else for (const watcher of this.watchers) this.#lose(watcher, isTogether ? error.error : error);
  }

  #sift(): void {
    this.isOpening = true;
    const { retry, random, requestTimeoutMs, waits } = this.gateway.settings;
    const patiently = retryTransient<RushesError | undefined>({
      ...retry,
      random,
      attemptMs: requestTimeoutMs,
      scheduler: waits.wakeable,
      pauseScheduler: waits,
    });
    const tasks = this.watchers.map(({ task }) => task);
    const unique = [...new Map(tasks.map((task) => [taskKey(task), task])).values()];
    const sifting = sift(unique, (part) => tryOut(this.gateway, part).pipe(patiently));
    this.#subscription.add(
      sifting.subscribe({
        next: (sifted) => this.#goOn(sifted),
        error: (error: RushesError) => this.#fail(error),
      }),
    );
  }

  #goOn({ refused, mostTasks }: Sifted): void {
    for (const { task, error } of refused) {
      for (const watcher of [...(this.#watchers.get(taskKey(task)) ?? [])]) this.#lose(watcher, error);
    }
    if (this.#subscription.closed) return;
    if (mostTasks !== undefined) {
      const { watchers } = this;
      this.close();
      this.events.apart(watchers, mostTasks);
    } else if (refused.length > 0) this.open();
    else {
      // The refusal has passed, and may come back; that it comes and goes must not be a loop.
      this.openedMs = this.gateway.settings.waits.now();
      this.#settle();
      this.#subscription.add(this.#pause().subscribe(() => this.open()));
    }
  }

  #lose(watcher: Watcher, error: RushesError): void {
    this.events.released(watcher);
    watcher.error(error);
  }
}
