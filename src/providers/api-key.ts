import { RushesError } from '../errors.js';
import type { ApiKey } from './provider.js';

/**
 * What gives the key at each use, after a first look at it. A key that ends in newlines, as read from a file, is
 * trimmed of them.
 *
 * @throws `INVALID_ARGUMENT` naming the option and showing nothing of the key; the function throws or rejects with it
 * where a key function answers something else than a key.
 */
export function keyOf(option: string, apiKey: ApiKey | undefined): () => string | Promise<string> {
  if (typeof apiKey !== 'function') {
    const key = checkKey(option, apiKey);
    return () => key;
  }
  return () => {
    const key: unknown = apiKey();
    return typeof key === 'string'
      ? checkKey(option, key)
      : Promise.resolve(key).then((late) => checkKey(option, late));
  };
}

/** A header takes visible ASCII; with anything else the platform's error would quote the whole key. */
function checkKey(option: string, value: unknown): string {
  const key = typeof value === 'string' ? value.replace(/[\r\n]+$/, '') : '';
  if (/^[!-~]+$/.test(key)) return key;
  const received =
    key !== ''
      ? 'other text, which is not shown'
      : typeof value === 'string'
        ? 'empty text'
        : value
          ? typeof value
          : 'nothing';
  throw new RushesError(
    'INVALID_ARGUMENT',
    `${option}: expected a key of visible ASCII characters, received ${received}`,
  );
}
