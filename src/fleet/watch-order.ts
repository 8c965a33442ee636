import { parseBody } from '../providers/parse-body.js';
import { isSameTask, type TaskRef } from '../task/ref.js';
import { toldTask } from '../told/told-task.js';

/** What a submit asks for. When it was stored, by the server's clock, is when its time begins. */
export interface WatchOrder {
  readonly ref: TaskRef;
  /** How long the task may be watched; `Infinity` for as long as it takes. */
  readonly deadlineMs: number;
  /** It was just created: servers may not know it yet. */
  readonly isNew: boolean;
}

const VERSION = 1;

/** Far more than an id of 512 characters takes. */
const MAX_BYTES = 16_384;

const text = new TextDecoder();

export function encodeOrder({ ref, deadlineMs, isNew }: WatchOrder): string {
  const { provider, id } = ref;
  // JSON has no Infinity.
  const within = Number.isFinite(deadlineMs) ? deadlineMs : null;
  return JSON.stringify({ v: VERSION, ref: { provider, id }, deadlineMs: within, ...(isNew && { isNew }) });
}

/** What a message asks for; `undefined` when it is no order of this version about `task`. */
export function decodeOrder(data: Uint8Array, task: TaskRef): WatchOrder | undefined {
  if (data.length > MAX_BYTES) return undefined;
  const body = parseBody(text.decode(data));
  const { v, ref, deadlineMs, isNew } = Object(body.kind === 'json' ? body.value : undefined);
  const told = toldTask(ref);
  if (v !== VERSION || !told || !isSameTask(told, task)) return undefined;
  const within = deadlineMs === null ? Number.POSITIVE_INFINITY : deadlineMs;
  if (!(typeof within === 'number' && within >= 0)) return undefined;
  return { ref: told, deadlineMs: within, isNew: isNew === true };
}
