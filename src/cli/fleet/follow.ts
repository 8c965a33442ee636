import { from, mergeMap, type Observable, of } from 'rxjs';
import { clientDefaults } from '../../client.js';
import type { LostError } from '../../errors.js';
import type { Fleet, Submitted } from '../../fleet/index.js';
import { createClient, type TaskEvent, type TaskRef } from '../../index.js';
import { conduct } from '../conduct.js';
import type { ExitCode } from '../exit-code.js';
import { jsonLine } from '../json-line.js';
import type { Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import { type Errand, outcomesOf } from '../tell-outcomes.js';

/** How much later than the fleet we give up, where no worker is there to do so. */
const GRACE_MS = 60_000;

/** How tasks of a fleet are followed. */
export interface Following extends Pick<Fleet, 'source'> {
  /** What the fleet is called. */
  readonly name: string;
  /** Whose tasks they are. */
  readonly of: string;
  /** How long the fleet watches them; without it, as long as usual. */
  readonly deadlineMs?: number | undefined;
  /** What is to be said meanwhile. */
  readonly notices: Observable<string>;
  readonly json?: boolean | undefined;
  /** The command that does the rest. */
  goOn(tasks: readonly TaskRef[]): string;
}

/** Submits tasks, and watches each from then on by what the fleet tells. */
export function follow(submits: Errand<Submitted>, following: Following, shell: Shell): Promise<ExitCode> {
  const {
    source,
    name,
    of: provider,
    deadlineMs = clientDefaults.deadlineMs,
    notices,
    json: isJson = false,
  } = following;
  const { tasks } = submits;
  const client = createClient(source, { deadlineMs: deadlineMs + GRACE_MS });
  const forPrograms = isForPrograms({ isJson }, shell);
  const events = outcomesOf(submits, from(tasks.all)).pipe(
    // A watch may take for hours: only submits wait for each other.
    mergeMap((told): Observable<TaskEvent> => {
      if (told.kind === 'lost') return of({ ...told, error: told.error as LostError });
      if (forPrograms) shell.stdout.write(jsonLine(told));
      return client.watchAll([told.task]);
    }),
  );
  const { length } = tasks.named;
  const count = tasks.isOpen ? 'tasks' : `${length} task${length === 1 ? '' : 's'}`;
  return conduct(
    {
      command: 'fleet submit',
      title: `rushes: ${count} at ${provider}, watched by fleet ${name}`,
      named: tasks.named,
      events,
      activity: client.activity,
      notices,
      isJson,
      isSaving: false,
      goOn: following.goOn,
    },
    shell,
  );
}
