import type { Observable } from 'rxjs';
import type { Client } from '../../client.js';
import type { TaskLike } from '../../watch/task-like.js';
import type { SavedVideo } from './finish.js';
import { checkPath, type SaveVideoOptions, saveSettings } from './save-settings.js';
import { type SaveProgress, save } from './saving.js';

export type { SavedVideo, Verified } from './finish.js';
export { type SaveVideoOptions, saveVideoDefaults } from './save-settings.js';
export type { SaveProgress } from './saving.js';

/**
 * Saves a task's video to a file, once the task has ended: whole, or not at all. It begins at the subscription.
 *
 * The bytes go to `<path>.part` first, which an error, an unsubscription or a crash leaves there for the next call to go
 * on with, as long as the server proves that it is still the same video. Expired links are renewed, broken and stalled
 * bodies taken up again, and nothing is ever created. One process at a time saves to a path.
 *
 * @throws `INVALID_ARGUMENT` at the call. The stream errors with `TASK_FAILED` for a task that ended without a video,
 * with what a watch errors with for one whose fate is unknown, and with `DOWNLOAD_FAILED` when the video cannot be had,
 * checked or saved; `retryable` says whether calling again may help.
 * @example
 * ```ts
 * saveVideo(client, task, 'out.mp4').subscribe(console.log);
 * // { kind: 'progress', receivedBytes: 65536, totalBytes: 1048576 } …
 * // { kind: 'saved', path: 'out.mp4', bytes: 1048576, sha256: '9f86d0…', verified: 'length' }
 * ```
 */
export function saveVideo(
  client: Client,
  task: TaskLike,
  path: string,
  options: SaveVideoOptions = {},
): Observable<SaveProgress | SavedVideo> {
  checkPath('path', path);
  const settings = saveSettings(options);
  const destination = { stem: path, pathOf: () => path, paths: [path] };
  return save({ client, task, settings, destination: () => destination });
}
