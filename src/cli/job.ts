import type { Observable } from 'rxjs';
import type { Activity, TaskRef } from '../index.js';
import type { JobEvent } from './job-event.js';

/** What a command does with tasks, and how it is told. */
export interface Job {
  readonly title: string;
  /** Tasks that are known before any news. */
  readonly named: readonly TaskRef[];
  /** News of the tasks; an error is one of the whole command, such as a create that was refused. */
  readonly events: Observable<JobEvent>;
  readonly activity: Observable<Activity>;
  /** What is to be said meanwhile. */
  readonly notices: Observable<string>;
  readonly isJson: boolean;
  readonly isSaving: boolean;
  /** The command that goes on with these tasks. */
  goOn(tasks: readonly TaskRef[]): string;
  /** The command that waits for a task no more, where something would go on waiting for it. */
  giveUp?(task: TaskRef): string;
  /** What keeps a signal waiting until it emits. */
  holdOn?(): Observable<unknown>;
  /** What to say of an interruption that left something in the dark that is no task. */
  inTheDark?(): string | undefined;
}
