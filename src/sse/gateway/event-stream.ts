import { asyncScheduler, NEVER, type Observable, type SchedulerLike } from 'rxjs';
import { checkFunctions, checkNames, invalidArgument } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { idProblem, providerNameProblem, type TaskRef } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { checkScheduler } from '../../watch/poll-source.js';
import { answer, eventAnswer } from './answer.js';
import { checkStreamTimes, given } from './check-options.js';
import { eventBody } from './event-body.js';
import { hasSeenEnd } from './has-seen-end.js';
import { withoutSecrets } from './projected.js';
import { reporting } from './report.js';

/** How a stream of events is told. */
export interface EventStreamOptions {
  /** Whose it is: the stream ends when its signal aborts, and a reconnect that has seen the end gets a 204. */
  readonly request?: Request | undefined;
  /** Whom it is about: one task for snapshots, a list for task events. Without it no reconnect is known to have seen the end. */
  readonly tasks?: TaskRef | readonly TaskRef[];
  /** What the viewer sees of a snapshot. @defaultValue all but `raw` and `videoUrl` */
  readonly project?: (snapshot: Snapshot) => Snapshot;
  /** How long nothing may be said, 15 s or less; then a comment is. @defaultValue 15000 */
  readonly heartbeatMs?: number;
  /** How long a viewer may take nothing of what waits for it; then the stream breaks. @defaultValue 30000 */
  readonly stallTimeoutMs?: number;
  /** How long a stream lasts at most, one hour or less; the viewer connects again. @defaultValue 3600000 */
  readonly maxStreamMs?: number;
  /** Told what a viewer must not learn, such as a `project` that throws. @defaultValue a line on the console */
  readonly onError?: (error: unknown, request: Request | undefined) => void;
  /** Where time comes from. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /** Where chance comes from: numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** The defaults of {@link EventStreamOptions} that are plain values. */
export const eventStreamDefaults = Object.freeze({
  heartbeatMs: 15_000,
  stallTimeoutMs: 30_000,
  maxStreamMs: 3_600_000,
} satisfies EventStreamOptions);

/**
 * The snapshots of a task, or the events of many, as an answer of server-sent events, for a route of your own. It is the
 * stream of the {@link gateway}, without its doors: who may see the task is for you to ask before.
 *
 * Each snapshot is one message; after the terminal one comes `event: end`. An error of the source is `event: lost`. A
 * slow viewer gets the latest instead of everything, but never misses an end.
 *
 * Of many tasks, each event is one message, and `event: end` comes when the source has completed and the ends of all have
 * been told. A source that fails or completes before that closes the stream without it, and the viewer connects again.
 *
 * @throws `INVALID_ARGUMENT` naming the option.
 * @example
 * ```ts
 * const response = eventStream(client.watch(task), { request, tasks: task });
 * console.log(response.status, response.headers.get('content-type')); // 200 text/event-stream; charset=utf-8
 * ```
 */
export function eventStream(
  source: Observable<Snapshot>,
  options?: EventStreamOptions & { readonly tasks?: TaskRef },
): Response;
export function eventStream(
  source: Observable<TaskEvent>,
  options?: EventStreamOptions & { readonly tasks?: readonly TaskRef[] },
): Response;
export function eventStream(
  source: Observable<Snapshot> | Observable<TaskEvent>,
  options: EventStreamOptions = {},
): Response {
  if (typeof source?.subscribe !== 'function') throw invalidArgument('eventStream', 'an Observable', source);
  checkNames('options', options, names);
  const { request, project = withoutSecrets, scheduler = asyncScheduler, random = Math.random, onError } = options;
  const { heartbeatMs, stallTimeoutMs, maxStreamMs } = { ...eventStreamDefaults, ...given(options) };
  checkStreamTimes({ heartbeatMs, stallTimeoutMs, maxStreamMs });
  checkScheduler(scheduler);
  checkFunctions({ project, random, onError });
  const { form, tasks } = named(options.tasks);
  if (tasks && hasSeenEnd(request, tasks, form)) return answer(204);
  const report = reporting(onError);
  const body = eventBody(source as Observable<Snapshot | TaskEvent>, {
    ...{ form, tasks, project, heartbeatMs, stallTimeoutMs, maxStreamMs, scheduler, random },
    signal: request?.signal,
    closing: NEVER,
    report: (error) => report(error, request),
    onOver: () => undefined,
  });
  return eventAnswer(body);
}

/** A task stands for its snapshots, a list for the events of all that are on it. */
function named(tasks: EventStreamOptions['tasks']) {
  if (tasks === undefined) return { form: undefined, tasks };
  const isMany = Array.isArray(tasks);
  const list = isMany ? (tasks as readonly TaskRef[]) : [tasks as TaskRef];
  const isTask = (task: Partial<TaskRef> | null) =>
    providerNameProblem(task?.provider) === undefined && idProblem(task?.id) === undefined;
  if (!list.every(isTask)) throw invalidArgument('tasks', 'a { provider, id }, or a list of them', tasks);
  return { form: isMany ? 'many' : 'one', tasks: [...list] } as const;
}

const names: readonly string[] = [
  'request',
  'tasks',
  'project',
  'heartbeatMs',
  'stallTimeoutMs',
  'maxStreamMs',
  'onError',
  'scheduler',
  'random',
] satisfies (keyof EventStreamOptions)[];
