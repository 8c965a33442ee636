import type { Observable } from 'rxjs';
import type { TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';

/**
 * Where snapshots of a task come from: asked (`pollSource`), told (a server's events, a bus, another tab) or scripted.
 * A watch cannot tell which, and trusts none to obey the law.
 *
 * `known` is what the watch starts from, for a source that can make use of it.
 */
export type SnapshotSource = (task: TaskRef, known?: Snapshot) => Observable<Snapshot>;
