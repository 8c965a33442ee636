import { type Observable, Subject } from 'rxjs';
import type { TaskRef } from '../../task/ref.js';
import { ticketPath, toldTicket, videoPath } from '../board-wire.js';

/** How a page asks its board, with the token it has. */
export interface BoardAccess {
  readonly headers: Readonly<Record<string, string>>;
  /** Asks the board for something of its own. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
  /** For the gateway's client. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** Tells that the board does not take the token: it is another one than the page was opened for. */
  readonly refused: Observable<void>;
  /** The address of a video, with a ticket. */
  readonly videoAddress: (task: TaskRef) => Promise<string>;
}

/** Asks a board with `token`. */
export function boardAccess(token: string, fetch: typeof globalThis.fetch): BoardAccess {
  const headers = { authorization: `Bearer ${token}` };
  const refused = new Subject<void>();
  const ask = (path: string, init: RequestInit = {}) => fetch(path, { ...init, headers, cache: 'no-store' });
  return {
    headers,
    ask,
    refused,
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      // It says nothing of any task, so whoever listens stops before one is called lost.
      if (answer.status === 401 || answer.status === 403) refused.next();
      return answer;
    },
    videoAddress: async (task) => {
      const answer = await ask(ticketPath(task));
      if (!answer.ok) throw new Error(`there is no ticket: ${answer.status}`);
      const ticket = toldTicket(await answer.text());
      if (ticket === undefined) throw new Error('there is no ticket in the answer');
      return `${videoPath(task)}?ticket=${encodeURIComponent(ticket)}`;
    },
  };
}
