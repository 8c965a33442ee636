import type { TaskEvent } from '../operators/task-event.js';
import { parseBody } from '../providers/parse-body.js';
import { isSameTask, type TaskRef } from '../task/ref.js';
import { toldEvent } from '../told/told-event.js';
import { toldTask } from '../told/told-task.js';

/** The version of what tabs say to each other: with another one nobody talks. */
export const tabProtocol = 1;

/** The longest message that is heard; bodies kept with `raw` may make one long. */
const MAX_MESSAGE = 4 * 2 ** 20;

/** What one tab says to the others about a task. */
export type TabMessage = Asked | Told;

/** How does it stand? */
export interface Asked {
  readonly kind: 'ask';
  readonly from: string;
}

/** Said by the tab that asks the provider: with an event news, without one a sign of life. */
export interface Told {
  readonly kind: 'tell';
  readonly from: string;
  /** It has just taken over. */
  readonly isNew: boolean;
  /** It has not asked yet since it took over: of use to those who know nothing. */
  readonly isOld: boolean;
  readonly event?: TaskEvent | undefined;
}

/** The name of the lock and the channel of a task: no other version, scope or task has it. */
export function tabName(scope: string, { provider, id }: TaskRef): string {
  return JSON.stringify(['rushes', tabProtocol, scope, provider, id]);
}

/** A message as text that {@link readMessage} reads; news that cannot be said as it is goes without `raw`, or unsaid. */
export function writeMessage(task: TaskRef, message: TabMessage): string {
  const event = message.kind === 'tell' ? message.event : undefined;
  if (!event) return textOf(task, message);
  for (const said of [event, withoutRaw(event)]) {
    try {
      const text = textOf(task, { ...message, event: said });
      if (isNews(readMessage(task, text))) return text;
    } catch {
      // JSON has no word for it, so the others are left without.
    }
  }
  return textOf(task, { ...message, event: undefined });
}

/** What another tab says about `task`; `undefined` when it is garbled, of another version or about something else. */
export function readMessage(task: TaskRef, text: unknown): TabMessage | undefined {
  if (typeof text !== 'string' || text.length > MAX_MESSAGE) return undefined;
  const body = parseBody(text);
  const said = Object(body.kind === 'json' ? body.value : undefined) as Readonly<Record<string, unknown>>;
  const { rushes, from, kind, isNew, isOld } = said;
  const about = toldTask(said.task);
  if (rushes !== tabProtocol || !about || !isSameTask(about, task)) return undefined;
  if (typeof from !== 'string' || !/^[0-9a-f]{32}$/.test(from)) return undefined;
  if (kind === 'ask') return { kind, from };
  if (kind !== 'tell' || typeof isNew !== 'boolean' || typeof isOld !== 'boolean') return undefined;
  if (said.event === undefined) return { kind, from, isNew, isOld };
  const event = toldEvent(said.event);
  return event && isSameTask(event.task, task) ? { kind, from, isNew, isOld, event } : undefined;
}

/** Who says something: 128 bits of chance. */
export function tabId(random: () => number): string {
  const word = () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return word() + word() + word() + word();
}

function isNews(message: TabMessage | undefined): boolean {
  return message?.kind === 'tell' && message.event !== undefined;
}

function textOf({ provider, id }: TaskRef, message: object): string {
  return JSON.stringify({ rushes: tabProtocol, task: { provider, id }, ...message });
}

function withoutRaw(event: TaskEvent): TaskEvent {
  if (event.kind !== 'snapshot') return event;
  const { raw: _, ...snapshot } = event.snapshot;
  return { ...event, snapshot: snapshot as typeof event.snapshot };
}
