import fc from 'fast-check';
import { type Status, statusOfWord } from '../task/status.js';

const spellings: Readonly<Record<Exclude<Status, 'unknown'>, readonly string[]>> = Object.freeze({
  queued: ['queued', 'pending', 'submitted', 'not_start', 'in_queue'],
  in_progress: ['in_progress', 'running', 'processing', 'generating'],
  completed: ['completed', 'succeeded', 'succeed', 'success', 'done'],
  failed: ['failed', 'failure', 'fail', 'rejected'],
  error: ['error'],
  cancelled: ['cancelled', 'canceled'],
  expired: ['expired', 'timeout'],
});

/** Constraints of {@link statusWord}. */
export interface StatusWordConstraints {
  /** What the word stands for. @defaultValue anything */
  readonly status?: Status;
}

/**
 * A provider's word for a status, in any case, with dashes or spaces for underscores; for `unknown`, one that nobody
 * knows, such as the empty one or `constructor`.
 *
 * @example
 * ```ts
 * fc.sample(statusWord({ status: 'completed' }), 3); // ['SUCCESS', 'Done', ' succeeded']
 * ```
 */
export function statusWord({ status }: StatusWordConstraints = {}): fc.Arbitrary<string> {
  if (status === 'unknown') {
    const strange = fc.constantFrom('', 'unknown', 'constructor', '__proto__', 'toString', 'dreaming-of-tomorrow');
    return fc.oneof(
      strange,
      fc.string().filter((word) => statusOfWord(word) === 'unknown'),
    );
  }
  if (status !== undefined) return fc.tuple(fc.constantFrom(...spellings[status]), spelling()).map(([w, f]) => f(w));
  const known = Object.keys(spellings) as (keyof typeof spellings)[];
  return fc.oneof(...[...known, 'unknown' as const].map((each) => statusWord({ status: each })));
}

/**
 * JSON text that parsers accept and programs fall over: deep nesting, `__proto__`, numbers beyond doubles, double keys,
 * lone surrogates, and any other JSON with the keys of a task in it.
 *
 * @example
 * ```ts
 * fc.assert(fc.property(hostileJson(), (text) => provider.hear(read, answer(200, text)).kind !== 'done'));
 * ```
 */
export function hostileJson(): fc.Arbitrary<string> {
  const key = fc.constantFrom('id', 'status', 'error', 'progress', 'created_at', '__proto__', 'constructor', 'data');
  const number = fc.constantFrom('1e999', '-1e999', '1e308', '-0', '9007199254740993', `1${'0'.repeat(400)}`);
  const leaf = fc.oneof(
    number,
    fc.json(),
    fc.constantFrom('"\\ud800"', '"\\u0000\\u202e"', '"__proto__"', '"completed"'),
  );
  const object = fc.array(fc.tuple(key, leaf), { maxLength: 8 }).map(objectText);
  const nested = fc
    .tuple(
      fc.constantFrom(['[', ']'], ['{"data":', '}'], ['{"__proto__":', '}']),
      fc.integer({ min: 1, max: 20_000 }),
      leaf,
    )
    .map(([[open = '', close = ''], depth, core]) => open.repeat(depth) + core + close.repeat(depth));
  return fc.oneof(
    leaf,
    object,
    fc.tuple(key, object).map((pair) => objectText([pair])),
    nested,
  );
}

function objectText(pairs: readonly (readonly [string, string])[]): string {
  return `{${pairs.map(([key, value]) => `"${key}":${value}`).join()}}`;
}

/** How a gateway may write a word without changing what it means. */
function spelling(): fc.Arbitrary<(word: string) => string> {
  return fc.constantFrom(
    (word: string) => word,
    (word: string) => word.toUpperCase(),
    (word: string) => ` ${word} `,
    (word: string) => word.replaceAll('_', '-'),
    (word: string) => word.replaceAll('_', ' ').toUpperCase(),
  );
}
