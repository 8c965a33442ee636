import type { RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import { isTerminal, type Snapshot } from '../../task/snapshot.js';
import { allEndedId, endId, lostId, snapshotId } from '../wire/event-id.js';
import { shownError } from './shown-error.js';

/** News in the words of server-sent events, for one viewer. */
export class Wording {
  readonly #lastIds = new Map<string, string>();
  /** Of many: whose end has not been told. */
  readonly #running: Set<string>;

  constructor(
    private readonly tasks: readonly TaskRef[] | undefined,
    private readonly project: (snapshot: Snapshot) => Snapshot,
  ) {
    this.#running = new Set(tasks?.map(taskKey));
  }

  /** Whether the end of each of many has been told: of those that were named, or else of those that were heard of. */
  get hasToldAllEnds(): boolean {
    return this.#running.size === 0;
  }

  /** Of one task: the snapshot itself, or nothing where it says what was said last. */
  snapshot(snapshot: Snapshot): string {
    const shown = this.project(snapshot);
    return this.#news(snapshot, snapshotId(snapshot, shown), shown);
  }

  /** Of many tasks: the event. */
  event(event: TaskEvent): string {
    const { kind, task } = event;
    if (kind === 'lost')
      return message(this.#idOfEnd(task, lostId(task)), { kind, task, error: shownError(event.error) });
    const { snapshot } = event;
    const shown = this.project(snapshot);
    if (!this.tasks) this.#running.add(taskKey(task));
    const id = isTerminal(snapshot) ? this.#idOfEnd(task, endId(task)) : snapshotId(snapshot, shown);
    return this.#news(snapshot, id, { kind, task, snapshot: shown });
  }

  /** That the watch of the one task was lost. */
  lost(error: RushesError, task: TaskRef | undefined): string {
    return message(task && lostId(task), shownError(error), 'lost');
  }

  #news(snapshot: Snapshot, id: string, said: unknown): string {
    const key = taskKey(snapshot.task);
    if (this.#lastIds.get(key) === id && !isTerminal(snapshot)) return '';
    this.#lastIds.set(key, id);
    return message(id, said);
  }

  /** The last message of all stands for all that were named. */
  #idOfEnd(task: TaskRef, id: string): string {
    const isLast = this.#running.delete(taskKey(task)) && this.#running.size === 0;
    return isLast && this.tasks ? allEndedId(this.tasks) : id;
  }
}

function message(id: string | undefined, data: unknown, event?: string): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  return `${name}${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
