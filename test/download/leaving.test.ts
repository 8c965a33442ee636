import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { saveVideo, saveVideoDefaults } from '../../src/download/to-file/save-video.js';
import { saveVideoIn } from '../../src/download/to-file/save-video-in.js';
import {
  aTask,
  cdn,
  clientOf,
  completed,
  contentsOf,
  folder,
  good,
  latin,
  outcomeOf,
  quick,
  sha256,
  videoOf,
} from './stage.js';

const video = videoOf('a', 400_000);

/** The files of a folder that this process has open. */
async function openFiles(dir: string): Promise<string[]> {
  const links = await readdir('/proc/self/fd');
  const paths = await Promise.all(links.map((link) => readlink(`/proc/self/fd/${link}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(dir));
}

const settled = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
};

describe('to unsubscribe', () => {
  it('lets go of everything at any moment, and keeps what has come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 12 }), async (turns) => {
        const { url } = await cdn(good(video));
        const dir = await folder();
        const path = join(dir, 'out.mp4');
        const start = () => saveVideo(clientOf().client, completed({ videoUrl: url }), path, quick);
        let seen = 0;
        await new Promise<void>((resolve, reject) => {
          const subscription = start().subscribe({
            error: reject,
            complete: resolve,
            next: () => ++seen >= turns && leave(),
          });
          const leave = () => {
            subscription?.unsubscribe();
            resolve();
          };
          if (turns < 6) setTimeout(leave, turns);
        });
        await settled(async () => !(await readdir(dir)).includes('out.mp4.part.lock'));
        await settled(async () => (await openFiles(dir)).length === 0);
        const files = await contentsOf(dir);
        expect(files['out.mp4'] ?? latin(video)).toBe(latin(video));
        const part = files['out.mp4.part'] ?? '';
        expect(part).toBe(latin(video.subarray(0, part.length)));
        if (files['out.mp4'] === undefined) expect(await outcomeOf(start())).toMatchObject({ sha256: sha256(video) });
      }),
      { numRuns: 40 },
    );
  });

  it('hangs up', async () => {
    const { url, requests } = await cdn((_request, response) => {
      response.writeHead(200, { etag: '"v1"', 'content-length': video.length });
      response.write(video.subarray(0, 9_000));
    });
    const path = join(await folder(), 'out.mp4');
    const closed = await new Promise((resolve, reject) => {
      const saving = saveVideo(clientOf().client, completed({ videoUrl: url }), path);
      const subscription = saving.subscribe({
        error: reject,
        next: () => {
          requests[0]?.socket.once('close', () => resolve('closed'));
          subscription.unsubscribe();
        },
      });
    });
    expect(closed).toBe('closed');
  });
});

describe('a video that is too large', () => {
  it('is not begun when its length says so', async () => {
    const { url, requests } = await cdn((_request, response) => {
      response.writeHead(200, { 'content-length': 3_000_001 }).write(video);
    });
    const dir = await folder();
    const saving = saveVideo(clientOf().client, completed({ videoUrl: url }), join(dir, 'out.mp4'), {
      ...quick,
      maxBytes: 3_000_000,
    });
    expect(await outcomeOf(saving)).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: false });
    const socket = requests[0]?.socket;
    if (!socket?.destroyed) await new Promise((resolve) => socket?.once('close', resolve));
    expect((await contentsOf(dir))['out.mp4.part']).toBe('');
  });

  it('is refused when all of it has come before', async () => {
    const dir = await folder();
    const path = join(dir, 'out.mp4');
    const { url, requests } = await cdn((request, response, nth) => {
      writeFile(path, 'mine').then(() => good(video)(request, response, nth));
    });
    const start = (options: object) => saveVideo(clientOf().client, completed({ videoUrl: url }), path, options);
    await outcomeOf(start(quick));
    expect(await outcomeOf(start({ ...quick, overwrite: true, maxBytes: 399_999 }))).toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('maxBytes'),
    });
    expect(requests).toHaveLength(1);
    expect((await contentsOf(dir))['out.mp4.part']).toBe(latin(video));
  });

  it('is given up at the limit when it has no end', async () => {
    const { url } = await cdn((_request, response) => {
      response.writeHead(200, { etag: '"v1"' });
      response.write(video.subarray(0, 4_000));
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 1)));
        response.once('drain', pour);
      };
      pour();
    });
    const dir = await folder();
    const saving = saveVideo(clientOf().client, completed({ videoUrl: url }), join(dir, 'out.mp4'), {
      ...quick,
      maxBytes: 3_000_000,
    });
    expect(await outcomeOf(saving)).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: false, task: aTask });
    expect((await contentsOf(dir))['out.mp4.part']?.length).toBeLessThanOrEqual(3_000_000);
  });

  it('is one of more than 4 GiB, if nobody says otherwise', () => {
    expect(saveVideoDefaults.maxBytes).toBe(4_294_967_296);
  });
});

const mountArgs = (bytes: number, dir: string) => ['-t', 'tmpfs', '-o', `size=${bytes}`, 'rushes-test', dir];

/** Whether this process may make file systems; a run of all tests as root in CI has to. */
const mayMount = ((): boolean => {
  if (process.env['CI'] && process.getuid?.() === 0) return true;
  const dir = mkdtempSync(join(tmpdir(), 'rushes-mount-'));
  try {
    execFileSync('mount', mountArgs(65_536, dir), { stdio: 'ignore' });
    execFileSync('umount', [dir]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(dir);
  }
})();

/** A file system of its own. */
async function smallDisk(bytes: number): Promise<{ dir: string; remove(): void }> {
  const dir = join(await folder(), 'disk');
  await mkdir(dir);
  execFileSync('mount', mountArgs(bytes, dir), { stdio: 'ignore' });
  return { dir, remove: () => execFileSync('umount', [dir]) };
}

describe.skipIf(!mayMount)(`a disk that is too small${mayMount ? '' : ' (this process may not mount one)'}`, () => {
  it.each([65_536, 131_072, 196_608, 262_144, 327_680])(
    'of %i bytes is seen before anything is written',
    async (bytes) => {
      const disk = await smallDisk(bytes);
      try {
        const { url, requests } = await cdn(good(video));
        const saving = saveVideo(clientOf().client, completed({ videoUrl: url }), join(disk.dir, 'out.mp4'), quick);
        const error = await outcomeOf(saving);
        expect(error).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: false });
        expect('message' in error && error.message).toMatch(/^the disk is full: \d+ bytes are missing/);
        expect(requests).toHaveLength(1);
      } finally {
        disk.remove();
      }
    },
  );

  it('is seen when it is full, and what has come is kept for later', async () => {
    const disk = await smallDisk(262_144);
    try {
      const { url, ranges } = await cdn((request, response, nth) => {
        if (nth > 0) return good(video)(request, response, nth);
        response.writeHead(200, { etag: '"v1"' });
        response.end(video);
      });
      const path = join(disk.dir, 'out.mp4');
      const start = () => outcomeOf(saveVideo(clientOf().client, completed({ videoUrl: url }), path, quick));
      expect(await start()).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: false });
      expect((await contentsOf(disk.dir))['out.mp4.part']?.length).toBeGreaterThan(200_000);
      execFileSync('mount', ['-o', 'remount,size=1000000', disk.dir]);
      expect(await start()).toMatchObject({ sha256: sha256(video) });
      expect(ranges()).toEqual([undefined, expect.stringMatching(/^bytes=2\d{5}-$/)]);
    } finally {
      disk.remove();
    }
  });
});

describe('saveVideoIn', () => {
  it('names the file after the task and what it turns out to be', async () => {
    const { url } = await cdn(good(video));
    const dir = await folder();
    const saving = saveVideoIn(clientOf().client, completed({ videoUrl: url }), dir, quick);
    expect(await outcomeOf(saving)).toMatchObject({ path: join(dir, 'cometapi-task_1.mp4'), sha256: sha256(video) });
    expect(Object.keys(await contentsOf(dir))).toEqual(['cometapi-task_1.mp4']);
  });

  it('asks nothing when the video of the task is there, whatever its ending', async () => {
    const { url, requests } = await cdn(good(video));
    for (const ending of ['mp4', 'webm']) {
      const dir = await folder();
      await mkdir(join(dir, `cometapi-task_1.${ending}`));
      const saving = saveVideoIn(clientOf().client, completed({ videoUrl: url }), dir, quick);
      expect(await outcomeOf(saving)).toMatchObject({ code: 'DOWNLOAD_FAILED' });
    }
    expect(requests).toEqual([]);
  });

  it('stays within the folder, whatever the id', async () => {
    const { url } = await cdn(good(video));
    const dir = await folder();
    for (const id of ['../../x', '/etc/x', 'CON', 'a:b', 'A', 'a', '\u202etxt', 'x'.repeat(512)]) {
      const task = { provider: 'cometapi', id };
      const saving = saveVideoIn(clientOf().client, completed({ task, videoUrl: url }), dir, quick);
      expect(await outcomeOf(saving)).toMatchObject({ kind: 'saved' });
    }
    expect(Object.keys(await contentsOf(dir))).toHaveLength(8);
  });
});
