import { isCompleted, isTerminal, type RushesError, type TaskRef } from '../index.js';
import { codeOf, type ExitCode, exitCodes, graver } from './exit-code.js';
import type { JobEvent } from './job-event.js';

/** How a task of a command stands. */
export interface Standing {
  readonly task: TaskRef;
  readonly exitCode: ExitCode;
  /** Nothing was heard of it yet. */
  readonly isUnheard: boolean;
  /** It was seen, and may still change at its provider. */
  readonly isRunning: boolean;
  /** It was seen to complete. */
  readonly isCompleted: boolean;
  /** Its video is to be saved, and is not yet. */
  readonly isUnsaved: boolean;
  /** Why its watch was lost, or its video not saved. */
  readonly error?: RushesError;
}

/** How each task of a command stands, from the news of it. */
export class Standings {
  readonly #byTask = new Map<string, Standing>();

  /** @param named - Tasks that are known before any news. */
  constructor(
    named: readonly TaskRef[],
    private readonly isSaving: boolean,
  ) {
    for (const task of named) {
      const exitCode = exitCodes.unknown;
      this.#put({ task, exitCode, isUnheard: true, isRunning: false, isCompleted: false, isUnsaved: false });
    }
  }

  hear(event: JobEvent): void {
    const isDone = event.kind === 'snapshot' && isCompleted(event.snapshot);
    const isUnsaved = this.isSaving && (isDone || event.kind === 'saving' || event.kind === 'download-failed');
    this.#put({
      task: event.task,
      isUnheard: false,
      isCompleted: isDone,
      exitCode: isUnsaved ? exitCodes.unknown : codeOf(event),
      isRunning: event.kind === 'snapshot' && !isTerminal(event.snapshot),
      isUnsaved,
      ...('error' in event && { error: event.error }),
    });
  }

  get all(): readonly Standing[] {
    return [...this.#byTask.values()];
  }

  /** The gravest of all tasks. */
  get exitCode(): ExitCode {
    return this.all.reduce<ExitCode>((code, standing) => graver(code, standing.exitCode), exitCodes.completed);
  }

  #put(standing: Standing): void {
    this.#byTask.set(`${standing.task.provider}/${standing.task.id}`, standing);
  }
}
