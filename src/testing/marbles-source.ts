import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs';
import { RushesError } from '../errors.js';
import type { TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import { snapshotMarbles } from './marbles.js';

/** Options of {@link marblesSource}. */
export interface MarblesSourceOptions {
  /** Where time comes from: `createClock()`, or RxJS' `TestScheduler`. @defaultValue RxJS' `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /** How long one character takes, in milliseconds. @defaultValue `1000` */
  readonly frameMs?: number;
  /** Letters beside those of `snapshotMarbles`; each is told about the task that is watched. */
  readonly values?: Readonly<Record<string, Snapshot>>;
  /** What `#` is. @defaultValue an `UNAVAILABLE` about the task */
  readonly error?: unknown;
}

/** How fast a {@link marblesSource} plays unless told otherwise. */
export const marblesSourceDefaults = Object.freeze({ frameMs: 1_000 } as const satisfies MarblesSourceOptions);

/**
 * A source of snapshots that plays a marble diagram from the moment of each subscription, in virtual time: for a client
 * without a provider. The letters are those of `snapshotMarbles`; `-` is a frame in which nothing happens, `|` completes,
 * `#` fails, what stands in `( )` comes at once, spaces only align. A group takes as many frames as it has characters, as
 * in RxJS.
 *
 * @param marbles - one diagram for every task, or a function that has one for each
 * @throws TypeError for a character that is no letter of the diagram.
 * @example
 * ```ts
 * const clock = createClock();
 * const source = marblesSource('q--5--(C|)', { scheduler: clock });
 * createClient(source, { scheduler: clock })
 *   .watch({ provider: 'test', id: 'task_1' })
 *   .subscribe(({ status, progress }) => console.log(clock.now(), status, progress));
 * await clock.advance(6_000);
 * // 1800000000000 queued undefined, 1800000003000 in_progress 50, 1800000006000 completed undefined
 * ```
 */
export function marblesSource(
  marbles: string | ((task: TaskRef) => string),
  options: MarblesSourceOptions = {},
): (task: TaskRef) => Observable<Snapshot> {
  const { scheduler = asyncScheduler, frameMs, values } = { ...marblesSourceDefaults, ...options };
  const framesOf = (diagram: string) => parsed(diagram, { ...snapshotMarbles(), ...values });
  const sameForAll = typeof marbles === 'string' ? framesOf(marbles) : undefined;
  return (task) => {
    const frames = sameForAll ?? framesOf(typeof marbles === 'function' ? marbles(task) : marbles);
    return new Observable((subscriber) => {
      for (const [frame, events] of frames) {
        const play = () => {
          for (const event of events) {
            if (event === '|') subscriber.complete();
            else if (event === '#') subscriber.error(options.error ?? lost(task));
            else subscriber.next(Object.freeze({ ...event, task: Object.freeze({ ...task }) }));
          }
        };
        subscriber.add(scheduler.schedule(play, frame * frameMs));
      }
    });
  };
}

type Frames = ReadonlyMap<number, readonly (Snapshot | '|' | '#')[]>;

function parsed(marbles: string, values: Readonly<Record<string, Snapshot>>): Frames {
  const frames = new Map<number, (Snapshot | '|' | '#')[]>();
  let frame = 0;
  let groupAt: number | undefined;
  for (const char of marbles) {
    if (char === ' ') continue;
    const event = char === '|' || char === '#' ? char : Object.hasOwn(values, char) ? values[char] : undefined;
    if (event !== undefined) {
      const at = groupAt ?? frame;
      frames.set(at, [...(frames.get(at) ?? []), event]);
    } else if (char === '(' && groupAt === undefined) groupAt = frame;
    else if (char === ')' && groupAt !== undefined) groupAt = undefined;
    else if (char !== '-') throw new TypeError(`marbles: expected no "${char}" here in "${marbles}"`);
    frame++;
  }
  if (groupAt !== undefined) throw new TypeError(`marbles: expected a ")" in "${marbles}"`);
  return frames;
}

function lost(task: TaskRef): RushesError {
  return new RushesError('UNAVAILABLE', 'the diagram says that the source fails', { task, retryable: true });
}
