import { catchError, firstValueFrom, map, type Observable, of } from 'rxjs';
import { isProvider } from '../create/providers-backend.js';
import { checkNames, invalidArgument, isLost, type LostError, type RushesError } from '../errors.js';
import { exchange } from '../http/exchange.js';
import { backoff } from '../operators/patience.js';
import type { Provider } from '../providers/provider.js';
import { advance } from '../task/advance.js';
import { isSameTask, type TaskRef, taskKey } from '../task/ref.js';
import { isSameNews } from '../task/sameness.js';
import { isTerminal, type Snapshot } from '../task/snapshot.js';
import { isStatus } from '../task/status.js';
import { Account } from '../watch/account.js';
import { cadenceOf, type PollOptions, type PollSettings, pollSettings } from '../watch/poll-source.js';
import { createReader, type ReadMemory } from '../watch/read.js';
import { nameTask } from '../watch/task-like.js';

/** What is known of a task before it is asked about once more. */
export interface PollState {
  /** The last that was heard of it. */
  readonly seed?: Snapshot | undefined;
  /** How many polls in a row met passing trouble before this one. @defaultValue 0 */
  readonly failures?: number | undefined;
  /**
   * How long ago the task was created, for a task that no poll has found yet: not to be found in its first 30 s is
   * passing trouble then. @defaultValue it is not known, and not to be found is final
   */
  readonly ageMs?: number | undefined;
  /** How many polls were answered before this one, for the cadence. @defaultValue 0 */
  readonly polls?: number | undefined;
  /** How long the task has been watched, for the cadence. @defaultValue 0 */
  readonly elapsedMs?: number | undefined;
  /** How long it has said the same, for the cadence. @defaultValue 0 */
  readonly sinceChangeMs?: number | undefined;
}

/** What one poll came to. */
export interface PollOutcome {
  /** What is known of the task now: `seed` itself where there is no news. */
  readonly snapshot?: Snapshot;
  /** Trouble that may pass: ask again. */
  readonly trouble?: RushesError;
  /** Why it cannot be known how the task ends: asking again is no use. */
  readonly lost?: LostError;
  /** How long to wait before the next poll, in milliseconds; `'done'` when there is nothing more to ask. */
  readonly next: number | 'done';
}

/** How a task is asked about once. `giveUpAfterMs` of `retry` does nothing: when to give up is for the engine to say. */
export interface PollOnceOptions extends Omit<PollOptions, 'wake'>, PollState {}

/**
 * Asks about a task once, at most: the step of a watch, for an engine that keeps time, counts failures and decides who
 * asks, such as a job queue. It keeps nothing between calls, so that a call which comes early, late or twice does no
 * harm.
 *
 * @param task - The task, or its id.
 * @returns Never a rejection for what the provider answers: trouble that may pass is `trouble`, beside the `seed`, with
 * a wait that doubles with `failures`; what is final is `lost`. A `seed` that has ended is `'done'` without a request.
 * It rejects with what a cadence throws.
 * @throws `INVALID_ARGUMENT` at the call, naming the option.
 * @example
 * ```ts
 * const { snapshot, next } = await pollOnce(cometapi({ apiKey }), 'task_abc123', { seed });
 * if (snapshot !== seed) await save(snapshot); // there is news
 * if (next !== 'done') await pollAgainIn(next); // 5000
 * ```
 */
export function pollOnce(
  provider: Provider,
  task: TaskRef | string,
  options: PollOnceOptions = {},
): Promise<PollOutcome> {
  if (!isProvider(provider))
    throw invalidArgument('pollOnce(provider)', 'a provider, such as cometapi({ apiKey })', provider);
  checkNames('pollOnce', options, names);
  const { seed, failures, ageMs, polls, elapsedMs, sinceChangeMs, ...how } = options;
  const { task: ref } = nameTask(task, [provider.name]);
  const state = { seed, failures, ageMs, polls, elapsedMs, sinceChangeMs };
  checkState(ref, state);
  return firstValueFrom(createPoller(provider, pollSettings(how))(ref, state));
}

const names: readonly string[] = [
  'seed',
  'failures',
  'ageMs',
  'polls',
  'elapsedMs',
  'sinceChangeMs',
  'transport',
  'fetch',
  'budget',
  'cadence',
  'retry',
  'requestTimeoutMs',
  'raw',
  'maxBodyBytes',
  'scheduler',
  'random',
] satisfies (keyof PollOnceOptions)[];

/**
 * Asks about tasks of one provider, each once. Where `memory` is that of the task's last poll, an unchanged answer is known
 * by its text.
 */
export type Poller = (task: TaskRef, state: PollState, memory?: ReadMemory) => Observable<PollOutcome>;

/** The longest answer that is kept to be compared with the next; usual ones have a few hundred characters. */
const LONGEST_KEPT_TEXT = 8_192;

/** What all polls of one provider share. */
export function createPoller(provider: Provider, settings: PollSettings): Poller {
  const { transport, maxBodyBytes, waits, random, retry } = settings;
  const account = new Account(provider, settings.budget);
  const read = createReader({ ...settings, account, exchange: exchange(provider, transport, { maxBodyBytes }) });
  const cadence = cadenceOf(provider, settings);

  function heard(memory: ReadMemory, observed: Snapshot, state: PollState): PollOutcome {
    const { seed } = state;
    const isNews = !seed || (observed !== seed && !isSameNews(seed, observed));
    const snapshot = isNews ? advance(seed, observed) : seed;
    memory.lastSnapshot = snapshot;
    // Whoever remembers many tasks must know how much that is.
    if ((memory.lastText?.length ?? 0) > LONGEST_KEPT_TEXT) memory.lastText = undefined;
    if (isTerminal(snapshot)) return { snapshot, next: 'done' };
    const { polls = 0, elapsedMs = 0, sinceChangeMs = 0 } = state;
    const seen = { polls: polls + 1, elapsedMs, sinceChangeMs: isNews ? 0 : sinceChangeMs, snapshot };
    return { snapshot, next: memory.hintMs ?? cadence(seen) };
  }

  function failed(error: unknown, { seed, failures = 0 }: PollState): PollOutcome {
    const known = seed && { snapshot: seed };
    if (!isLost(error)) throw error;
    if (!error.retryable) return { ...known, lost: error, next: 'done' };
    return { ...known, trouble: error, next: (error.retryAfterMs ?? 0) + backoff(failures, retry, random) };
  }

  return (task, state, memory = { task, lastSnapshot: state.seed }) => {
    const { seed, ageMs } = state;
    if (seed && isTerminal(seed)) return of({ snapshot: seed, next: 'done' });
    if (ageMs !== undefined) account.expect(task, waits.now() - ageMs, waits.now());
    if (seed) account.hasAnsweredWell = true;
    return read(memory, waits.now()).pipe(
      map((observed) => () => heard(memory, observed, state)),
      catchError((error) => of(() => failed(error, state))),
      // Only here: what a cadence throws is no trouble of the provider's, whatever it looks like.
      map((outcome) => outcome()),
    );
  };
}

function checkState(task: TaskRef, { seed, ...counts }: PollState): void {
  const { task: about, status } = Object(seed) as Partial<Snapshot>;
  if (seed !== undefined && !(isStatus(status) && about && isSameTask(about, task)))
    throw invalidArgument('seed', 'a snapshot of this task', about ? taskKey(about) : seed);
  for (const [name, count] of Object.entries(counts)) {
    if (count !== undefined && !(Number.isFinite(count) && count >= 0))
      throw invalidArgument(name, 'a number, 0 or more', count);
  }
}
