import type { Dialect, Operation, ProviderName } from '../dialects/dialect.js';

/** Where a request goes. */
export interface Route {
  readonly dialect: Dialect;
  /** Below the base URL. */
  readonly path: string;
  /** Absent when the API has no such route. */
  readonly operation?: Operation;
  readonly id?: string;
}

/** Finds out what a request asks for; `undefined` when it is a preflight or the path belongs to no vendor. */
export function routeOf(method: string, pathname: string, dialects: ReadonlyMap<string, Dialect>): Route | undefined {
  const [, mount = '', ...rest] = pathname.split('/');
  if (method === 'OPTIONS') return undefined;
  if (mount === 'media') return mediaRoute(rest, dialects);
  const dialect = dialects.get(mount);
  if (dialect === undefined) return undefined;
  const path = `/${rest.join('/')}`;
  const route = { dialect, path };
  if (path !== dialect.collection && !path.startsWith(`${dialect.collection}/`)) return route;
  const [id, action, ...more] = path
    .slice(dialect.collection.length + 1)
    .split('/')
    .map(decoded);
  const operation = more.length === 0 ? operationOf(method, id, action) : undefined;
  if (operation === undefined || !dialect.offers.includes(operation)) return route;
  return id === undefined || id === '' ? { ...route, operation } : { ...route, operation, id };
}

const onCollection: Readonly<Record<string, Operation>> = { POST: 'create', GET: 'list' };
const onTask: Readonly<Record<string, Operation>> = { GET: 'read', DELETE: 'delete' };

function operationOf(method: string, id: string | undefined, action: string | undefined): Operation | undefined {
  if (id === undefined) return undefined;
  if (id === '') return action === undefined ? onCollection[method] : undefined;
  if (action === undefined) return onTask[method];
  return action === 'content' && method === 'GET' ? 'content' : undefined;
}

function mediaRoute([provider = '', file = '']: string[], dialects: ReadonlyMap<string, Dialect>): Route | undefined {
  const dialect = dialects.get(provider as ProviderName);
  const id = decoded(file)?.replace(/\.mp4$/, '');
  if (dialect === undefined || id === undefined) return undefined;
  return { dialect, path: `/media/${file}`, operation: 'media', id };
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
