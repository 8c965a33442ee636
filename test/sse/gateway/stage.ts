import { finalize, type Observable, ReplaySubject } from 'rxjs';
import {
  type Backend,
  type Client,
  createClient,
  type RushesError,
  type Snapshot,
  type TaskRef,
} from '../../../src/index.js';
import { type Gateway, type GatewayOptions, gateway } from '../../../src/sse/index.js';
import { taskKey } from '../../../src/task/ref.js';
import { type Clock, createClock } from '../../../src/testing/index.js';
import { aTask, snapshotOf } from '../../task/snapshots.js';

export const at = (path: string) => `https://gateway.test${path}`;
export const taskUrl = ({ provider, id }: TaskRef = aTask) => at(`/tasks/${provider}/${encodeURIComponent(id)}`);

/** Tasks whose news a test says, and how often each was asked about. */
export class Newsroom {
  readonly asked: string[] = [];
  /** Tasks that somebody watches now. */
  readonly watched = new Set<string>();
  readonly #news = new Map<string, ReplaySubject<Snapshot>>();

  readonly watch = (task: TaskRef): Observable<Snapshot> => {
    const key = taskKey(task);
    this.asked.push(key);
    this.watched.add(key);
    return this.#of(task).pipe(finalize(() => this.watched.delete(key)));
  };

  say(snapshot: Snapshot): void {
    this.#of(snapshot.task).next(snapshot);
  }

  lose(task: TaskRef, error: RushesError): void {
    const news = this.#of(task);
    this.#news.delete(taskKey(task));
    news.error(error);
  }

  #of(task: TaskRef): ReplaySubject<Snapshot> {
    const key = taskKey(task);
    const known = this.#news.get(key);
    if (known) return known;
    const news = new ReplaySubject<Snapshot>(1);
    this.#news.set(key, news);
    return news;
  }
}

export interface Stage {
  readonly clock: Clock;
  readonly news: Newsroom;
  readonly client: Client;
  readonly handle: Gateway;
  readonly errors: unknown[];
}

/** A gateway in virtual time over a newsroom. */
export function stage(options: Partial<GatewayOptions> = {}, backend: Partial<Backend> = {}): Stage {
  const clock = createClock();
  const news = new Newsroom();
  const errors: unknown[] = [];
  const client = createClient(
    { watch: news.watch, ...backend },
    { scheduler: clock, deadlineMs: Number.POSITIVE_INFINITY },
  );
  const handle = gateway({
    ...{ client, authorize: () => true, scheduler: clock, random: () => 0.5 },
    onError: (error) => errors.push(error),
    ...options,
  });
  return { clock, news, client, handle, errors };
}

export interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** A viewer that reads a stream as it comes. */
export class Viewer {
  text = '';
  outcome: 'open' | 'closed' | 'broken' = 'open';
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();

  constructor(readonly response: Response) {
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
  }

  /** Reads until there is nothing more. */
  readonly all = async (): Promise<this> => {
    try {
      for (let part = await this.#reader.read(); !part.done; part = await this.#reader.read()) this.#hear(part.value);
      this.outcome = 'closed';
    } catch {
      this.outcome = 'broken';
    }
    return this;
  };

  /** Reads what is there, once. */
  async once(): Promise<string> {
    const { value } = await this.#reader.read();
    return value ? this.#hear(value) : '';
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }

  get messages(): Message[] {
    return messagesIn(this.text);
  }

  #hear(bytes: Uint8Array): string {
    const text = this.#decoder.decode(bytes, { stream: true });
    this.text += text;
    return text;
  }
}

/** The messages of a stream, without its comments and its `retry`. */
export function messagesIn(text: string): Message[] {
  return text
    .split('\n\n')
    .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))))
    .filter((fields) => 'data' in fields)
    .map(({ event = 'message', id = '', data }) => ({ event, id, data }));
}

/** The status words that a stream told. */
export const statusesIn = (messages: readonly Message[]): string[] =>
  messages.filter(({ event }) => event === 'message').map(({ data }) => JSON.parse(data).status);

export { aTask, snapshotOf };
