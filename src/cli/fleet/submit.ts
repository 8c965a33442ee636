import { catchError, defer, from, mergeMap, type Observable, of, Subject } from 'rxjs';
import { clientDefaults } from '../../client.js';
import { aboutTask, type LostError } from '../../errors.js';
import type { SubmitOptions as Order, Submitted } from '../../fleet/index.js';
import { createClient, type TaskEvent, type TaskRef } from '../../index.js';
import { conduct } from '../conduct.js';
import type { ExitCode } from '../exit-code.js';
import { jsonLine } from '../json-line.js';
import type { Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import { type Errands, goOnWith, withTasks } from './errands.js';
import type { SubmitOptions } from './fleet-options.js';
import { tellOutcomes } from './tell-outcomes.js';

/** How much later than the fleet we give up, where no worker is there to do so. */
const GRACE_MS = 60_000;

const words: Readonly<Record<Submitted, string>> = {
  submitted: 'submitted',
  'already-watched': 'watched already',
  'already-finished': 'finished already',
};

/** Lets a fleet watch tasks, and follows them where that is wanted. */
export function submit(ids: readonly string[], options: SubmitOptions, shell: Shell): Promise<ExitCode> {
  const { deadline, watch: isFollowing = false, json } = options;
  const order: Order = deadline ? { deadlineMs: deadline.ms } : {};
  const more = [...(deadline ? ['--deadline', deadline.text] : []), ...(isFollowing ? ['--watch'] : [])];
  const goOn = goOnWith('submit', options, more);
  const wrongLines = new Subject<string>();
  const onWrong = isFollowing ? (line: string) => wrongLines.next(line) : shell.say;
  return withTasks('submit', { ids, options, onWrong, isLasting: isFollowing }, shell, (errands) => {
    const { fleet, tasks } = errands;
    if (isFollowing) return follow(errands, { options, order, goOn, notices: wrongLines }, shell);
    const carryOut = (task: TaskRef) => fleet.submit(task, order);
    return tellOutcomes({ kind: 'submit', tasks, json, words, goOn, carryOut }, shell);
  });
}

interface Following {
  readonly options: SubmitOptions;
  readonly order: Order;
  readonly notices: Observable<string>;
  goOn(tasks: readonly TaskRef[]): string;
}

/** Submits tasks, and watches them by what the fleet tells. */
function follow({ fleet, tasks, provider }: Errands, following: Following, shell: Shell): Promise<ExitCode> {
  const { options, order, notices, goOn } = following;
  const { json: isJson = false, name } = options;
  const { deadlineMs = provider.deadlineMs ?? clientDefaults.deadlineMs } = order;
  const client = createClient(fleet.source, { deadlineMs: deadlineMs + GRACE_MS });
  const forPrograms = isForPrograms({ isJson }, shell);
  const watched = (task: TaskRef): Observable<TaskEvent> =>
    defer(() => fleet.submit(task, order)).pipe(
      mergeMap((outcome) => {
        if (forPrograms) shell.stdout.write(jsonLine({ kind: 'submit', task, outcome }));
        return client.watchAll([task]);
      }),
      catchError((error) => of<TaskEvent>({ kind: 'lost', task, error: aboutTask(error, task) as LostError })),
    );
  const { length } = tasks.named;
  const count = tasks.isOpen ? 'tasks' : `${length} task${length === 1 ? '' : 's'}`;
  return conduct(
    {
      command: 'fleet submit',
      title: `rushes: ${count} at ${provider.name}, watched by fleet ${name}`,
      named: tasks.named,
      events: from(tasks.all).pipe(mergeMap(watched)),
      activity: client.activity,
      notices,
      isJson,
      isSaving: false,
      goOn,
    },
    shell,
  );
}
