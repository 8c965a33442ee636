import { downloadFailed } from '../download-failed.js';
import { Digesting } from './digests.js';
import { structureOf } from './mp4-structure.js';
import type { PartFile } from './part-file.js';
import { place, type Target } from './place.js';

/**
 * The strongest thing that was checked of a video: that it adds up to the digest which its server told; that it has the
 * length which was announced; that the boxes of its container are all there; or nothing, since nothing could be.
 */
export type Verified = 'digest' | 'length' | 'structure' | 'none';

/** A video that is saved, whole. */
export interface SavedVideo {
  readonly kind: 'saved';
  readonly path: string;
  readonly bytes: number;
  /** Of the file, in hex. */
  readonly sha256: string;
  readonly verified: Verified;
}

const READ_BYTES = 1_048_576;

/** New files are for whom the process's mask lets them be. */
const NEW_FILE_MODE = 0o666;

/**
 * Checks what has come, as it is on the disk, and gives it its name.
 *
 * @throws `DOWNLOAD_FAILED`: retryable when the bytes are wrong, which are forgotten; not when the name is taken.
 */
export async function finish(part: PartFile, target: Target, signal: AbortSignal): Promise<SavedVideo> {
  const { digests, total } = part.mark;
  const structure = await structureOf(part);
  const digesting = new Digesting(digests);
  for (let position = 0; position < part.size; position += READ_BYTES) {
    signal.throwIfAborted();
    digesting.add(await part.read(position, READ_BYTES));
  }
  const { sha256, wrong } = digesting.end();
  const hasDigest = Object.keys(digests).length > 0;
  const isCut = structure === 'cut' && !hasDigest;
  const problem = isCut ? 'a part of the video reaches past its end' : wrong && `the ${wrong} of the video is wrong`;
  if (problem) {
    await part.forget();
    throw downloadFailed(problem, { retryable: true });
  }
  await part.handle.chmod(NEW_FILE_MODE & ~process.umask());
  await part.handle.sync();
  signal.throwIfAborted();
  await part.lock.check({ thoroughly: true });
  await place(part.handle, part.paths, target);
  const isWhole = structure === 'whole' ? 'structure' : 'none';
  const verified = hasDigest ? 'digest' : total !== undefined ? 'length' : isWhole;
  return { kind: 'saved', path: target.path, bytes: part.size, sha256, verified };
}
