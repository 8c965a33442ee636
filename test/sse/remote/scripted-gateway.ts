import { createClient, type Snapshot, type TaskRef } from '../../../src/index.js';
import { type Remote, type RemoteOptions, remote } from '../../../src/sse/index.js';
import { snapshotId } from '../../../src/sse/wire/event-id.js';
import { taskOfParameter, taskOfSegments } from '../../../src/sse/wire/task-address.js';
import { taskKey } from '../../../src/task/ref.js';
import { type Clock, createClock, snapshotOf } from '../../../src/testing/index.js';

export const base = 'https://my.app/rushes';
export const ref = (id: string): TaskRef => ({ provider: 'test', id });

/** One request as the gateway got it, and what a test makes of it. */
export class ScriptedRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** `left`: the viewer has gone. */
  state: 'waiting' | 'open' | 'closed' | 'broken' | 'left' = 'waiting';
  readonly #resolve: (response: Response) => void;
  readonly #reject: (error: unknown) => void;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(
    url: string,
    readonly init: RequestInit,
    resolve: (response: Response) => void,
    reject: (error: unknown) => void,
    readonly startedMs: number,
  ) {
    this.path = url.slice(base.length);
    this.method = init.method ?? 'GET';
    this.headers = init.headers as Record<string, string>;
    this.body = (init.body as string | null) ?? undefined;
    this.#resolve = resolve;
    this.#reject = reject;
    init.signal?.addEventListener('abort', () => {
      if (this.state === 'waiting' || this.state === 'open') this.state = 'left';
      reject(init.signal?.reason);
    });
  }

  /** The tasks whose news it asks for. */
  get tasks(): TaskRef[] {
    const named = new URL(base + this.path);
    const [, provider = '', id = ''] = /\/tasks\/([^/]+)\/([^/]+)\/events$/.exec(named.pathname) ?? [];
    const tasks = provider
      ? [taskOfSegments(provider, id)]
      : named.searchParams.getAll('task').map((value) => taskOfParameter(value));
    return tasks.map((task) => task as TaskRef);
  }

  get ids(): string[] {
    return this.tasks.map(({ id }) => id);
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** Answers whole. */
  answer(status: number, body: unknown = '', headers: Record<string, string> = {}): this {
    this.state = 'closed';
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/html' : 'application/json';
    this.#resolve(
      new Response(status === 204 ? null : text, { status, headers: { 'content-type': type, ...headers } }),
    );
    return this;
  }

  /** Opens the event stream. */
  open(headers: Record<string, string> = {}): this {
    this.state = 'open';
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
      },
      cancel: () => {
        this.state = 'left';
      },
    });
    this.#resolve(new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8', ...headers } }));
    return this;
  }

  /** Sends text, or bytes, as they are. */
  send(said: string | Uint8Array): this {
    if (this.state === 'open') this.#stream?.enqueue(typeof said === 'string' ? new TextEncoder().encode(said) : said);
    return this;
  }

  heartbeat(): this {
    return this.send(':\n\n');
  }

  /** News in the words that this connection has for it. */
  tell(snapshot: Snapshot): this {
    const isSole = this.path.startsWith('/tasks/');
    return this.send(`id: ${snapshotId(snapshot)}\ndata: ${JSON.stringify(isSole ? snapshot : eventOf(snapshot))}\n\n`);
  }

  say(status: Snapshot['status'], id: string, more: object = {}): this {
    return this.tell(snapshotOf(status, { task: ref(id), ...more } as never));
  }

  end(): this {
    return this.send('event: end\ndata: {}\n\n').close();
  }

  close(): this {
    if (this.state === 'open') {
      this.state = 'closed';
      this.#stream?.close();
    }
    return this;
  }

  break(): this {
    if (this.state === 'open') this.#stream?.error(new TypeError('terminated'));
    if (this.state === 'waiting') this.#reject(new TypeError('fetch failed'));
    this.state = 'broken';
    return this;
  }
}

export function eventOf(snapshot: Snapshot) {
  return { kind: 'snapshot', task: snapshot.task, snapshot };
}

export interface RemoteStage {
  readonly clock: Clock;
  readonly requests: ScriptedRequest[];
  readonly remote: Remote;
  readonly client: ReturnType<typeof createClient>;
  /** The n-th request, from 0. */
  nth(n: number): ScriptedRequest;
  last(): ScriptedRequest;
  /** Lets some time pass, by default none. */
  pass(ms?: number): Promise<void>;
  /** Requests that hold a connection. */
  connected(): ScriptedRequest[];
  /** Milliseconds since the start at which each request was made. */
  askedAt(): number[];
}

/** A remote in virtual time before a gateway that does what the test says; `respond` is asked at each request. */
export function stage(
  options: RemoteOptions & { readonly respond?: (request: ScriptedRequest, nth: number) => void } = {},
): RemoteStage {
  const { respond = () => undefined, ...more } = options;
  const clock = createClock();
  const startMs = clock.now();
  const requests: ScriptedRequest[] = [];
  const fetch = (url: string, init: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      const request = new ScriptedRequest(url, init, resolve, reject, clock.now() - startMs);
      respond(request, requests.push(request) - 1);
    });
  const made = remote(base, { fetch, scheduler: clock, random: () => 0.5, ...more });
  return {
    clock,
    requests,
    remote: made,
    client: createClient(made, { scheduler: clock }),
    nth: (n) => requests.at(n) as ScriptedRequest,
    last: () => requests.at(-1) as ScriptedRequest,
    pass: (ms = 0) => clock.advance(ms),
    connected: () => requests.filter(({ state }) => state === 'waiting' || state === 'open'),
    askedAt: () => requests.map(({ startedMs }) => startedMs),
  };
}

export { taskKey };
