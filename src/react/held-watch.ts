import { defer, type Observable, Subscription } from 'rxjs';
import type { AnyRushesError } from '../errors.js';
import { advance } from '../task/advance.js';
import type { TaskRef } from '../task/ref.js';
import { isSameNews } from '../task/sameness.js';
import { isTerminal, type Snapshot } from '../task/snapshot.js';
import type { TaskLike } from '../watch/task-like.js';

/** How a task stands, as far as a watch of it has said. */
export interface Standing {
  readonly snapshot: Snapshot | undefined;
  readonly lost: AnyRushesError | undefined;
}

/** One watch of one task for all components that show it, and what it has said so far. */
export class HeldWatch {
  readonly #watchTask: (task: TaskLike) => Observable<Snapshot>;
  readonly #listeners = new Set<() => void>();
  #standing: Standing = { snapshot: undefined, lost: undefined };
  #watch: Subscription | undefined;

  /** @param name - its provider is empty where the task was named by its id alone. */
  constructor(
    readonly name: TaskRef,
    watchTask: (task: TaskLike) => Observable<Snapshot>,
  ) {
    this.#watchTask = watchTask;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Whether nobody listens. */
  get isIdle(): boolean {
    return this.#listeners.size === 0;
  }

  /** `known` counts where nothing is known yet, or when it is the end. A lost watch stays lost. */
  join(listener: () => void, known: Snapshot | undefined): void {
    this.#listeners.add(listener);
    if (known && (!this.#standing.snapshot || isTerminal(known))) this.#hear(known);
    const { snapshot, lost } = this.#standing;
    if (!this.#watch && !lost && !(snapshot && isTerminal(snapshot))) this.#begin();
  }

  leave(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Takes a lost watch up again, from the last snapshot. */
  retry(): void {
    if (!this.#standing.lost || this.isIdle) return;
    this.#standing = { ...this.#standing, lost: undefined };
    this.#begin();
    this.#tell();
  }

  /** Stops asking. */
  end(): void {
    this.#watch?.unsubscribe();
    this.#watch = undefined;
  }

  #begin(): void {
    const { snapshot } = this.#standing;
    const { name } = this;
    // A source need not say whose its snapshots are, and what names nobody cannot be watched.
    const task = snapshot?.task ? snapshot : name.provider === '' ? name.id : name;
    const watch = new Subscription();
    this.#watch = watch;
    watch.add(
      defer(() => this.#watchTask(task)).subscribe({
        next: (heard) => this.#hear(heard),
        error: (error: AnyRushesError) => {
          this.#standing = { ...this.#standing, lost: error };
          this.#tell();
        },
      }),
    );
  }

  #hear(observed: Snapshot): void {
    const { snapshot, lost } = this.#standing;
    const heard = advance(snapshot, observed);
    if (snapshot && isSameNews(snapshot, heard)) return;
    this.#standing = { snapshot: heard, lost: isTerminal(heard) ? undefined : lost };
    if (isTerminal(heard)) this.end();
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
