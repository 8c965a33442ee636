import { invalidArgument } from '../errors.js';
import type { Backend } from './backend.js';
import type { SnapshotSource } from './snapshot-source.js';

/**
 * The same backend with another way to watch; all else passes through.
 *
 * @param label - who asks, for the error.
 * @throws `INVALID_ARGUMENT` when `backend` is neither a backend nor a source.
 */
export function withWatch(
  label: string,
  backend: Backend | SnapshotSource,
  rewatch: (watch: SnapshotSource) => SnapshotSource,
): Backend {
  if (typeof backend === 'function') return Object.freeze({ watch: rewatch(backend) });
  if (typeof backend?.watch !== 'function')
    throw invalidArgument(label, 'a backend with a watch, or a source', backend);
  const { read, create, checkInput, cancel, content } = backend;
  return Object.freeze({
    watch: rewatch(backend.watch),
    ...(read && { read }),
    ...(create && { create }),
    ...(checkInput && { checkInput }),
    ...(cancel && { cancel }),
    ...(content && { content }),
  });
}
