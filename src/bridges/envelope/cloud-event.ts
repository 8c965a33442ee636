import { RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { isBounded } from '../../providers/parse-body.js';
import type { TaskRef } from '../../task/ref.js';
import { isCompleted, isTerminal, type Snapshot } from '../../task/snapshot.js';
import type { Status } from '../../task/status.js';
import { encodeToken } from '../../task/token.js';
import { eventId } from './event-id.js';

/** A {@link TaskEvent} as JSON: what an event on a bus is about. */
export type EventData =
  | { readonly kind: 'snapshot'; readonly task: TaskRef; readonly snapshot: Snapshot }
  | { readonly kind: 'lost'; readonly task: TaskRef; readonly error: ReturnType<RushesError['toJSON']> };

/**
 * News of a task as it travels on an event bus: a CloudEvent in structured JSON.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  /**
   * The same for the same news, whoever polled: a duplicate is known by it. That of a task's end depends on the task
   * alone. A status that comes back has the id it had, so compare with the last event of the task, not with all.
   */
  readonly id: string;
  /** The provider's name. */
  readonly source: string;
  /** How the task stands; `lost` where its watch was, and `forgotten` where a fleet was told to watch it no more. */
  readonly type: `rushes.task.${Status | 'lost' | 'forgotten'}`;
  /** The address token of the task's id, which is the id itself where it has only `[A-Za-z0-9_-]`. */
  readonly subject: string;
  /** RFC 3339. When the task was completed, where the provider says so; else when this was observed, where that is known. */
  readonly time?: string;
  readonly datacontenttype: 'application/json';
  readonly data: EventData;
}

/** The longest JSON of one event, in UTF-16 code units. Without a body in `raw`, events have less than a tenth of it. */
export const MAX_EVENT_LENGTH = 262_144;

/**
 * News of a task as a CloudEvent. Pure: equal news gives an equal event. A `raw` body is left out that would make the event
 * longer than 262,144 characters, or more complex than `fromCloudEvent` takes.
 *
 * @param news - A snapshot, or an event of `watchAll`.
 * @param observedMs - When it was observed, in epoch milliseconds. `publishTo` says it.
 * @example
 * ```ts
 * toCloudEvent({ task: { provider: 'cometapi', id: 'task_1' }, status: 'queued', providerStatus: 'queued' });
 * // { specversion: '1.0', id: 'cometapi:task_1:queued:c950…', source: 'cometapi', type: 'rushes.task.queued', … }
 * ```
 */
export function toCloudEvent(news: Snapshot | TaskEvent, observedMs?: number): CloudEvent {
  const event = asTaskEvent(news);
  const { task } = event;
  const time = rfc3339(event, observedMs);
  const cloudEvent: CloudEvent = {
    specversion: '1.0',
    id: eventId(event),
    source: task.provider,
    type: eventType(event),
    subject: encodeToken(task.id),
    ...(time !== undefined && { time }),
    datacontenttype: 'application/json',
    data: dataOf(event),
  };
  return Object.freeze(cloudEvent);
}

/** The event of a task that a fleet was told to watch no more: a loss, as nobody hears how it ends. */
export function toForgottenEvent(task: TaskRef, observedMs?: number): CloudEvent {
  const error = new RushesError('SOURCE_ENDED', 'the task was forgotten: it is watched no more', { task });
  return Object.freeze({ ...toCloudEvent({ kind: 'lost', task, error }, observedMs), type: forgottenType });
}

/** A snapshot as the event that it is among many. */
export function asTaskEvent(news: Snapshot | TaskEvent): TaskEvent {
  return 'kind' in news ? news : { kind: 'snapshot', task: news.task, snapshot: news };
}

/** Whether this tells the end of its task, after which nothing is news. */
export function tellsEnd(told: TaskEvent | EventData): boolean {
  return told.kind === 'snapshot' && isTerminal(told.snapshot);
}

const forgottenType = 'rushes.task.forgotten';

/** Whether an event of this `type` may tell this. */
export function isTypeOf(type: unknown, told: TaskEvent): boolean {
  if (type === forgottenType) return told.kind === 'lost' && told.error.code === 'SOURCE_ENDED';
  return type === eventType(told);
}

function eventType(event: TaskEvent): CloudEvent['type'] {
  return `rushes.task.${event.kind === 'lost' ? 'lost' : event.snapshot.status}`;
}

function dataOf(event: TaskEvent): EventData {
  const { task } = event;
  if (event.kind === 'lost') {
    // Whoever made the error may have named another task, or none; then nobody could believe the event.
    return Object.freeze({ kind: 'lost', task, error: Object.freeze({ ...event.error.toJSON(), task }) });
  }
  const { raw, ...facts } = event.snapshot;
  const snapshot = raw === undefined || isReadable(event.snapshot) ? event.snapshot : Object.freeze(facts);
  return Object.freeze({ kind: 'snapshot', task, snapshot });
}

/** Whether readers take an event with this in it, with room for its attributes and for those of whoever signs it. */
function isReadable(snapshot: Snapshot): boolean {
  const event = { data: { snapshot }, attributes: Array.from({ length: 64 }) };
  return (
    isBounded(event, (container, key) => container[key]) && JSON.stringify(snapshot).length < MAX_EVENT_LENGTH - 16_384
  );
}

function rfc3339(event: TaskEvent, observedMs?: number): string | undefined {
  const completed = event.kind === 'snapshot' && isCompleted(event.snapshot) ? event.snapshot : undefined;
  const ms = completed?.completedAt ?? observedMs;
  const date = new Date(ms ?? Number.NaN);
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  // Years of more than four digits are none in RFC 3339.
  return /^\d{4}-/.test(text) ? text : undefined;
}
