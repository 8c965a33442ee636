import type { RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import { isTerminal, type Snapshot } from '../../task/snapshot.js';
import { allEndedId, endId, lostId, snapshotId } from '../wire/event-id.js';

/** News in the words of server-sent events, for one viewer. */
export class Wording {
  readonly #lastIds = new Map<string, string>();
  readonly #running: Set<string> | undefined;

  constructor(
    private readonly tasks: readonly TaskRef[] | undefined,
    private readonly project: (snapshot: Snapshot) => Snapshot,
  ) {
    this.#running = tasks && new Set(tasks.map(taskKey));
  }

  /** Of one task: the snapshot itself, or nothing where it says what was said last. */
  snapshot(event: TaskEvent): string {
    if (event.kind === 'lost') return this.lost(event.error, event.task);
    const shown = this.project(event.snapshot);
    return this.#news(event, shown, shown);
  }

  /** Of many tasks: the event. */
  event(event: TaskEvent): string {
    const { kind, task } = event;
    if (kind === 'lost') return message(this.#idOfEnd(task, lostId(task)), { kind, task, error: event.error });
    const snapshot = this.project(event.snapshot);
    return this.#news(event, snapshot, { kind, task, snapshot });
  }

  /** That the watch of the one task was lost. */
  lost(error: RushesError, task: TaskRef | undefined): string {
    return message(task && lostId(task), error, 'lost');
  }

  #news({ task, snapshot }: Extract<TaskEvent, { kind: 'snapshot' }>, shown: Snapshot, said: unknown): string {
    const key = taskKey(task);
    if (isTerminal(snapshot)) {
      this.#lastIds.delete(key);
      return message(said === shown ? endId(task) : this.#idOfEnd(task, endId(task)), said);
    }
    const id = snapshotId(shown);
    if (this.#lastIds.get(key) === id) return '';
    this.#lastIds.set(key, id);
    return message(id, said);
  }

  /** The last message of all stands for all. */
  #idOfEnd(task: TaskRef, id: string): string {
    if (!this.tasks || !this.#running?.delete(taskKey(task))) return id;
    return this.#running.size === 0 ? allEndedId(this.tasks) : id;
  }
}

function message(id: string | undefined, data: unknown, event?: string): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  return `${name}${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
