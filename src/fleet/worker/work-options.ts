import { checkNames, invalidArgument } from '../../errors.js';

/** How much a worker does. */
export interface WorkOptions {
  /**
   * Polls at once. They are divided among the providers, and their parts where there are 16; each has one at least.
   * @defaultValue 32
   */
  readonly concurrency?: number;
  /** Requests that the whole fleet may start in a second at each provider; `Infinity` for any number. @defaultValue `Infinity` */
  readonly perSecond?: number;
  /** How many workers share `perSecond`, which each takes an equal part of. @defaultValue 1 */
  readonly workers?: number;
  /** Ends the work: nothing more is begun, and the stream completes when what is under way has ended. */
  readonly signal?: AbortSignal;
}

/** The defaults of {@link WorkOptions} that are plain values. */
export const workDefaults = Object.freeze({
  concurrency: 32,
  perSecond: Number.POSITIVE_INFINITY,
  workers: 1,
} satisfies WorkOptions);

/** {@link WorkOptions}, checked and whole. */
export interface WorkSettings extends Required<Omit<WorkOptions, 'signal'>> {
  readonly signal: AbortSignal | undefined;
}

/** Fills in the defaults. @throws `INVALID_ARGUMENT` naming what is wrong. */
export function checkWork(options: WorkOptions): WorkSettings {
  checkNames('work', options, ['concurrency', 'perSecond', 'workers', 'signal']);
  const { concurrency, perSecond, workers, signal } = { ...workDefaults, ...options };
  if (!(Number.isInteger(concurrency) && concurrency >= 1))
    throw invalidArgument('work.concurrency', 'an integer, 1 or more', concurrency);
  if (!(typeof perSecond === 'number' && perSecond > 0))
    throw invalidArgument('work.perSecond', 'a number above 0, or Infinity', perSecond);
  if (!(Number.isInteger(workers) && workers >= 1))
    throw invalidArgument('work.workers', 'an integer, 1 or more', workers);
  if (signal !== undefined && typeof signal.addEventListener !== 'function')
    throw invalidArgument('work.signal', 'an AbortSignal', signal);
  return { concurrency, perSecond, workers, signal };
}
