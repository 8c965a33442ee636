import { lookup as dnsLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Observable } from 'rxjs';
import type { Dispatcher } from 'undici';
import { checkMs } from '../cadence/delay.js';
import { checkNames, invalidArgument } from '../errors.js';
import type { HttpResponse } from '../providers/provider.js';
import { encodeMultipart } from './multipart.js';
import { type Head, isPacked, Reception, type Sink, StreamedBody, unpacked, WholeBody } from './node-answer.js';
import { Connections } from './node-connections.js';
import { proxyRule } from './node-proxy.js';
import type { OpenedResponse, SentRequest, Transport } from './transport.js';
import { readText } from './web-body.js';

/** How {@link nodeTransport} connects. */
export interface NodeTransportOptions {
  /**
   * How long a connection waits for its next request, at most; one whose server says less is dropped a second before that.
   * Longer than most polls are apart, and shorter than the 240 s after which networks begin to forget idle connections
   * without a word.
   *
   * @defaultValue 120000
   */
  readonly keepAliveMs?: number;
  /** How long a connection may take to be made. @defaultValue 10000 */
  readonly connectTimeoutMs?: number;
  /** Where `https_proxy`, `http_proxy` and `no_proxy` are read, when the transport is made. @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Certificates to trust instead of the runtime's, in PEM. @defaultValue the runtime's, and those of `NODE_EXTRA_CA_CERTS` */
  readonly ca?: string;
  /** How names are resolved. @defaultValue `dns.lookup` */
  readonly lookup?: LookupFunction;
  /** Where multipart boundaries come from: numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** The defaults of {@link NodeTransportOptions} that are plain values. */
export const nodeTransportDefaults = Object.freeze({
  keepAliveMs: 120_000,
  connectTimeoutMs: 10_000,
} as const satisfies NodeTransportOptions);

/** A {@link Transport} that holds connections, and can be closed. */
export interface NodeTransport extends Transport, AsyncDisposable {
  /**
   * Ends every connection at once. Requests that still run fail, also creates: close it when these have settled.
   * A request after that is `INVALID_ARGUMENT`.
   */
  close(): Promise<void>;
}

/**
 * A {@link Transport} for Node: connections that outlast the wait between two polls, and the proxy of the environment.
 * A POST always has a new connection, since a kept one may be closing while it is sent. Idle connections do not keep the
 * process alive.
 *
 * `https_proxy`, `http_proxy` and `no_proxy` are heeded, but never for loopback targets, and plain http is not sent through
 * a proxy. Through a proxy only the proxy sees which address a name leads to: there, video addresses are checked by
 * their name, or by the address that stands in them.
 *
 * @throws `INVALID_ARGUMENT` naming the option. Requests fail with the system's errors, and with `BAD_RESPONSE` for a body
 * over the cap.
 * @example
 * ```ts
 * const transport = nodeTransport();
 * const client = createClient(provider, { transport });
 * console.log((await client.result('task_abc123')).videoUrl); // https://…
 * await transport.close();
 * ```
 */
export function nodeTransport(options: NodeTransportOptions = {}): NodeTransport {
  const { env = process.env, lookup = dnsLookup, random = Math.random, ca } = checked(options);
  const { keepAliveMs = nodeTransportDefaults.keepAliveMs, connectTimeoutMs = nodeTransportDefaults.connectTimeoutMs } =
    options;
  const proxyOf = proxyRule(env);
  const connections = new Connections({
    // Timers take no longer waits, and undici no shorter ones.
    keepAliveMs: Math.min(Math.max(keepAliveMs, 1), 2 ** 31 - 1),
    connectTimeoutMs: Math.min(Math.max(connectTimeoutMs, 1), 2 ** 31 - 1),
    ca,
    lookup,
  });

  const lend = ({ method, mayConnect }: SentRequest, target: URL) =>
    connections.lend({ target, proxy: proxyOf(target), mayConnect, isOnce: method === 'POST' });

  const exchanged = <T>(request: SentRequest, receive: Receive<T>): Observable<T> =>
    new Observable((subscriber) => {
      let isHeard = false;
      let leave: (() => void) | undefined;
      // Undici must not be asked anew from within its parser, which is where an answer is heard.
      const hear = (tell: () => void) =>
        queueMicrotask(() => {
          isHeard = true;
          tell();
        });
      const fail = (error: unknown) => hear(() => subscriber.error(error));
      const answer = (value: T) =>
        hear(() => {
          subscriber.next(value);
          subscriber.complete();
        });
      const send = (headers: SentRequest['headers'], body: string | Uint8Array | null): void => {
        const target = new URL(request.url);
        const { connection, giveBack } = lend(request, target);
        leave = () => giveBack(false);
        const failed = (error: Error) => {
          giveBack(false);
          fail(error);
        };
        connection.dispatch(
          {
            path: target.pathname + target.search,
            method: request.method,
            headers: { 'user-agent': 'rushes', 'accept-encoding': 'identity', ...headers },
            body,
          },
          new Reception(
            (head, controller) =>
              receive({ url: target.href, maxBodyBytes, head, controller, answer, fail: failed, giveBack }),
            failed,
          ),
        );
      };
      const { headers, body = null, maxBodyBytes } = request;
      if (body === null || typeof body === 'string') {
        send(headers, body);
      } else {
        encodeMultipart(body, random)
          .then(
            ({ contentType, bytes }) => subscriber.closed || send({ ...headers, 'content-type': contentType }, bytes),
          )
          .catch(fail);
      }
      return () => isHeard || leave?.();
    });

  const close = () => connections.close();
  return Object.assign((request: SentRequest) => exchanged(request, whole), {
    open: (request: SentRequest) => exchanged(request, opened),
    close,
    [Symbol.asyncDispose]: close,
  });
}

/** An answer that begins, and whom to tell of it. */
interface Begun<T> {
  readonly url: string;
  readonly maxBodyBytes: number;
  readonly head: Head;
  readonly controller: Dispatcher.DispatchController;
  readonly answer: (value: T) => void;
  readonly fail: (error: Error) => void;
  readonly giveBack: (isWhole: boolean) => void;
}

type Receive<T> = (begun: Begun<T>) => Sink;

function whole({ url, maxBodyBytes, head, controller, answer, fail, giveBack }: Begun<HttpResponse>): Sink {
  const tell = (text: string) => answer({ ...head, url, text });
  if (isPacked(head)) {
    const body = new StreamedBody(controller, giveBack);
    readText(unpacked(head, body.stream), maxBodyBytes).then(tell, fail);
    return body;
  }
  const end = (text: string) => {
    giveBack(true);
    tell(text);
  };
  return new WholeBody(maxBodyBytes, end, fail);
}

function opened({ url, head, controller, answer, giveBack }: Begun<OpenedResponse>): Sink {
  const body = new StreamedBody(controller, giveBack);
  answer({ ...head, url, body: unpacked(head, body.stream) });
  return body;
}

/** @throws `INVALID_ARGUMENT` naming the option. */
function checked(options: NodeTransportOptions): NodeTransportOptions {
  checkNames('nodeTransport', options, ['keepAliveMs', 'connectTimeoutMs', 'env', 'ca', 'lookup', 'random']);
  for (const name of ['keepAliveMs', 'connectTimeoutMs'] as const) {
    if (options[name] !== undefined) checkMs(`nodeTransport.${name}`, options[name]);
  }
  for (const name of ['lookup', 'random'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw invalidArgument(`nodeTransport.${name}`, 'a function', options[name]);
  }
  const { env = {}, ca = '' } = options;
  if (typeof env !== 'object') throw invalidArgument('nodeTransport.env', 'an object', env);
  if (typeof ca !== 'string') throw invalidArgument('nodeTransport.ca', 'certificates in PEM', ca);
  return options;
}
