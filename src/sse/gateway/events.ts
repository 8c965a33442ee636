import { catchError, map, merge, of } from 'rxjs';
import type { RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import { admit, denied } from './admit.js';
import { eventAnswer, invalid } from './answer.js';
import { eventBody } from './event-body.js';
import type { GatewayContext } from './gateway-context.js';

/** The stream of one task. */
export async function events(request: Request, task: TaskRef, context: GatewayContext): Promise<Response> {
  return stream(request, [task], context, 'one');
}

/** The stream of many tasks, each named once. */
export async function manyEvents(
  request: Request,
  named: readonly TaskRef[],
  context: GatewayContext,
): Promise<Response> {
  const { tasksPerConnection } = context.limits;
  if (named.length === 0) return invalid('name the tasks, as in /events?task=provider/id');
  if (named.length > tasksPerConnection) return invalid(`at most ${tasksPerConnection} tasks on one connection`);
  const tasks = [...new Map(named.map((task) => [taskKey(task), task])).values()];
  return stream(request, tasks, context, 'many');
}

async function stream(
  request: Request,
  tasks: readonly TaskRef[],
  context: GatewayContext,
  form: 'one' | 'many',
): Promise<Response> {
  const leave = await admit(request, tasks, context, { stream: form });
  if (leave instanceof Response) return leave;
  const { watches, options, project, scheduler, random, report, closed } = context;
  const { heartbeatMs, stallTimeoutMs, maxStreamMs } = options;
  const eventsOf = (task: TaskRef) =>
    watches.watch(task).pipe(
      map((snapshot): TaskEvent => ({ kind: 'snapshot', task, snapshot })),
      catchError((error: RushesError) => of<TaskEvent>({ kind: 'lost', task, error })),
    );
  const [first] = tasks;
  const body = eventBody(form === 'one' && first ? watches.watch(first) : merge(...tasks.map(eventsOf)), {
    ...{ form, tasks, heartbeatMs, stallTimeoutMs, maxStreamMs, scheduler, random },
    project: (snapshot) => project(snapshot, request),
    signal: request.signal,
    closing: merge(denied(request, tasks, context), closed),
    report: (error) => report(error, request),
    onOver: leave,
  });
  return eventAnswer(body);
}
