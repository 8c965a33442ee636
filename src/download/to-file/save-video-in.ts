import { isAbsolute, join, relative } from 'node:path';
import type { Observable } from 'rxjs';
import type { Client } from '../../client.js';
import type { TaskRef } from '../../task/ref.js';
import type { TaskLike } from '../../watch/task-like.js';
import { downloadFailed } from '../download-failed.js';
import type { SavedVideo } from './finish.js';
import { checkPath, type SaveVideoOptions, saveSettings } from './save-settings.js';
import { type Destination, type SaveProgress, save } from './saving.js';
import { endings, videoFileName, videoFileStem } from './video-file-name.js';

/**
 * {@link saveVideo} into a folder that is there, under a name made of the task's: `<provider>-<id>.mp4`, or with the
 * ending of whatever the video turns out to be.
 *
 * @throws As {@link saveVideo} does; `DOWNLOAD_FAILED` also when the task's video is there already, whatever its ending.
 * @example
 * ```ts
 * saveVideoIn(client, { provider: 'ark', id: 'cgt-1' }, 'videos').subscribe(console.log);
 * // … { kind: 'saved', path: 'videos/ark-cgt-1.mp4', … }
 * ```
 */
export function saveVideoIn(
  client: Client,
  task: TaskLike,
  folder: string,
  options: SaveVideoOptions = {},
): Observable<SaveProgress | SavedVideo> {
  checkPath('folder', folder);
  const settings = saveSettings(options);
  return save({ client, task, settings, destination: (ref) => destinationIn(folder, ref) });
}

function destinationIn(folder: string, task: TaskRef): Destination {
  const stem = join(folder, videoFileStem(task));
  const within = relative(folder, stem);
  if (within.startsWith('..') || isAbsolute(within)) throw downloadFailed(`${stem} is not in ${folder}`, { task });
  return {
    stem,
    pathOf: (container) => join(folder, videoFileName(task, container)),
    paths: endings.map((ending) => `${stem}.${ending}`),
  };
}
