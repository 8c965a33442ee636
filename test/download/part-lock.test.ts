import { readdir, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PartLock } from '../../src/download/to-file/part-lock.js';
import { reasonOf } from '../create/studio.js';
import { folder } from './stage.js';

const signal = new AbortController().signal;

describe('the lock of a part file', () => {
  it('is gone when it is given back, and can be taken again', async () => {
    const dir = await folder();
    const path = join(dir, 'lock');
    for (let i = 0; i < 3; i++) await (await PartLock.take(path, signal)).release();
    expect(await readdir(dir)).toEqual([]);
  });

  it('is not taken from one who lives', async () => {
    const path = join(await folder(), 'lock');
    const lock = await PartLock.take(path, signal);
    expect(await reasonOf(PartLock.take(path, signal))).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: true });
    await lock.check({ thoroughly: true });
    await lock.release();
  });

  it('is not taken from one who lives when the clock is set', async () => {
    const path = join(await folder(), 'lock');
    const lock = await PartLock.take(path, signal);
    await utimes(path, new Date(0), new Date(0));
    expect(await reasonOf(PartLock.take(path, signal))).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: true });
    await lock.release();
  });

  it('of a dead one goes to exactly one of those who want it', async () => {
    const dir = await folder();
    const path = join(dir, 'lock');
    await writeFile(path, '');
    await utimes(path, new Date(0), new Date(0));
    const taken = await Promise.all(
      Array.from({ length: 5 }, () => PartLock.take(path, signal).catch((error: unknown) => error)),
    );
    const holders = taken.filter((lock) => lock instanceof PartLock);
    expect(holders).toHaveLength(1);
    expect(taken.filter((lock) => !(lock instanceof PartLock))).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ code: 'DOWNLOAD_FAILED' })),
    );
    await holders[0]?.release();
    expect(await readdir(dir)).toEqual([]);
  });

  it('that another has taken over is known to be lost, and left to that one', async () => {
    const dir = await folder();
    const path = join(dir, 'lock');
    const lock = await PartLock.take(path, signal);
    await writeFile(join(dir, 'other'), '');
    await rename(join(dir, 'other'), path);
    expect(await reasonOf(lock.check())).toMatchObject({ code: 'DOWNLOAD_FAILED' });
    await lock.release();
    expect(await readdir(dir)).toEqual(['lock']);
  });
});
