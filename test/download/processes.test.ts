import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram } from '../bundle-program.js';
import { type Answer, cdn, contentsOf, folder, good, latin, rangeFrom, sha256, videoOf } from './stage.js';

interface Line {
  readonly kind: string;
  readonly [fact: string]: unknown;
}

const children = new Set<ChildProcess>();
let home: string;
let script: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rushes-child-'));
  script = join(home, 'save.mjs');
  await bundleProgram(new URL('save.child.ts', import.meta.url).pathname, script);
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

afterAll(() => rm(home, { recursive: true, force: true }));

/** A process that saves; `until` resolves at the first line that is as wanted. */
function saving(url: string, path: string, { nodeOptions = [] as string[], stopAt = '', id = 'task_1' } = {}) {
  const args = [...nodeOptions, script, url, path, stopAt, id];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Line);
    wake();
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const until = (isWanted: (line: Line) => boolean): Promise<Line> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const line = lines.find(isWanted);
        if (!line) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      gone.then(() => reject(new Error(`it ended with ${JSON.stringify(lines)}`)));
      look();
    });
  const outcome = () => until(({ kind }) => kind === 'saved' || kind === 'failed');
  return { child, lines, gone, until, outcome };
}

/** Sends half of the video, and the rest when it is told to, or asked for it. */
function halting(video: Buffer, etag = '"v1"') {
  const open: ServerResponse[] = [];
  const half = video.length / 2;
  const answer: Answer = (request, response, nth) => {
    const isRest = rangeFrom(request) !== undefined && request.headers['if-range'] === etag;
    if (isRest) return good(video)(request, response, nth);
    response.writeHead(200, { etag, 'content-length': video.length });
    response.write(video.subarray(0, half));
    open.push(response);
  };
  const goOn = () => {
    for (const response of open.splice(0)) response.end(video.subarray(half));
  };
  return { answer, goOn };
}

// The children are the same in every project.
describe.skipIf(!('fetch' in globalThis))('a download in processes of their own', () => {
  it('goes on where a killed one was, and is whole', async () => {
    const video = videoOf('killed', 2_000_000);
    const { url, ranges } = await cdn(halting(video).answer);
    const dir = await folder();
    const path = join(dir, 'out.mp4');
    const first = saving(url, path);
    await first.until(({ kind }) => kind === 'progress');
    first.child.kill('SIGKILL');
    await first.gone;
    const second = saving(url, path);
    expect(await second.outcome()).toMatchObject({ kind: 'saved', sha256: sha256(video) });
    await second.gone;
    expect(ranges()).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    expect(await contentsOf(dir)).toEqual({ 'out.mp4': latin(video) });
  });

  it('is taken over by one only, of several that find it dead', async () => {
    const video = videoOf('contended', 1_000_000);
    const { url } = await cdn(halting(video).answer);
    const path = join(await folder(), 'out.mp4');
    const first = saving(url, path);
    await first.until(({ kind }) => kind === 'progress');
    first.child.kill('SIGKILL');
    await first.gone;
    const heirs = [saving(url, path), saving(url, path), saving(url, path)];
    const outcomes = await Promise.all(heirs.map((heir) => heir.outcome()));
    expect(outcomes.filter(({ kind }) => kind === 'saved')).toMatchObject([{ sha256: sha256(video) }]);
    expect(outcomes.filter(({ kind }) => kind === 'failed').map(({ code }) => code)).toEqual([
      'DOWNLOAD_FAILED',
      'DOWNLOAD_FAILED',
    ]);
    expect(sha256(await readFile(path))).toBe(sha256(video));
  });

  it('is one at a time: a second is told so, and the first is not disturbed', async () => {
    const video = videoOf('shared', 1_000_000);
    const { answer, goOn } = halting(video);
    const { url } = await cdn(answer);
    const path = join(await folder(), 'out.mp4');
    const first = saving(url, path);
    await first.until(({ kind }) => kind === 'progress');
    expect(await saving(url, path).outcome()).toMatchObject({
      kind: 'failed',
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('another process'),
    });
    goOn();
    expect(await first.outcome()).toMatchObject({ kind: 'saved', sha256: sha256(video) });
  });

  it('spoils nothing when it is stopped at any moment, and goes on when another has taken over', async () => {
    const first = videoOf('first', 1_000_000);
    const second = videoOf('second', 1_000_000);
    const spoil = async ([stopAt, id, wakeAt]: readonly [string, string, string]) => {
      const rest = halting(second, '"v2"');
      let answer = good(first);
      const { url } = await cdn((request, response, nth) => answer(request, response, nth));
      const path = join(await folder(), 'out.mp4');
      const stopped = saving(url, path, { stopAt });
      await stopped.until(({ kind }) => kind === 'stopping');
      answer = rest.answer;
      const heir = saving(url, path, { id });
      await heir.until(({ kind }) => kind === 'progress');
      if (wakeAt === 'saved') rest.goOn();
      await heir.until(({ kind }) => kind === wakeAt);
      stopped.child.kill('SIGCONT');
      const { kind } = await stopped.outcome();
      await stopped.gone;
      rest.goOn();
      const saved = await heir.outcome();
      await heir.gone;
      return [stopAt, id, wakeAt, kind, saved['sha256'], sha256(await readFile(path)), await readdir(dirname(path))];
    };
    const rounds = [
      ['write:3', 'task_1', 'saved'],
      ['write:3', 'task_1', 'progress'],
      ['rename:1', 'task_2', 'progress'],
      ['rename:2', 'task_1', 'progress'],
      ['link:1', 'task_2', 'progress'],
      ['link:2', 'task_2', 'progress'],
      ['link:2', 'task_2', 'saved'],
    ] as const;
    expect(await Promise.all(rounds.map(spoil))).toEqual(
      rounds.map((round) => [...round, 'failed', sha256(second), sha256(second), ['out.mp4']]),
    );
  });

  it('takes no more memory for a large video than for a small one', async () => {
    const bytes = 256 * 1_048_576;
    const piece = Buffer.alloc(1_048_576, 7);
    const head = Buffer.alloc(48);
    head.writeUInt32BE(32, 0);
    head.write('ftypisom', 4);
    head.writeUInt32BE(1, 32);
    head.write('mdat', 36);
    head.writeBigUInt64BE(BigInt(bytes - 32), 40);
    const hash = createHash('sha256');
    const { url } = await cdn(async (_request, response) => {
      response.writeHead(200, { 'content-length': bytes });
      for (let sent = 0; sent < bytes; sent += piece.length) {
        const next = sent === 0 ? Buffer.concat([head, piece.subarray(head.length)]) : piece;
        hash.update(next);
        if (!response.write(next)) await once(response, 'drain');
      }
      response.end();
    });
    const path = join(await folder(), 'out.mp4');
    const child = saving(url, path, { nodeOptions: ['--max-old-space-size=48'] });
    const { rss } = await child.until(({ kind }) => kind === 'began');
    const { maxRss } = await child.until(({ kind }) => kind === 'ended');
    const saved = await child.outcome();
    expect(saved).toMatchObject({ kind: 'saved', bytes, sha256: hash.digest('hex') });
    expect(Number(maxRss) - Number(rss)).toBeLessThan(128 * 1_048_576);
  });
});
