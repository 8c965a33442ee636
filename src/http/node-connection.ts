import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';
import { hostOf } from './node-proxy.js';

/** How connections are made and kept. */
export interface ConnectionSettings {
  readonly keepAliveMs: number;
  readonly connectTimeoutMs: number;
  readonly ca: string | undefined;
  readonly lookup: LookupFunction;
}

/** Where a connection leads, which way, and what it may not touch. */
export interface Route {
  readonly target: URL;
  readonly proxy: URL | undefined;
  /** Through a proxy only an address within the URL is asked about: the proxy alone sees the others. */
  readonly mayConnect: ((address: string) => boolean) | undefined;
}

/** One connection, for one request at a time, so that giving a request up costs no other, at whatever point it is. */
export class Connection {
  readonly #client: Client;
  readonly #ended = new AbortController();

  /**
   * @param onGone - Told each time that the connection is gone.
   * @throws An error with the code `EACCES` for an address that may not be connected to.
   */
  constructor(route: Route, settings: ConnectionSettings, onGone: () => void) {
    const { target, proxy, mayConnect } = route;
    if (mayConnect && isIP(hostOf(target)) !== 0 && !mayConnect(hostOf(target))) throw notAllowed(hostOf(target));
    const { connectTimeoutMs: timeout, ca, keepAliveMs } = settings;
    const { signal } = this.#ended;
    const lookup = mayConnect ? guarded(settings.lookup, mayConnect) : settings.lookup;
    const connect = buildConnector({ timeout, lookup, signal, ...(ca !== undefined && { ca }) });
    this.#client = new Client(target.origin, {
      connect: proxy ? tunnel(proxy, connect, { timeout, signal }) : connect,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#client.on('disconnect', onGone);
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(options, handler);
  }

  /** Ends it at once, also while it is being made; a request that still runs fails with `reason`. */
  end(reason?: Error): Promise<void> {
    const ended = this.#client.destroy(reason ?? null);
    this.#ended.abort(reason);
    return ended;
  }
}

/** The check comes before the connection, on the very addresses that are connected to. */
function guarded(lookup: LookupFunction, mayConnect: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, options, (error, found, family) => {
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found];
      callback(error ?? refusal(hostname, addresses, mayConnect), found, family);
    });
}

/** One address that may not be connected to is enough: a name that mixes them means no good. */
function refusal(host: string, addresses: readonly string[], mayConnect: (address: string) => boolean): Error | null {
  try {
    return addresses.every(mayConnect) ? null : notAllowed(host);
  } catch (error) {
    return error instanceof Error ? error : notAllowed(host);
  }
}

function notAllowed(host: string): Error {
  return Object.assign(new Error(`${host} leads to an address that may not be connected to`), { code: 'EACCES' });
}

/** A connection through a proxy, which sees where it leads and nothing of what is said. */
function tunnel(
  proxy: URL,
  connect: buildConnector.connector,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal },
): buildConnector.connector {
  const request = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
  const credentials = [proxy.username, proxy.password].map(decodeURIComponent).join(':');
  return (target, callback) => {
    const authority = `${target.host?.replace(/:\d+$/, '')}:${target.port || 443}`;
    const fail = (what: string, code: string) =>
      callback(Object.assign(new Error(`the proxy ${proxy.host} ${what}`), { code }), null);
    const asked = request({
      host: hostOf(proxy),
      ...(proxy.port !== '' && { port: proxy.port }),
      method: 'CONNECT',
      path: authority,
      headers: {
        host: authority,
        ...(credentials !== ':' && { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
      },
      agent: false,
      timeout,
      signal,
    });
    asked.once('connect', ({ statusCode }, httpSocket) => {
      if (statusCode === 200) return connect({ ...target, httpSocket }, callback);
      httpSocket.destroy();
      fail(`refused the connection (${statusCode})`, 'ECONNREFUSED');
    });
    asked.once('timeout', () =>
      asked.destroy(Object.assign(new Error('no answer'), { code: 'UND_ERR_CONNECT_TIMEOUT' })),
    );
    asked.once('error', (error: NodeJS.ErrnoException) =>
      fail(`could not be used: ${error.message}`, error.code ?? ''),
    );
    asked.end();
  };
}
