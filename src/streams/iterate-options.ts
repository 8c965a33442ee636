import { isObservable } from 'rxjs';
import { checkNames, invalidArgument } from '../errors.js';

/** How much may wait while its reader is busy, and what happens beyond that. */
export interface IterateOptions {
  /** How many items may wait; `Infinity` for as many as there are. @defaultValue `1_000` */
  readonly maxBuffered?: number;
  /**
   * What happens when too many values wait that are neither a `Snapshot` nor a `TaskEvent`: an error that says so, or
   * the oldest gives way. @defaultValue `error`
   */
  readonly overflow?: 'error' | 'drop-oldest';
}

/** The defaults of {@link IterateOptions}. */
export const iterateDefaults = Object.freeze({
  maxBuffered: 1_000,
  overflow: 'error',
} as const satisfies Required<IterateOptions>);

/** {@link IterateOptions}, checked, and whose they are. */
export interface IterateSettings extends Required<IterateOptions> {
  /** The function they were given to, for what is said about them. */
  readonly label: string;
}

/** Fills in the defaults. @throws `INVALID_ARGUMENT` naming the option, or the source when it is no Observable. */
export function checkIterate(label: string, source: unknown, options: IterateOptions): IterateSettings {
  if (!isObservable(source)) throw invalidArgument(`${label}(source)`, 'an RxJS Observable', source);
  checkNames(label, options, Object.keys(iterateDefaults));
  const { maxBuffered = iterateDefaults.maxBuffered, overflow = iterateDefaults.overflow } = options;
  const isCount = maxBuffered === Number.POSITIVE_INFINITY || (Number.isInteger(maxBuffered) && maxBuffered >= 1);
  if (!isCount) throw invalidArgument(`${label}.maxBuffered`, 'a whole number, 1 or more, or Infinity', maxBuffered);
  if (overflow !== 'error' && overflow !== 'drop-oldest')
    throw invalidArgument(`${label}.overflow`, "'error' or 'drop-oldest'", overflow);
  return { label, maxBuffered, overflow };
}
