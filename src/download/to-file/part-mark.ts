import { constants } from 'node:fs';
import { openOwned } from '../../files/owned-file.js';
import { isSameTask, type TaskRef } from '../../task/ref.js';
import { type Digests, isDigests } from './digests.js';
import { replaceFile } from './own-name.js';
import { isValidator, type Validator } from './validator.js';

/** The longest sidecar that is looked at. */
const MAX_BYTES = 16_384;

/** What is known of the video that a part file is a part of. */
export interface PartMark {
  readonly task: TaskRef;
  /** By what the video is known again; absent where nothing tells it from another. */
  readonly validator?: Validator;
  /** How many bytes it has. */
  readonly total?: number;
  /** What they add up to. */
  readonly digests: Digests;
}

/** A mark on the disk, with the number of the file that it is of: another that was stopped may write one of its own. */
interface FileMark extends PartMark {
  readonly file: number;
}

/** The mark at `path`, if it is one of `task` and of the file with that number. */
export async function readMark(path: string, task: TaskRef, file: number | undefined): Promise<PartMark | undefined> {
  const handle = await openOwned(path, constants.O_RDWR).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  try {
    const { bytesRead, buffer } = (await handle?.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0)) ?? {};
    const mark = parseMark(buffer?.toString('utf8', 0, bytesRead) ?? '');
    return mark && mark.file === file && isSameTask(mark.task, task) ? mark : undefined;
  } finally {
    await handle?.close();
  }
}

/** Replaces the mark at `path` for good. It holds no address: a signed one would be a secret. */
export async function writeMark(path: string, mark: PartMark, file: number): Promise<void> {
  const { task, validator, total, digests } = mark;
  const { provider, id } = task;
  const text = JSON.stringify({ file, task: { provider, id }, validator, total, digests });
  await (await replaceFile(path, (handle) => handle.writeFile(`${text}\n`))).close();
}

/** A mark in which anything does not fit is none. */
function parseMark(text: string): FileMark | undefined {
  try {
    const mark = JSON.parse(text);
    const { file, task, validator, total, digests } = mark;
    const isMark =
      typeof file === 'number' &&
      typeof task.provider === 'string' &&
      typeof task.id === 'string' &&
      (total === undefined || (Number.isSafeInteger(total) && total >= 0)) &&
      (validator === undefined || isValidator(validator)) &&
      isDigests(digests);
    return isMark ? mark : undefined;
  } catch {
    return undefined;
  }
}
