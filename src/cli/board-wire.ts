import { parseBody } from '../providers/parse-body.js';
import { taskOfSegments, taskPath } from '../sse/wire/task-address.js';
import type { TaskRef } from '../task/ref.js';
import { toldTask } from '../told/told-task.js';

/** Where a board has what its page asks for. */
export const boardPaths = Object.freeze({
  /** Below it: the gateway. */
  gateway: '/rushes',
  /** Its listings, as server-sent events. */
  roster: '/roster',
  /** Below it: tickets. */
  tickets: '/tickets',
});

/** A task as the page is told of it. */
export interface Listed {
  readonly task: TaskRef;
  /** When the board came to know it, in epoch milliseconds. */
  readonly addedAt: number;
}

/** What a board shows. */
export interface Listing {
  /** In the order in which they came; it only grows. */
  readonly tasks: readonly Listed[];
  /** What there is to know beside them: what cannot be shown, and why. */
  readonly notices: readonly string[];
}

/** A permission to fetch one video: an element that plays videos sends no header. */
export interface Ticket {
  readonly ticket: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Where there is a ticket for the video of `task`. */
export function ticketPath(task: TaskRef): string {
  return `${boardPaths.tickets}${ofTask(task)}`;
}

/** The task that `path` has tickets for; `undefined` where that is none. */
export function taskOfTicketPath(path: string): TaskRef | undefined {
  const [start, provider = '', id = '', ...more] = path.slice(1).split('/');
  return `/${start}` === boardPaths.tickets && more.length === 0 ? taskOfSegments(provider, id) : undefined;
}

/** Where the gateway has the video of `task`. */
export function videoPath(task: TaskRef): string {
  return `${boardPaths.gateway}${taskPath(task)}/content`;
}

/** The listing that a message of the roster tells, without what of it does not fit; `undefined` where it is none. */
export function toldListing(text: string): Listing | undefined {
  const { tasks, notices } = told(text);
  if (!Array.isArray(tasks) || !Array.isArray(notices)) return undefined;
  return {
    tasks: tasks.map(toldListed).filter((listed) => listed !== undefined),
    notices: notices.filter((notice) => typeof notice === 'string'),
  };
}

/** The ticket that an answer tells; `undefined` where it is none. */
export function toldTicket(text: string): string | undefined {
  const { ticket } = told(text);
  return typeof ticket === 'string' ? ticket : undefined;
}

function toldListed(value: unknown): Listed | undefined {
  const { task, addedAt } = facts(value);
  const ref = toldTask(task);
  return ref && typeof addedAt === 'number' && Number.isFinite(addedAt) ? { task: ref, addedAt } : undefined;
}

function told(text: string): Readonly<Record<string, unknown>> {
  const body = parseBody(text);
  return facts(body.kind === 'json' ? body.value : undefined);
}

function facts(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value);
}

function ofTask(task: TaskRef): string {
  return taskPath(task).replace(/^\/tasks/, '');
}
