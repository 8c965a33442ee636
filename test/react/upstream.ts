import { Observable, type Subscriber } from 'rxjs';
import { type Snapshot, type SnapshotSource, type Status, type TaskRef, taskKeyOf } from './snapshots.js';

/** A source that says what a test lets it say, and counts who asks. */
export class Upstream {
  /** Each subscription: the task, and what it was told is known of it. */
  readonly asked: { readonly key: string; readonly known: Status | undefined }[] = [];
  readonly #open = new Map<string, Subscriber<Snapshot>>();

  readonly source: SnapshotSource = (task, known) =>
    new Observable((subscriber) => {
      const key = taskKeyOf(task);
      this.asked.push({ key, known: known?.status });
      this.#open.set(key, subscriber);
      subscriber.add(() => {
        if (this.#open.get(key) === subscriber) this.#open.delete(key);
      });
    });

  /** How many are subscribed. */
  get open(): number {
    return this.#open.size;
  }

  /** Who is subscribed. */
  get keys(): string[] {
    return [...this.#open.keys()];
  }

  say(snapshot: Snapshot, task: TaskRef = snapshot.task): void {
    this.#open.get(taskKeyOf(task))?.next(snapshot);
  }

  fail(task: TaskRef, error: unknown): void {
    this.#open.get(taskKeyOf(task))?.error(error);
  }
}
