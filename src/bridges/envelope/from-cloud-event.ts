import type { TaskEvent } from '../../operators/task-event.js';
import { parseBody } from '../../providers/parse-body.js';
import { encodeToken } from '../../task/token.js';
import { toldEvent } from '../../told/told-event.js';
import { isTypeOf, MAX_EVENT_LENGTH } from './cloud-event.js';

/** The attributes of an event as its JSON gave them, those that are not ours too. */
export type Attributes = Readonly<Record<string, unknown>>;

/**
 * The news that an event tells; `undefined` for whatever is none. It never throws, and takes nothing on trust: `source`,
 * `type` and `subject` have to agree with `data`, facts are checked one by one, text is scrubbed, and what is longer than
 * 262,144 characters, or too deep, is not looked at. Whether its sender may speak of the task, it cannot know.
 *
 * @param event - What came from the bus: a parsed event, or its JSON as text or UTF-8 bytes.
 * @example
 * ```ts
 * fromCloudEvent(toCloudEvent(snapshot)); // { kind: 'snapshot', task, snapshot }
 * fromCloudEvent('{"specversion":"0.3"}'); // undefined
 * ```
 */
export function fromCloudEvent(event: unknown): TaskEvent | undefined {
  return readCloudEvent(event)?.told;
}

/** The news that an event tells, and all that the event says. */
export function readCloudEvent(
  event: unknown,
): { readonly told: TaskEvent; readonly attributes: Attributes } | undefined {
  const body = parseBody(textOf(event) ?? '');
  const attributes = Object(body.kind === 'json' ? body.value : undefined) as Attributes;
  const { specversion, id, source, subject, type, data } = attributes;
  if (specversion !== '1.0' || typeof id !== 'string' || id === '') return undefined;
  const told = toldEvent(data);
  if (!told || source !== told.task.provider || subject !== encodeToken(told.task.id)) return undefined;
  return isTypeOf(type, told) ? { told, attributes } : undefined;
}

function textOf(event: unknown): string | undefined {
  try {
    const text =
      typeof event === 'string' ? event : event instanceof Uint8Array ? decoded(event) : JSON.stringify(event);
    return text.length <= MAX_EVENT_LENGTH ? text : undefined;
  } catch {
    return undefined;
  }
}

function decoded(bytes: Uint8Array): string {
  // A character takes three bytes at most for each of its code units.
  return bytes.length <= 3 * MAX_EVENT_LENGTH ? new TextDecoder('utf-8', { fatal: true }).decode(bytes) : '';
}
