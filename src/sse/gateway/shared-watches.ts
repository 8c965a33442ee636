import {
  catchError,
  defer,
  merge,
  type Observable,
  of,
  ReplaySubject,
  retry,
  type SchedulerLike,
  type Subscription,
  share,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import type { Client } from '../../client.js';
import { isRushesError, RushesError } from '../../errors.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';

/** How long tasks are held, and how many. */
export interface SharedWatchesSettings {
  readonly client: Pick<Client, 'watch'>;
  readonly lingerMs: number;
  readonly rememberMs: number;
  readonly limits: { readonly tasks: number; readonly tasksPerPrincipal: number };
  readonly scheduler: SchedulerLike;
  /** The gateway closes: nothing is held any longer. */
  readonly closed: Observable<unknown>;
}

/** A principal's part in a task. */
interface Hold {
  viewers: number;
  release?: Subscription;
}

/** A task that is watched, or was until just now. */
interface SharedTask {
  readonly task: TaskRef;
  readonly snapshots: Observable<Snapshot>;
  /** By principal; all whom nobody tells apart are one. */
  readonly holds: Map<string | undefined, Hold>;
  /** When the present watch began. */
  sinceMs: number;
  isRemembered: boolean;
}

/**
 * One watch of each task for all viewers, on whichever route. It goes on for `lingerMs` after the last one has left, so
 * that a reconnect costs no poll; how a task ended, or that there is none, is remembered for `rememberMs`. Whatever is
 * held or remembered counts for those who asked for it, so that nobody can have endless ids asked about.
 */
export class SharedWatches {
  readonly #tasks = new Map<string, SharedTask>();
  readonly #byPrincipal = new Map<string, number>();

  constructor(private readonly settings: SharedWatchesSettings) {}

  /**
   * Makes room for a viewer of `tasks`, and gives how it leaves; or says whose limit they would go beyond. What is known
   * or watched already takes no further room. Without a principal only the total counts.
   */
  enter(tasks: readonly TaskRef[], principal: string | undefined): (() => void) | 'principal' | 'all' {
    const { limits } = this.settings;
    const known = tasks.map((task) => this.#tasks.get(taskKey(task)));
    if (principal !== undefined) {
      const own = this.#byPrincipal.get(principal) ?? 0;
      const newToIt = known.filter((shared) => !shared?.holds.has(principal)).length;
      if (newToIt > 0 && own + newToIt > limits.tasksPerPrincipal) return 'principal';
    }
    const newToAll = known.filter((shared) => shared === undefined).length;
    if (newToAll > 0 && this.#tasks.size + newToAll > limits.tasks) return 'all';
    const leaving = tasks.map((task) => this.#hold(this.#shared(task), principal));
    return () => {
      for (const leave of leaving.splice(0)) leave();
    };
  }

  /**
   * The snapshots of `task`, as `client.watch` gives them, for a viewer who has entered. The deadline of the watch is that
   * of its first viewer: whoever came later goes on with a new one.
   */
  watch(task: TaskRef): Observable<Snapshot> {
    return defer(() => {
      const shared = this.#shared(task);
      const cameMs = this.settings.scheduler.now();
      const isOthersDeadline = (error: unknown) =>
        isRushesError(error) && error.code === 'DEADLINE' && shared.sinceMs < cameMs;
      return shared.snapshots.pipe(
        retry({ delay: (error) => (isOthersDeadline(error) ? of(0) : throwError(() => error)) }),
      );
    });
  }

  #shared(task: TaskRef): SharedTask {
    return this.#tasks.get(taskKey(task)) ?? this.#open(task);
  }

  #open(task: TaskRef): SharedTask {
    const { client, lingerMs, rememberMs, scheduler } = this.settings;
    const remember = () => {
      shared.isRemembered = true;
      for (const [principal, hold] of shared.holds) if (hold.viewers === 0) this.#releaseLater(shared, principal, hold);
      return this.#after(rememberMs).pipe(
        tap(() => {
          shared.isRemembered = false;
        }),
      );
    };
    const shared: SharedTask = {
      task,
      holds: new Map(),
      sinceMs: 0,
      isRemembered: false,
      snapshots: defer(() => {
        shared.sinceMs = scheduler.now();
        return client.watch(task);
      }).pipe(
        // A provider that the client does not have has no tasks.
        catchError((error: unknown) => {
          if (!isRushesError(error) || error.code !== 'INVALID_ARGUMENT') throw error;
          throw new RushesError('NOT_FOUND', 'there is no such task here', { task });
        }),
        share({
          connector: () => new ReplaySubject<Snapshot>(1),
          resetOnRefCountZero: () => this.#after(lingerMs),
          resetOnComplete: remember,
          // What may pass is asked about anew by the next viewer.
          resetOnError: (error) => (isRushesError(error) && error.retryable ? of(0) : remember()),
        }),
      ),
    };
    this.#tasks.set(taskKey(task), shared);
    return shared;
  }

  #hold(shared: SharedTask, principal: string | undefined): () => void {
    const held = shared.holds.get(principal);
    const hold: Hold = held ?? { viewers: 0 };
    if (!held) {
      shared.holds.set(principal, hold);
      this.#count(principal, 1);
    }
    hold.viewers++;
    hold.release?.unsubscribe();
    return () => {
      if (--hold.viewers === 0) this.#releaseLater(shared, principal, hold);
    };
  }

  #releaseLater(shared: SharedTask, principal: string | undefined, hold: Hold): void {
    const { lingerMs, rememberMs } = this.settings;
    hold.release?.unsubscribe();
    const letGo = this.#after(shared.isRemembered ? rememberMs : lingerMs);
    hold.release = letGo.subscribe(() => this.#release(shared, principal));
  }

  #release(shared: SharedTask, principal: string | undefined): void {
    shared.holds.delete(principal);
    this.#count(principal, -1);
    if (shared.holds.size === 0) this.#tasks.delete(taskKey(shared.task));
  }

  #count(principal: string | undefined, change: number): void {
    if (principal === undefined) return;
    const own = (this.#byPrincipal.get(principal) ?? 0) + change;
    if (own === 0) this.#byPrincipal.delete(principal);
    else this.#byPrincipal.set(principal, own);
  }

  #after(ms: number): Observable<unknown> {
    return merge(timer(ms, this.settings.scheduler), this.settings.closed).pipe(take(1));
  }
}
