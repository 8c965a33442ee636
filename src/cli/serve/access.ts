import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { type TaskRef, taskKey } from '../../task/ref.js';
import type { Ticket } from '../board-wire.js';

const TOKEN_BYTES = 32;

/** Who may see a board: whoever has its token, and of one video, whoever has a ticket for it. */
export interface Access {
  /** Made anew for each board: letters, digits, `-` and `_`. */
  readonly token: string;
  /** Whether `authorization` is the header of somebody who has the token. */
  admits(authorization: string | null): boolean;
  ticketFor(task: TaskRef): Ticket;
  /** Whether `ticket` is one for the video of `task`, and not expired. */
  admitsTo(task: TaskRef, ticket: string | null): boolean;
}

/** How long tickets live, and what tells the time. */
export interface AccessOptions {
  /** @defaultValue `3_600_000`, an hour */
  readonly ticketMs?: number;
  /** @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
}

/** The default of {@link AccessOptions} that is a plain value. */
export const accessDefaults = Object.freeze({ ticketMs: 3_600_000 } satisfies AccessOptions);

/** A new token, and the secret that tickets are signed with; neither can be had from the other. */
export function createAccess(options: AccessOptions = {}): Access {
  const { ticketMs = accessDefaults.ticketMs, scheduler = asyncScheduler } = options;
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const secret = randomBytes(TOKEN_BYTES);
  const expected = `Bearer ${token}`;
  const signature = (task: TaskRef, expiresAt: number) =>
    createHmac('sha256', secret)
      .update(`${expiresAt}\n${taskKey(task)}`)
      .digest('base64url');
  return {
    token,
    admits: (authorization) => authorization !== null && isEqual(authorization, expected),
    ticketFor: (task) => {
      const expiresAt = scheduler.now() + ticketMs;
      return { ticket: `${expiresAt}.${signature(task, expiresAt)}`, expiresAt };
    },
    admitsTo: (task, ticket) => {
      const [, time = '', signed = ''] = /^(\d{1,15})\.([\w-]{43})$/.exec(ticket ?? '') ?? [];
      const expiresAt = Number(time);
      return isEqual(signed, signature(task, expiresAt)) && scheduler.now() < expiresAt;
    },
  };
}

/** Takes as long whatever they have in common, their lengths too. */
function isEqual(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
