import type { Observable } from 'rxjs';
import type { Activity, TaskRef } from '../index.js';
import type { JobEvent } from './job-event.js';

/** What a command does with tasks, and how it is told. */
export interface Job {
  /** The command that it is of. */
  readonly command: string;
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
  /** What is waited for until something is heard of a task, where that is no answer of its provider. */
  readonly awaiting?: string;
  /** The command that goes on with these tasks; without the deadline where that has passed. */
  goOn(tasks: readonly TaskRef[], isOutOfTime?: boolean): string;
  /** The commands that save the videos of completed tasks, where nothing else would name those tasks again. */
  fetch?(tasks: readonly TaskRef[]): readonly string[];
  /** What to do about an error, of a task or of the whole command, where its code does not tell enough. */
  stepAfter?(error: unknown): string | undefined;
  /** The command that waits for a task no more, where something would go on waiting for it. */
  giveUp?(task: TaskRef): string;
  /** What keeps a signal waiting until it emits. */
  holdOn?(): Observable<unknown>;
  /** What to say of an interruption that left something in the dark that is no task. */
  inTheDark?(): string | undefined;
}
