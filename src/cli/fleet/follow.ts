import { from, merge, mergeMap, type Observable, of, Subject, tap } from 'rxjs';
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
import { noNews, noNewsWords, stepAfterSilence } from './no-news.js';
import { stepAfter } from './trouble.js';

/**
 * How much later than the fleet we give up, where no worker has told an end. At the deadline one asks once more, and what
 * it is answered counts: that usually takes 30 s at most, and begins up to 35 s later after a crash.
 */
const GRACE_MS = 90_000;

/** Nobody was asked about a task until a worker asks. It fits beside an id of 37 characters in 80 columns. */
const AWAITING = 'awaits a worker';

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
  /** That NATS is away, and is there again. */
  readonly isAway: Observable<boolean>;
  /** The command that tells how the fleet stands. */
  readonly status: string;
  readonly json?: boolean | undefined;
  /** The command that does the rest. */
  goOn(tasks: readonly TaskRef[]): string;
}

/** Submits tasks, and watches each from then on by what the fleet tells. */
export function follow(submits: Errand<Submitted>, following: Following, shell: Shell): Promise<ExitCode> {
  const { source, name, of: provider, deadlineMs = clientDefaults.deadlineMs, json: isJson = false } = following;
  const { tasks } = submits;
  const client = createClient(source, { deadlineMs: deadlineMs + GRACE_MS });
  const forPrograms = isForPrograms({ isJson }, shell);
  const [submitted, news] = [new Subject<void>(), new Subject<void>()];
  const quiet = noNews({ ...following, submitted, news }, noNewsWords(following.status, deadlineMs, GRACE_MS));
  const events = outcomesOf(submits, from(tasks.all)).pipe(
    // A watch may take for hours: only submits wait for each other.
    mergeMap((told): Observable<TaskEvent> => {
      if (told.kind === 'lost') return of({ ...told, error: told.error as LostError });
      if (forPrograms) shell.stdout.write(jsonLine(told));
      submitted.next();
      return client.watchAll([told.task]).pipe(tap(() => news.next()));
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
      notices: merge(following.notices, quiet),
      isJson,
      isSaving: false,
      awaiting: AWAITING,
      goOn: following.goOn,
      stepAfter: (error) => stepAfterSilence(error, following.status) ?? stepAfter(error),
    },
    shell,
  );
}
