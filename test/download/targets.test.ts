import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, link, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { saveVideo } from '../../src/download/to-file/save-video.js';
import {
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

const video = videoOf('a', 40_000);
const failed = { code: 'DOWNLOAD_FAILED', retryable: false };

async function scene(answer = good(video)) {
  const { url, requests } = await cdn(answer);
  const dir = await folder();
  const path = join(dir, 'out.mp4');
  const save = (options = {}) =>
    outcomeOf(saveVideo(clientOf().client, completed({ videoUrl: url }), path, { ...quick, ...options }));
  return { dir, path, save, requests };
}

/** What can stand where a file is wanted. */
const obstacles: Readonly<Record<string, (path: string, dir: string) => Promise<unknown>>> = {
  'a symbolic link': async (path, dir) => {
    await writeFile(join(dir, 'elsewhere'), 'precious');
    await symlink(join(dir, 'elsewhere'), path);
  },
  'a dead symbolic link': (path, dir) => symlink(join(dir, 'nowhere'), path),
  'a hard link': async (path, dir) => {
    await writeFile(join(dir, 'elsewhere'), 'precious');
    await link(join(dir, 'elsewhere'), path);
  },
  'a pipe': async (path) => execFileSync('mkfifo', [path]),
  'a folder': (path) => mkdir(path),
};

describe('the file that a video is saved to', () => {
  it('has the mode of any new file, and no companions', async () => {
    const { dir, path, save } = await scene();
    await save();
    await writeFile(join(dir, 'any'), '');
    expect((await stat(path)).mode).toBe((await stat(join(dir, 'any'))).mode);
    expect(Object.keys(await contentsOf(dir))).toEqual(['any', 'out.mp4']);
  });

  it('replaces another only where that is said', async () => {
    const { path, save } = await scene();
    await writeFile(path, 'old');
    expect(await save()).toMatchObject(failed);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await save({ overwrite: true })).toMatchObject({ sha256: sha256(video) });
    expect(sha256(await readFile(path))).toBe(sha256(video));
  });

  it('leaves one alone that has appeared meanwhile, and keeps what has come', async () => {
    const { dir, path, save } = await scene((request, response, nth) => {
      writeFile(path, 'mine').then(() => good(video)(request, response, nth));
    });
    expect(await save()).toMatchObject({ ...failed, message: expect.stringContaining('there already') });
    expect(await contentsOf(dir)).toMatchObject({ 'out.mp4': 'mine', 'out.mp4.part': latin(video) });
  });

  it.each(Object.entries(obstacles))('is refused where %s is, and nothing is asked', async (_, make) => {
    const { dir, path, save, requests } = await scene();
    await make(path, dir);
    expect(await save()).toMatchObject(failed);
    expect(requests).toEqual([]);
    if (existing(dir)) expect(await readFile(join(dir, 'elsewhere'), 'utf8')).toBe('precious');
  });

  it.each(['a symbolic link', 'a pipe', 'a folder'])('never replaces %s', async (kind) => {
    const { dir, path, save } = await scene();
    await obstacles[kind]?.(path, dir);
    expect(await save({ overwrite: true })).toMatchObject(failed);
  });

  it('is refused where there is no folder, or one that is none', async () => {
    const { dir } = await scene();
    await writeFile(join(dir, 'file'), '');
    for (const path of [join(dir, 'none', 'out.mp4'), join(dir, 'file', 'out.mp4')]) {
      expect(await outcomeOf(saveVideo(clientOf().client, completed(), path, quick))).toMatchObject(failed);
    }
  });

  it.skipIf(process.getuid?.() === 0)('is not made where it takes a folder that may not be written to', async () => {
    const { dir, save } = await scene();
    await chmod(dir, 0o500);
    expect(await save()).toMatchObject(failed);
  });
});

describe('the part file', () => {
  it.each(Object.entries(obstacles))('is refused where %s is, which stays as it is', async (_, make) => {
    const { dir, path, save } = await scene();
    await make(`${path}.part`, dir);
    expect(await save()).toMatchObject(failed);
    if (existing(dir)) expect(await readFile(join(dir, 'elsewhere'), 'utf8')).toBe('precious');
    expect(await readdir(dir)).not.toContain('out.mp4');
  });

  it.each(Object.entries(obstacles))('has a mark that is refused where %s is', async (_, make) => {
    const { dir, path, save } = await scene();
    await make(`${path}.part.json`, dir);
    expect(await save()).toMatchObject(failed);
    if (existing(dir)) expect(await readFile(join(dir, 'elsewhere'), 'utf8')).toBe('precious');
  });

  it('can be read by its owner only', async () => {
    const { path, save } = await scene((_request, response, nth) => {
      if (nth > 0) return void response.writeHead(404).end();
      response.writeHead(200, { etag: '"v1"', 'content-length': video.length });
      response.write(video.subarray(0, 20_000));
    });
    await save();
    for (const name of [`${path}.part`, `${path}.part.json`]) expect((await stat(name)).mode & 0o777).toBe(0o600);
  });

  it('of another task, or with a torn mark, is begun anew', async () => {
    const marks = [
      '{"task":{"provider":"cometapi","id":"task_2"},"validator":{"header":"etag","value":"\\"v1\\""},"digests":{}}',
      '{"task":',
      '',
    ];
    for (const mark of marks) {
      const { path, save, requests } = await scene();
      await writeFile(`${path}.part`, 'what somebody else has had');
      await writeFile(`${path}.part.json`, mark);
      expect(await save()).toMatchObject({ sha256: sha256(video) });
      expect(requests.map(({ headers }) => headers.range)).toEqual([undefined]);
    }
  });

  const wrongMarks: readonly (string | object)[] = [
    'null',
    '[]',
    '{"file":1}',
    { digests: null },
    { digests: [] },
    { digests: { sha999: 'x' } },
    { digests: { sha256: 'x' } },
    { digests: { toString: 'x' } },
    { validator: null },
    { validator: { header: 'etag', value: '"v1"\r\nx: y' } },
    { validator: { header: 'host', value: 'elsewhere' } },
    { total: -1 },
    { total: '40000' },
    { file: 1 },
  ];

  it.each([...wrongMarks.map((wrong) => [wrong, undefined] as const), [{}, 'bytes=9000-'] as const])(
    'is gone on with only when all of its mark fits: %j',
    async (wrong, range) => {
      const { path, save, requests } = await scene();
      await writeFile(`${path}.part`, video.subarray(0, 9_000));
      const file = (await stat(`${path}.part`)).ino;
      const validator = { header: 'etag', value: '"v1"' };
      const fit = { file, task: { provider: 'cometapi', id: 'task_1' }, validator, total: video.length, digests: {} };
      await writeFile(`${path}.part.json`, typeof wrong === 'string' ? wrong : JSON.stringify({ ...fit, ...wrong }));
      expect(await save()).toMatchObject({ sha256: sha256(video) });
      expect(requests.map(({ headers }) => headers.range)).toEqual([range]);
    },
  );

  it('has a mark that never changes a file which is linked in its place', async () => {
    const { dir, path, save } = await scene((request, response, nth) => {
      const lay = async () => {
        await writeFile(join(dir, 'elsewhere'), 'precious');
        await rm(`${path}.part.json`, { force: true });
        await link(join(dir, 'elsewhere'), `${path}.part.json`);
        good(video)(request, response, nth);
      };
      void lay();
    });
    expect(await save()).toMatchObject({ sha256: sha256(video) });
    expect(await contentsOf(dir)).toEqual({ elsewhere: 'precious', 'out.mp4': latin(video) });
  });

  it('that got its final name right before a crash is in nobody’s way', async () => {
    const { dir, path, save } = await scene();
    await writeFile(path, 'the whole');
    await link(path, `${path}.part`);
    await link(path, `${path}.part.${crypto.randomUUID()}`);
    await writeFile(`${path}.part.json`, '{}');
    expect(await save({ overwrite: true })).toMatchObject({ sha256: sha256(video) });
    expect(await contentsOf(dir)).toEqual({ 'out.mp4': latin(video) });
  });

  it('has no companions that a crash left for ever, and spares the files of others', async () => {
    const { dir, path, save } = await scene();
    const id = crypto.randomUUID();
    for (const name of ['part', 'part.json', 'part.lock']) await writeFile(`${path}.${name}.${id}`, '');
    const others = ['out.mp4.part.txt', `other.mp4.part.lock.${id}`, `out.mp4.${id}`];
    for (const name of others) await writeFile(join(dir, name), '');
    await save();
    expect(Object.keys(await contentsOf(dir))).toEqual([...others, 'out.mp4'].sort());
  });

  it('that is whole is not asked for again', async () => {
    const { dir, path, save, requests } = await scene((request, response, nth) => {
      writeFile(path, 'mine').then(() => good(video)(request, response, nth));
    });
    await save();
    expect(await save({ overwrite: true })).toMatchObject({ sha256: sha256(video), verified: 'length' });
    expect(requests).toHaveLength(1);
    expect(Object.keys(await contentsOf(dir))).toEqual(['out.mp4']);
  });
});

function existing(dir: string): boolean {
  return existsSync(join(dir, 'elsewhere'));
}
