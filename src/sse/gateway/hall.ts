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
export interface HallSettings {
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
interface Exhibit {
  readonly task: TaskRef;
  readonly shared: Observable<Snapshot>;
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
export class Hall {
  readonly #exhibits = new Map<string, Exhibit>();
  readonly #byPrincipal = new Map<string, number>();

  constructor(private readonly settings: HallSettings) {}

  /** How many tasks are held. */
  get size(): number {
    return this.#exhibits.size;
  }

  /**
   * Makes room for a viewer of `tasks`, and gives how it leaves; or says whose limit they would go beyond. What is known
   * or watched already takes no further room.
   */
  enter(tasks: readonly TaskRef[], principal: string | undefined): (() => void) | 'principal' | 'all' {
    const { limits } = this.settings;
    const known = tasks.map((task) => this.#exhibits.get(taskKey(task)));
    const own = principal === undefined ? 0 : (this.#byPrincipal.get(principal) ?? 0);
    const newToIt = known.filter((exhibit) => !exhibit?.holds.has(principal)).length;
    if (newToIt > 0 && own + newToIt > limits.tasksPerPrincipal) return 'principal';
    const newToAll = known.filter((exhibit) => exhibit === undefined).length;
    if (newToAll > 0 && this.#exhibits.size + newToAll > limits.tasks) return 'all';
    const leaving = tasks.map((task) => this.#hold(this.#exhibit(task), principal));
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
      const exhibit = this.#exhibit(task);
      const cameMs = this.settings.scheduler.now();
      const isOthersDeadline = (error: unknown) =>
        isRushesError(error) && error.code === 'DEADLINE' && exhibit.sinceMs < cameMs;
      return exhibit.shared.pipe(
        retry({ delay: (error) => (isOthersDeadline(error) ? of(0) : throwError(() => error)) }),
      );
    });
  }

  #exhibit(task: TaskRef): Exhibit {
    return this.#exhibits.get(taskKey(task)) ?? this.#open(task);
  }

  #open(task: TaskRef): Exhibit {
    const { client, lingerMs, rememberMs, scheduler } = this.settings;
    const remember = () => {
      exhibit.isRemembered = true;
      for (const [principal, hold] of exhibit.holds)
        if (hold.viewers === 0) this.#releaseLater(exhibit, principal, hold);
      return this.#after(rememberMs).pipe(
        tap(() => {
          exhibit.isRemembered = false;
        }),
      );
    };
    const exhibit: Exhibit = {
      task,
      holds: new Map(),
      sinceMs: 0,
      isRemembered: false,
      shared: defer(() => {
        exhibit.sinceMs = scheduler.now();
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
    this.#exhibits.set(taskKey(task), exhibit);
    return exhibit;
  }

  #hold(exhibit: Exhibit, principal: string | undefined): () => void {
    const held = exhibit.holds.get(principal);
    const hold: Hold = held ?? { viewers: 0 };
    if (!held) {
      exhibit.holds.set(principal, hold);
      this.#count(principal, 1);
    }
    hold.viewers++;
    hold.release?.unsubscribe();
    return () => {
      if (--hold.viewers === 0) this.#releaseLater(exhibit, principal, hold);
    };
  }

  #releaseLater(exhibit: Exhibit, principal: string | undefined, hold: Hold): void {
    const { lingerMs, rememberMs } = this.settings;
    hold.release?.unsubscribe();
    const letGo = this.#after(exhibit.isRemembered ? rememberMs : lingerMs);
    hold.release = letGo.subscribe(() => this.#release(exhibit, principal));
  }

  #release(exhibit: Exhibit, principal: string | undefined): void {
    exhibit.holds.delete(principal);
    this.#count(principal, -1);
    if (exhibit.holds.size === 0) this.#exhibits.delete(taskKey(exhibit.task));
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
