import { defaultIfEmpty, defer, merge, type Observable, observeOn, of, queueScheduler, Subject } from 'rxjs';
import { checkNames, invalidArgument } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import type { SnapshotSource } from '../../watch/snapshot-source.js';
import { type CloudEvent, tellsEnd } from '../envelope/cloud-event.js';
import type { Publisher } from '../publish/publisher.js';
import {
  type BusSourceOptions,
  busSourceDefaults,
  busSourceNames,
  checkBusSource,
} from '../read/bus-source-options.js';
import { readNews } from '../read/read-news.js';
import { snapshotsOf } from '../read/snapshots-of.js';

/** How a bus in memory is kept. */
export interface MemoryBusOptions extends BusSourceOptions {
  /**
   * Tasks whose latest news is kept, `Infinity` for any number; those that ended go first, then the oldest.
   * @defaultValue 10000
   */
  readonly maxTasks?: number;
}

/** The defaults of {@link MemoryBusOptions} that are plain values. */
export const memoryBusDefaults = Object.freeze({ ...busSourceDefaults, maxTasks: 10_000 } satisfies MemoryBusOptions);

/** A bus within one process. */
export interface MemoryBus extends Publisher {
  /** What the bus takes from now on. */
  readonly events: Observable<CloudEvent>;
  /** Who comes late hears the latest of the task at once. */
  readonly source: SnapshotSource;
}

/**
 * A bus within one process, for tests and small programs: it orders, keeps the latest of each task, and takes nothing
 * after a task's end, as the best of real ones do.
 *
 * @throws `INVALID_ARGUMENT` at the call when an option is out of its range.
 * @example
 * ```ts
 * const bus = memoryBus();
 * client.watch('task_abc123').pipe(publishTo(bus)).subscribe();
 * createClient(bus.source).watch(task).subscribe(({ status }) => console.log(status)); // queued … completed
 * ```
 */
export function memoryBus(options: MemoryBusOptions = {}): MemoryBus {
  checkNames('memoryBus', options, [...busSourceNames, 'maxTasks']);
  checkBusSource('memoryBus', options);
  const { maxTasks = memoryBusDefaults.maxTasks } = options;
  if (!(maxTasks === Number.POSITIVE_INFINITY || (Number.isInteger(maxTasks) && maxTasks >= 1)))
    throw invalidArgument('memoryBus.maxTasks', 'a whole number, 1 or more, or Infinity', maxTasks);

  const latest = new LatestNews(maxTasks);
  const published = new Subject<CloudEvent>();
  const events = new Subject<CloudEvent>();
  const news = new Subject<TaskEvent>();
  // What a listener publishes waits until all have heard what it listens to, or others would hear it first.
  published.pipe(observeOn(queueScheduler)).subscribe((event) => {
    const read = of({ body: event }).pipe(readNews(options), defaultIfEmpty(undefined));
    read.subscribe((told) => {
      if (told && !latest.add(told)) return;
      events.next(event);
      if (told) news.next(told);
    });
  });
  return {
    events: events.asObservable(),
    publish: async (event) => published.next(event),
    source: (task) =>
      merge(
        news,
        defer(() => latest.of(task)),
      ).pipe(snapshotsOf(task, options)),
  };
}

/** The latest news of each task, as far as there is room. */
class LatestNews {
  readonly #live = new Map<string, TaskEvent>();
  readonly #ended = new Map<string, TaskEvent>();

  constructor(private readonly maxTasks: number) {}

  of(task: TaskRef): readonly TaskEvent[] {
    const key = taskKey(task);
    const told = this.#ended.get(key) ?? this.#live.get(key);
    return told ? [told] : [];
  }

  /** Whether it is news: nothing is after the end of its task. */
  add(told: TaskEvent): boolean {
    const key = taskKey(told.task);
    if (this.#ended.has(key)) return false;
    this.#live.delete(key);
    this.#makeRoom();
    (tellsEnd(told) ? this.#ended : this.#live).set(key, told);
    return true;
  }

  #makeRoom(): void {
    if (this.#live.size + this.#ended.size < this.maxTasks) return;
    const first = this.#ended.size > 0 ? this.#ended : this.#live;
    for (const key of first.keys()) {
      first.delete(key);
      return;
    }
  }
}
