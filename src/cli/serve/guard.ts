import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** What a guard looks at: a request as it came, before anything is made of it. */
export interface RawRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Says with which HTTP status a request is refused; `undefined` of those that go on. */
export type Guard = (request: RawRequest) => 403 | 404 | 405 | 421 | undefined;

/** Where a board listens. */
export interface Place {
  /** As it was named. */
  readonly host: string;
  readonly port: number;
}

const loopback: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/** Whether `host` is this machine, seen from itself only. */
export function isLoopback(host: string): boolean {
  return host === '::1' || loopback.includes(host);
}

/**
 * Lets through what was meant for this board: a page elsewhere can make a browser send requests here, under a name of its
 * own that it has led to this machine, or across origins.
 */
export function guardOf({ host, port }: Place): Guard {
  const isExposed = !isLoopback(host);
  const own = new Set([...loopback, ...(isExposed ? [authorityOf(host)] : [])].flatMap((name) => at(name, port)));
  const isOwn = (authority: string) => {
    if (own.has(authority)) return true;
    // No name leads here by way of an address, so one of this machine's cannot be another's doing.
    const [, address = ''] = /^\[?([\da-f.:]+?)\]?(?::\d+)?$/.exec(authority) ?? [];
    return isExposed && isIP(address) !== 0 && at(authorityOf(address), port).includes(authority);
  };
  return ({ method, url = '', headers }) => {
    const authority = headers.host?.toLowerCase() ?? '';
    if (!isOwn(authority)) return 421;
    if (headers.origin !== undefined && headers.origin !== `http://${authority}`) return 403;
    if (method !== 'GET' && method !== 'HEAD') return 405;
    return url.startsWith('/') && !url.startsWith('//') ? undefined : 404;
  };
}

/** A host as addresses have it. */
export function authorityOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function at(name: string, port: number): string[] {
  return [`${name.toLowerCase()}:${port}`, ...(port === 80 ? [name.toLowerCase()] : [])];
}
