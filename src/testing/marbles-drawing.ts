import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { Snapshot } from '../task/snapshot.js';
import { letterFor } from './marbles.js';

/** Options of {@link marblesDrawing}. */
export interface MarblesDrawingOptions {
  /** Where time comes from. @defaultValue RxJS' `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /** How long one character takes, in milliseconds. @defaultValue `1000` */
  readonly frameMs?: number;
}

/** How a {@link marblesDrawing} is drawn unless told otherwise. */
export const marblesDrawingDefaults = Object.freeze({ frameMs: 1_000 } as const satisfies MarblesDrawingOptions);

/**
 * Draws a stream of snapshots as the marble diagram that `marblesSource` would play, once the stream has ended. An error
 * is drawn too, as `#`, and is no error any more. What comes while a group is still being drawn is drawn right after it.
 *
 * ```text
 *            q--5--(C|)
 * drawn      ------('q--5--(C|)' |)
 * ```
 *
 * @example
 * ```ts
 * const clock = createClock();
 * const client = createClient(marblesSource('q-qq5--(C|)', { scheduler: clock }), { scheduler: clock });
 * client
 *   .watch({ provider: 'test', id: 'task_1' })
 *   .pipe(marblesDrawing({ scheduler: clock }))
 *   .subscribe((drawing) => console.log(drawing)); // q---5--(C|)
 * await clock.advance(10_000);
 * ```
 */
export function marblesDrawing(options: MarblesDrawingOptions = {}): OperatorFunction<Snapshot, string> {
  const { scheduler = asyncScheduler, frameMs } = { ...marblesDrawingDefaults, ...options };
  return (source) =>
    new Observable((subscriber) => {
      const startMs = scheduler.now();
      const frames = new Map<number, string>();
      const mark = (letter: string) => {
        const frame = Math.floor((scheduler.now() - startMs) / frameMs);
        frames.set(frame, (frames.get(frame) ?? '') + letter);
      };
      const end = (letter: string) => {
        mark(letter);
        subscriber.next(drawn(frames));
        subscriber.complete();
      };
      return source.subscribe({
        next: (snapshot) => mark(letterFor(snapshot)),
        error: () => end('#'),
        complete: () => end('|'),
      });
    });
}

function drawn(frames: ReadonlyMap<number, string>): string {
  let drawing = '';
  for (const [frame, letters] of frames) {
    drawing = drawing.padEnd(frame, '-') + (letters.length > 1 ? `(${letters})` : letters);
  }
  return drawing;
}
