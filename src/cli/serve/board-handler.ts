import type { Observable } from 'rxjs';
import type { Client } from '../../index.js';
import { type GatewayOptions, gateway } from '../../sse/index.js';
import type { TaskRef } from '../../task/ref.js';
import { boardPaths, type Listing, taskOfTicketPath, videoPath } from '../board-wire.js';
import type { Access } from './access.js';
import type { Asset } from './assets.js';
import type { Roster } from './roster.js';
import { rosterStream } from './roster-stream.js';

/** What a board serves. */
export interface Served {
  readonly access: Access;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly roster: Roster;
  /** Watches the tasks of the roster. */
  readonly client: Client;
  /** What the page is told to show. @defaultValue the roster's listings */
  readonly listings?: Observable<Listing>;
  /** How its gateway is, beside that. */
  readonly gateway?: Pick<GatewayOptions, 'signal' | 'onError'>;
}

/** Answers GET and HEAD: the page to anybody who got here, all else to who has the token, videos to who has a ticket. */
export function boardHandler(served: Served): (request: Request) => Promise<Response> {
  const { access, assets, roster, client, listings = roster.listings } = served;
  const isAdmitted = (request: Request) => access.admits(request.headers.get('authorization'));
  const hasTicket = (request: Request, task: TaskRef) => {
    const { pathname, searchParams } = new URL(request.url);
    return pathname === videoPath(task) && access.admitsTo(task, searchParams.get('ticket'));
  };
  const viewers = gateway({
    client,
    basePath: boardPaths.gateway,
    authorize: (request, task) => (isAdmitted(request) || hasTicket(request, task)) && roster.find(task) !== undefined,
    // Whoever looks again is asked for again, and nobody can name tasks that are not on the board.
    rememberMs: 1_000,
    ...served.gateway,
  });
  return async (request) => {
    const { pathname } = new URL(request.url);
    const asset = assets.get(pathname);
    if (asset) return fileOf(asset, request.method);
    if (pathname.startsWith(`${boardPaths.gateway}/`)) return viewers(request);
    const isRoster = pathname === boardPaths.roster;
    if (!isRoster && !pathname.startsWith(`${boardPaths.tickets}/`)) return refused(404);
    if (!isAdmitted(request)) return refused(401);
    if (request.method !== 'GET') return refused(405);
    if (isRoster) return rosterStream(listings);
    const task = taskOfTicketPath(pathname);
    return task && roster.find(task) ? Response.json(access.ticketFor(task)) : refused(404);
  };
}

function fileOf({ type, bytes }: Asset, method: string): Response {
  const headers = { 'content-type': type, 'content-length': String(bytes.length) };
  return new Response(method === 'HEAD' ? null : bytes, { headers });
}

/** Says nothing but its number. */
export function refused(status: number): Response {
  return new Response(`${status}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
