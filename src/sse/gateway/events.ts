import { catchError, map, merge, of } from 'rxjs';
import type { RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import { admit, denied } from './admit.js';
import { invalid } from './answer.js';
import type { Desk } from './desk.js';
import { eventBody } from './event-body.js';
import { eventAnswer } from './event-stream.js';

/** The stream of one task. */
export async function events(request: Request, task: TaskRef, desk: Desk): Promise<Response> {
  return stream(request, [task], desk, 'one');
}

/** The stream of many tasks, each named once. */
export async function manyEvents(request: Request, named: readonly TaskRef[], desk: Desk): Promise<Response> {
  const { tasksPerConnection } = desk.limits;
  if (named.length === 0) return invalid('name the tasks, as in /events?task=provider/id');
  if (named.length > tasksPerConnection) return invalid(`at most ${tasksPerConnection} tasks on one connection`);
  const tasks = [...new Map(named.map((task) => [taskKey(task), task])).values()];
  return stream(request, tasks, desk, 'many');
}

async function stream(
  request: Request,
  tasks: readonly TaskRef[],
  desk: Desk,
  form: 'one' | 'many',
): Promise<Response> {
  const leave = await admit(request, tasks, desk, { stream: form });
  if (leave instanceof Response) return leave;
  const { hall, options, project, scheduler, random, report, closed } = desk;
  const { heartbeatMs, stallTimeoutMs, maxStreamMs } = options;
  const eventsOf = (task: TaskRef) =>
    hall.watch(task).pipe(
      map((snapshot): TaskEvent => ({ kind: 'snapshot', task, snapshot })),
      catchError((error: RushesError) => of<TaskEvent>({ kind: 'lost', task, error })),
    );
  const [first] = tasks;
  const body = eventBody(form === 'one' && first ? hall.watch(first) : merge(...tasks.map(eventsOf)), {
    ...{ tasks, heartbeatMs, stallTimeoutMs, maxStreamMs, scheduler, random },
    project: (snapshot) => project(snapshot, request),
    signal: request.signal,
    closing: merge(denied(request, tasks, desk), closed),
    report: (error) => report(error, request),
    onOver: leave,
  });
  return eventAnswer(body);
}
