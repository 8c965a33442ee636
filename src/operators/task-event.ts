import type { LostError, RushesError } from '../errors.js';
import type { TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';

/** News of one task among many: what its provider said, or that its watch was lost. */
export type TaskEvent =
  | { readonly kind: 'snapshot'; readonly task: TaskRef; readonly snapshot: Snapshot }
  | { readonly kind: 'lost'; readonly task: TaskRef; readonly error: LostError | RushesError };
