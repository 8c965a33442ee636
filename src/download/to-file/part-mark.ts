import { constants } from 'node:fs';
import { openOwned } from '../../files/owned-file.js';
import { isSameTask, type TaskRef } from '../../task/ref.js';
import type { Digests } from './digests.js';
import type { Validator } from './validator.js';

const { O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

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

/** The mark at `path`, if it is one of `task`. */
export async function readMark(path: string, task: TaskRef): Promise<PartMark | undefined> {
  const file = await openOwned(path, O_RDONLY).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  try {
    const { bytesRead, buffer } = (await file?.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0)) ?? {};
    const mark = parseMark(buffer?.toString('utf8', 0, bytesRead) ?? '');
    return mark && isSameTask(mark.task, task) ? mark : undefined;
  } finally {
    await file?.close();
  }
}

/** Replaces the mark at `path`. It holds no address: a signed one would be a secret. */
export async function writeMark(path: string, { task: { provider, id }, ...known }: PartMark): Promise<void> {
  const file = await openOwned(path, O_WRONLY | O_CREAT | O_TRUNC);
  try {
    await file.writeFile(`${JSON.stringify({ task: { provider, id }, ...known })}\n`);
  } finally {
    await file.close();
  }
}

/** A torn mark, or one of a later version, is none. */
function parseMark(text: string): PartMark | undefined {
  try {
    const mark = JSON.parse(text) as Partial<PartMark> | null;
    const { task, validator, total, digests } = mark ?? {};
    const isMark =
      typeof task?.id === 'string' &&
      (total === undefined || Number.isSafeInteger(total)) &&
      (validator === undefined || (validator.header !== undefined && typeof validator.value === 'string')) &&
      typeof digests === 'object';
    return isMark ? (mark as PartMark) : undefined;
  } catch {
    return undefined;
  }
}
