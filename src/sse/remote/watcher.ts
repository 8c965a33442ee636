import type { Subscriber } from 'rxjs';
import { aboutTask, type RushesError } from '../../errors.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import { isTerminal, type Snapshot } from '../../task/snapshot.js';

/** One subscriber to the news of one task, whichever connection brings it. */
export class Watcher {
  readonly key: string;

  constructor(
    readonly task: TaskRef,
    private readonly subscriber: Subscriber<Snapshot>,
  ) {
    this.key = taskKey(task);
  }

  next(snapshot: Snapshot): void {
    this.subscriber.next(snapshot);
    if (isTerminal(snapshot)) this.subscriber.complete();
  }

  error(error: RushesError): void {
    this.subscriber.error(aboutTask(error, this.task));
  }
}
