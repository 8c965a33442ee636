import { asyncScheduler, NEVER, type Observable, type SchedulerLike } from 'rxjs';
import { checkMs } from '../../cadence/delay.js';
import { checkNames, invalidArgument } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { idProblem, providerNameProblem, type TaskRef } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { checkScheduler } from '../../watch/poll-source.js';
import { allEndedId, endId, lostId } from '../wire/event-id.js';
import { answer } from './answer.js';
import { eventBody } from './event-body.js';
import { withoutSecrets } from './projected.js';
import { reporting } from './report.js';

/** How a stream of events is told. */
export interface EventStreamOptions {
  /** Whose it is: the stream ends when its signal aborts, and a reconnect that has seen the end gets a 204. */
  readonly request?: Request | undefined;
  /** Whom it is about: one task for snapshots, several for task events. Without it no reconnect is known to have seen the end. */
  readonly tasks?: TaskRef | readonly TaskRef[];
  /** What the viewer sees of a snapshot. @defaultValue all but `raw` and `videoUrl` */
  readonly project?: (snapshot: Snapshot) => Snapshot;
  /** How long nothing may be said; then a comment is. @defaultValue 15000 */
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
 * @throws `INVALID_ARGUMENT` naming the option.
 * @example
 * ```ts
 * const response = eventStream(client.watch(task), { request, tasks: task });
 * console.log(response.status, response.headers.get('content-type')); // 200 text/event-stream; charset=utf-8
 * ```
 */
export function eventStream(
  source: Observable<Snapshot> | Observable<TaskEvent>,
  options: EventStreamOptions = {},
): Response {
  if (typeof source?.subscribe !== 'function') throw invalidArgument('eventStream', 'an Observable', source);
  checkNames('options', options, names);
  const { request, project = withoutSecrets, scheduler = asyncScheduler, random = Math.random, onError } = options;
  checkStreamTimes(options);
  checkScheduler(scheduler);
  checkFunctions({ project, random, onError });
  const tasks = tasksOf(options.tasks);
  const isOne = options.tasks !== undefined && !Array.isArray(options.tasks);
  if (tasks && hasSeenEnd(request, tasks, isOne)) return answer(204);
  const report = reporting(onError);
  const { heartbeatMs, stallTimeoutMs, maxStreamMs } = { ...eventStreamDefaults, ...given(options) };
  const body = eventBody(source as Observable<Snapshot | TaskEvent>, {
    ...{ tasks, project, heartbeatMs, stallTimeoutMs, maxStreamMs, scheduler, random },
    signal: request?.signal,
    closing: NEVER,
    report: (error) => report(error, request),
    onOver: () => undefined,
  });
  return eventAnswer(body);
}

/** A stream of events as an answer that nothing on the way holds back or packs. */
export function eventAnswer(body: ReadableStream<Uint8Array>): Response {
  return answer(200, body, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'private, no-store, no-transform',
    'x-accel-buffering': 'no',
  });
}

/** Whether a reconnect has seen the end of `tasks`: of one as such, or of many. */
export function hasSeenEnd(request: Request | undefined, tasks: readonly TaskRef[], isOne: boolean): boolean {
  const seen = request?.headers.get('last-event-id');
  const [first] = tasks;
  if (!seen || !first) return false;
  return isOne ? seen === endId(first) || seen === lostId(first) : seen === allEndedId(tasks);
}

/** @throws `INVALID_ARGUMENT` for a time of a stream that cannot be. */
export function checkStreamTimes(options: Pick<EventStreamOptions, keyof typeof eventStreamDefaults>): void {
  const { heartbeatMs, stallTimeoutMs, maxStreamMs } = { ...eventStreamDefaults, ...given(options) };
  const { maxStreamMs: longestMs } = eventStreamDefaults;
  checkPositiveMs('heartbeatMs', heartbeatMs);
  checkPositiveMs('stallTimeoutMs', stallTimeoutMs);
  checkPositiveMs('maxStreamMs', maxStreamMs);
  if (maxStreamMs > longestMs) throw invalidArgument('maxStreamMs', `at most ${longestMs}`, maxStreamMs);
}

/** A time of 0 would be a loop. @throws `INVALID_ARGUMENT` naming the option. */
export function checkPositiveMs(option: string, ms: unknown): void {
  if (checkMs(option, ms) === 0) throw invalidArgument(option, 'more than 0 milliseconds', ms);
}

/** @throws `INVALID_ARGUMENT` for an option that is there and is no function. */
export function checkFunctions(options: Readonly<Record<string, unknown>>): void {
  for (const [name, option] of Object.entries(options)) {
    if (option !== undefined && typeof option !== 'function') throw invalidArgument(name, 'a function', option);
  }
}

/** What is set: an option that is `undefined` is as good as absent. */
export function given<T extends object>(options: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

function tasksOf(tasks: EventStreamOptions['tasks']): readonly TaskRef[] | undefined {
  if (tasks === undefined) return undefined;
  const list = Array.isArray(tasks) ? (tasks as readonly TaskRef[]) : [tasks as TaskRef];
  const isTask = (task: Partial<TaskRef> | null) =>
    providerNameProblem(task?.provider) === undefined && idProblem(task?.id) === undefined;
  if (!list.every(isTask)) throw invalidArgument('tasks', 'a { provider, id }, or a list of them', tasks);
  return [...list];
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
