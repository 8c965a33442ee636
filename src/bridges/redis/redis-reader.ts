import {
  asyncScheduler,
  concatMap,
  defer,
  finalize,
  from,
  ignoreElements,
  lastValueFrom,
  type MonoTypeOperatorFunction,
  Observable,
  of,
  type Subscriber,
  share,
  tap,
  throwError,
  timeout,
} from 'rxjs';
import { Waits } from '../../cadence/waits.js';
import { messageOf, RushesError } from '../../errors.js';
import { retryTransient } from '../../operators/retry-transient.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { isSameTask, type TaskRef, taskKey } from '../../task/ref.js';
import { tellsEnd } from '../envelope/cloud-event.js';
import { type BusMessage, readNews } from '../read/read-news.js';
import { type BlockingConnection, duplicate, type RedisClient, type RedisCommands, send } from './redis-client.js';
import { isPlace, placeOf, START } from './redis-place.js';
import { type RedisSourceOptions, redisSourceDefaults } from './redis-source-options.js';

/** How long one command waits for news: a stream that was lost and made anew, with older ids, is seen after it. */
const BLOCK_MS = 1_000;

/** Entries in one answer. */
const MAX_ENTRIES = 128;

/** A message, and where it stands in the stream. */
interface Entry extends BusMessage {
  readonly id: string;
}

/** Who watches a task, and the place of what it was told last. */
interface Watcher {
  readonly sink: Subscriber<TaskEvent>;
  place: bigint;
}

/** All who watch one task. */
interface Watched {
  readonly task: TaskRef;
  readonly watchers: Set<Watcher>;
  /** The place of the latest state that was read for all of them. */
  latest?: unknown;
}

/** Reads a stream on one connection for all who watch, and the latest state of a task for each who joins. */
export class RedisReader {
  readonly #client: RedisClient;
  readonly #options: RedisSourceOptions;
  readonly #latestKey: (task: TaskRef) => string;
  readonly #patient: MonoTypeOperatorFunction<void>;
  readonly #feed: Observable<never>;
  readonly #watched = new Map<string, Watched>();
  /** Up to where the stream was read; not known before the first answer. */
  #cursor: string | undefined;

  constructor(client: RedisClient, options: RedisSourceOptions, latestKey: (task: TaskRef) => string) {
    this.#client = client;
    this.#options = options;
    this.#latestKey = latestKey;
    const { answerTimeoutMs = redisSourceDefaults.answerTimeoutMs, retry, random } = options;
    const scheduler = new Waits(options.scheduler ?? asyncScheduler);
    const unanswered = () => new RushesError('UNAVAILABLE', 'redis has not answered in time', { retryable: true });
    const inTime = timeout<void, Observable<never>>({
      each: BLOCK_MS + answerTimeoutMs,
      with: () => throwError(unanswered),
      scheduler,
    });
    const again = retryTransient<void>({ ...retry, scheduler, ...(random && { random }) });
    this.#patient = (work) => work.pipe(inTime, again);
    this.#feed = this.#followed().pipe(
      this.#patient,
      finalize(() => {
        this.#cursor = undefined;
      }),
      ignoreElements(),
      share(),
    );
  }

  /** What is known of `task`, and what comes. */
  newsOf(task: TaskRef): Observable<TaskEvent> {
    return new Observable((sink) => {
      const key = taskKey(task);
      const watched = this.#watched.get(key) ?? { task, watchers: new Set() };
      const watcher: Watcher = { sink, place: -1n };
      this.#watched.set(key, watched);
      watched.watchers.add(watcher);
      sink.add(() => {
        watched.watchers.delete(watcher);
        if (watched.watchers.size === 0 && this.#watched.get(key) === watched) this.#watched.delete(key);
      });
      sink.add(this.#feed.subscribe({ error: (error) => sink.error(error) }));
      if (this.#cursor === undefined) return;
      // The stream is followed from before this, so that nothing falls between the two.
      const join = defer(() => this.#readLatest([{ task, watchers: new Set([watcher]) }], sink));
      sink.add(join.pipe(this.#patient).subscribe({ error: (error) => sink.error(error) }));
    });
  }

  /** The stream on a connection of its own, with a sign of life each time round; it ends with its first trouble. */
  #followed(): Observable<void> {
    return new Observable((alive) => {
      const connection = duplicate(this.#client, (error) => alive.error(troubleOf(error)));
      this.#follow(connection, alive).catch((error) => alive.error(error));
      return () => connection.close();
    });
  }

  async #follow(connection: BlockingConnection, alive: Subscriber<void>): Promise<void> {
    await connection.open().catch((error) => Promise.reject(troubleOf(error)));
    this.#cursor ??= await this.#top(alive);
    // Also after a loss of the connection: what the stream has lost with it, the latest states may know.
    await this.#readAllLatest(alive);
    for (; !alive.closed; alive.next()) {
      const { entries, isTrimmed } = await this.#read(this.#cursor, alive);
      await this.#tell(entries, (task) => this.#watched.get(taskKey(task)));
      if (isTrimmed) await this.#readAllLatest(alive);
      if (entries.length >= MAX_ENTRIES) continue;
      const { stream } = this.#options;
      const block = ['COUNT', '1', 'BLOCK', String(BLOCK_MS)];
      await ask(alive, connection.client, 'XREAD', ...block, 'STREAMS', stream, this.#cursor ?? START);
    }
  }

  /** Reads on from `cursor`, whose entry is asked for again: while it is there, nothing after it was trimmed. */
  async #read(cursor: string, alive: Subscriber<void>): Promise<{ entries: readonly Entry[]; isTrimmed: boolean }> {
    const { stream } = this.#options;
    const count = String(MAX_ENTRIES + 1);
    const found = entriesIn(await ask(alive, this.#client, 'XRANGE', stream, cursor, '+', 'COUNT', count));
    const isHere = found[0]?.id === cursor;
    const entries = isHere ? found.slice(1) : found;
    const last = entries.at(-1);
    if (last) this.#cursor = last.id;
    else if (!isHere && cursor !== START) this.#cursor = await this.#top(alive);
    return { entries, isTrimmed: !isHere && (last !== undefined || cursor !== START) };
  }

  async #top(alive: Subscriber<void>): Promise<string> {
    const answer = await ask(alive, this.#client, 'XREVRANGE', this.#options.stream, '+', '-', 'COUNT', '1');
    return entriesIn(answer)[0]?.id ?? START;
  }

  async #readAllLatest(alive: Subscriber<void>): Promise<void> {
    const all = [...this.#watched.values()];
    // A stream that was lost and made anew may have older places than those of before.
    for (const { watchers } of all) for (const watcher of watchers) watcher.place = -1n;
    await this.#readLatest(all, alive);
  }

  async #readLatest(all: readonly Watched[], asker: Subscriber<unknown>): Promise<void> {
    const states = all.map(({ task }) =>
      ask(asker, this.#client, 'HMGET', this.#latestKey(task), 'event', 'entry').catch(foreign),
    );
    // Asked last, as a state is written after its entry.
    const [top, ...answers] = await Promise.all([this.#top(asker), ...states]);
    await Promise.all(all.map((watched, i) => this.#tellLatest(watched, answers[i] as readonly unknown[], top)));
  }

  async #tellLatest(watched: Watched, [body, entry]: readonly unknown[], top: string): Promise<void> {
    if (body === null || entry === watched.latest) return;
    watched.latest = entry;
    // No event vouches for its entry: one that the stream cannot have must not hide what comes.
    const id = isPlace(entry) && placeOf(entry) <= placeOf(top) ? entry : START;
    const isAddressOf = (named: TaskRef) => isSameTask(named, watched.task);
    await this.#tell([{ id, body, isAddressOf }], () => watched);
  }

  /** Tells what is newer than what was told, as a latest state may be read while the stream goes on; and every end. */
  async #tell(entries: readonly Entry[], watchedOf: (task: TaskRef) => Watched | undefined): Promise<void> {
    const told = from(entries).pipe(
      concatMap((entry) =>
        of(entry).pipe(
          readNews(this.#options),
          tap((news) => {
            const place = placeOf(entry.id);
            for (const watcher of [...(watchedOf(news.task)?.watchers ?? [])]) {
              if (place <= watcher.place && !tellsEnd(news)) continue;
              watcher.place = place;
              watcher.sink.next(news);
            }
          }),
        ),
      ),
    );
    await lastValueFrom(told, { defaultValue: undefined });
  }
}

/** Sends a command for somebody who may be gone before the answer, and then goes no further. */
async function ask(asker: Subscriber<unknown>, client: RedisCommands, ...command: Command): Promise<unknown> {
  try {
    const answer = await send(client, ...command);
    if (!asker.closed) return answer;
  } catch (error) {
    throw troubleOf(error);
  }
  throw new RushesError('UNAVAILABLE', 'nobody waits for the answer any more');
}

type Command = [command: string, ...args: string[]];

/** A key that holds no latest state is as good as a state that cannot be read: it must not end the other watches. */
function foreign(error: RushesError): readonly unknown[] {
  if (error.code === 'INVALID_ARGUMENT') return [error.message, null];
  throw error;
}

/** What the trouble of a client means. Its errors carry the command: only their message is kept. */
function troubleOf(error: unknown): RushesError {
  const message = messageOf(error);
  const code = /^(?:NOAUTH|WRONGPASS|NOPERM)\b/.test(message)
    ? 'UNAUTHORIZED'
    : /^(?:WRONGTYPE|CROSSSLOT)\b/.test(message)
      ? 'INVALID_ARGUMENT'
      : 'UNAVAILABLE';
  return new RushesError(code, `redis cannot be read: ${message}`, { retryable: code === 'UNAVAILABLE', cause: error });
}

/** The entries in an answer of `XRANGE`, with the one field that an event has. */
function entriesIn(answer: unknown): Entry[] {
  return (answer as readonly (readonly [id: unknown, fields: readonly unknown[]])[]).map(([id, fields]) => {
    const [name, body] = fields;
    return { id: String(id), body: name === 'event' ? body : fields };
  });
}
