import type { TaskRef } from '../task/ref.js';
import type { CompletedSnapshot, FailedSnapshot, LiveSnapshot, Snapshot } from '../task/snapshot.js';
import type { FailureStatus, LiveStatus, Status } from '../task/status.js';

/** The task that snapshots are about when a test does not care which. */
export const marblesDefaults = Object.freeze({
  task: Object.freeze({ provider: 'test', id: 'task_1' }),
} as const satisfies SnapshotMarblesOptions);

const letterOf: ReadonlyMap<Status, string> = new Map([
  ['queued', 'q'],
  ['in_progress', 'r'],
  ['unknown', 'u'],
  ['completed', 'C'],
  ['failed', 'F'],
  ['error', 'E'],
  ['cancelled', 'X'],
  ['expired', 'T'],
]);

/**
 * A valid, frozen snapshot of `status`. Unless `facts` say otherwise it is about `{ provider: 'test', id: 'task_1' }`,
 * the provider's word is the status itself, and a failure has a message.
 *
 * @throws TypeError for a word that is no status.
 * @example
 * ```ts
 * snapshotOf('in_progress', { progress: 40 });
 * // { task: { provider: 'test', id: 'task_1' }, status: 'in_progress', providerStatus: 'in_progress', progress: 40 }
 * snapshotOf('expired').error; // { message: 'the task is expired' }
 * ```
 */
export function snapshotOf(status: LiveStatus, facts?: FactsOf<LiveSnapshot>): LiveSnapshot;
export function snapshotOf(status: 'completed', facts?: FactsOf<CompletedSnapshot>): CompletedSnapshot;
export function snapshotOf(status: FailureStatus, facts?: FactsOf<FailedSnapshot>): FailedSnapshot;
export function snapshotOf(status: Status, facts?: FactsOf<Snapshot>): Snapshot;
export function snapshotOf(status: Status, facts: FactsOf<Snapshot> = {}): Snapshot {
  const letter = letterOf.get(status);
  if (letter === undefined) throw new TypeError(`status: expected one of ${[...letterOf.keys()]}, received ${status}`);
  const task = Object.freeze({ ...(facts.task ?? marblesDefaults.task) });
  const isFailure = letter === letter.toUpperCase() && status !== 'completed';
  const { error = { message: `the task is ${status}` } } = facts as FactsOf<FailedSnapshot>;
  const why = isFailure ? { error: Object.freeze({ ...error }) } : {};
  return Object.freeze({ providerStatus: status, ...facts, task, status, ...why }) as Snapshot;
}

/** What can be said of a snapshot beside its status. */
export type FactsOf<S extends Snapshot> = Partial<Omit<S, 'status'>>;

/** Options of {@link snapshotMarbles}. */
export interface SnapshotMarblesOptions {
  /** The task that the snapshots are about. @defaultValue `{"provider":"test","id":"task_1"}` */
  readonly task?: TaskRef;
}

/**
 * Snapshots for the letters of a marble diagram, to be passed to RxJS' `TestScheduler` as `values`. Live ones are small,
 * terminal ones are capitals:
 *
 * ```text
 * q  queued                                C  completed
 * r  in_progress                           F  failed
 * 0-9  in_progress, from 0 % to 90 %       E  error
 * u  unknown                               X  cancelled
 *                                          T  expired: its time ran out
 * ```
 *
 * Lay further letters over them with a spread.
 *
 * @example
 * ```ts
 * const values = { ...snapshotMarbles(), V: snapshotOf('completed', { videoUrl: 'https://cdn.test/v.mp4' }) };
 * new TestScheduler(assertDeepEqual).run(({ hot, expectObservable }) => {
 *   const news = hot('             q-3-r-V-F-|', values);
 *   expectObservable(news.pipe(takeUntilTerminal())).toBe('q-3-r-(V|)', values);
 * });
 * ```
 */
export function snapshotMarbles(options: SnapshotMarblesOptions = {}): Readonly<Record<string, Snapshot>> {
  const { task } = { ...marblesDefaults, ...options };
  const lettered = Array.from(letterOf, ([status, letter]) => [letter, snapshotOf(status, { task })] as const);
  const running = Array.from('0123456789', (digit) => {
    return [digit, snapshotOf('in_progress', { task, progress: Number(digit) * 10 })] as const;
  });
  return Object.freeze(Object.fromEntries([...lettered, ...running]));
}

/**
 * The letter of {@link snapshotMarbles} for a snapshot; a digit, rounded down, for one in progress that says how far.
 *
 * @example
 * ```ts
 * letterFor(snapshotOf('in_progress', { progress: 47 })); // '4'
 * ```
 */
export function letterFor({ status, progress }: Snapshot): string {
  if (status === 'in_progress' && progress !== undefined) return String(Math.min(Math.floor(progress / 10), 9));
  return letterOf.get(status) ?? '?';
}
