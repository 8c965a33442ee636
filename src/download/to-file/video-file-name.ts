import { createHash } from 'node:crypto';
import type { TaskRef } from '../../task/ref.js';
import { encodeToken } from '../../task/token.js';
import type { Container } from '../container.js';

/** Every ending that {@link videoFileName} gives; `bin` is for what no container is known of. */
export const endings: readonly (Container | 'bin')[] = Object.freeze(['mp4', 'mov', 'webm', 'mkv', 'avi', 'bin']);

/** The longest name without its ending: with the longest of those, 200 bytes. */
const MAX_STEM = 195;

/** As much of a hash as tells names apart: two equal ones are not to be expected in a life. */
const HASH_DIGITS = 16;

/**
 * The name of a task's video: `<provider>-<token>.<ending>`, plain ASCII of at most 200 bytes, which no file system
 * takes for a folder or a device. Ids that differ in case only have names that differ without it, by a hash that other
 * names cannot have; so have those of ids that are too long.
 *
 * @example
 * ```ts
 * videoFileName({ provider: 'ark', id: 'cgt-2026:1' }, 'mp4'); // 'ark-cgt-2026=3A1.mp4'
 * ```
 */
export function videoFileName(task: TaskRef, container: Container | undefined): string {
  return `${videoFileStem(task)}.${container ?? 'bin'}`;
}

/** {@link videoFileName} without the dot and the ending. */
export function videoFileStem({ provider, id }: TaskRef): string {
  const token = encodeToken(id);
  const stem = `${provider}-${token}`;
  const hasCapitals = /[A-Z]/.test(token.replace(/=../g, ''));
  if (!hasCapitals && stem.length <= MAX_STEM) return stem;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_DIGITS);
  // No token has "==" in it.
  const tail = `==${hash}`;
  return stem.slice(0, MAX_STEM - tail.length).replace(/=.?$/, '') + tail;
}
