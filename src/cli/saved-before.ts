import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { endings, videoFileStem } from '../download/to-file/video-file-name.js';
import type { TaskRef } from '../index.js';
import type { Saved } from './job-event.js';

/**
 * The video of `task` that is in `folder` already, whatever its ending: a file gets that name only when it is whole.
 * `undefined` where there is none, or something that is no file.
 */
export async function savedBefore(folder: string, task: TaskRef): Promise<Saved | undefined> {
  for (const ending of endings) {
    const path = join(folder, `${videoFileStem(task)}.${ending}`);
    const there = await lstat(path).catch(() => undefined);
    // An empty file only keeps the name, where a file system has no links.
    if (!there?.isFile() || there.size === 0) continue;
    return {
      kind: 'saved',
      task,
      path,
      bytes: there.size,
      sha256: await digestOf(path),
      verified: 'none',
      already: true,
    };
  }
  return undefined;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Uint8Array);
  return hash.digest('hex');
}
