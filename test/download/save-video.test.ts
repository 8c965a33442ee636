import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type SaveVideoOptions, saveVideo } from '../../src/download/to-file/save-video.js';
import { createClient } from '../../src/index.js';
import { snapshotOf } from '../task/snapshots.js';
import {
  aTask,
  breakAfter,
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
  told,
  videoOf,
} from './stage.js';

const video = videoOf('a');

describe('saveVideo', () => {
  it('saves the video of a completed task, telling how far it has come', async () => {
    const { url } = await cdn(good(video));
    const dir = await folder();
    const path = join(dir, 'out.mp4');
    const events = await told(saveVideo(clientOf().client, completed({ videoUrl: url }), path, quick));
    expect(events.at(-1)).toEqual({
      kind: 'saved',
      path,
      bytes: video.length,
      sha256: sha256(video),
      verified: 'length',
    });
    const progress = events.slice(0, -1);
    expect(progress.length).toBeGreaterThan(0);
    expect(progress.at(-1)).toEqual({ kind: 'progress', receivedBytes: video.length, totalBytes: video.length });
    expect(await contentsOf(dir)).toEqual({ 'out.mp4': latin(video) });
  });

  it('goes on where it broke off', async () => {
    const { url, ranges } = await cdn((request, response, nth) => {
      if (nth > 0) return good(video)(request, response, nth);
      response.writeHead(200, { etag: '"v1"', 'content-length': video.length });
      breakAfter(response, video.subarray(0, 100_000));
    });
    const dir = await folder();
    const saved = await outcomeOf(
      saveVideo(clientOf().client, completed({ videoUrl: url }), join(dir, 'out.mp4'), quick),
    );
    expect(saved).toMatchObject({ sha256: sha256(video) });
    expect(ranges()).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  });

  it('begins anew where nothing proves that it is the same video', async () => {
    const { url, ranges } = await cdn((request, response, nth) => {
      if (nth > 0) return good(video, {})(request, response, nth);
      response.writeHead(200, { etag: 'W/"v1"', 'content-length': video.length });
      breakAfter(response, video.subarray(0, 100_000));
    });
    const path = join(await folder(), 'out.mp4');
    const saved = await outcomeOf(saveVideo(clientOf().client, completed({ videoUrl: url }), path, quick));
    expect(saved).toMatchObject({ sha256: sha256(video) });
    expect(ranges()).toEqual([undefined, undefined]);
  });

  it('takes all of the video when it gets that instead of the rest', async () => {
    const { url, ranges } = await cdn((request, response, nth) => {
      if (nth > 0) return good(video, { etag: '"v2"' })(request, response, nth);
      response.writeHead(200, { etag: '"v1"', 'content-length': video.length });
      breakAfter(response, video.subarray(0, 100_000));
    });
    const path = join(await folder(), 'out.mp4');
    const saved = await outcomeOf(saveVideo(clientOf().client, completed({ videoUrl: url }), path, quick));
    expect(saved).toMatchObject({ sha256: sha256(video) });
    expect(ranges()).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  });

  it('waits for a task that still runs', async () => {
    const { url } = await cdn(good(video));
    const client = createClient({
      watch: () => of(snapshotOf('queued'), snapshotOf('in_progress'), completed({ videoUrl: url })),
      content: clientOf().client.content,
    });
    const path = join(await folder(), 'out.mp4');
    expect(await outcomeOf(saveVideo(client, aTask, path, quick))).toMatchObject({ sha256: sha256(video) });
  });

  it('is TASK_FAILED for a task that ended without a video, with nothing written', async () => {
    const dir = await folder();
    const client = createClient({ watch: () => of(snapshotOf('failed')) });
    expect(await outcomeOf(saveVideo(client, aTask, join(dir, 'out.mp4'), quick))).toMatchObject({
      code: 'TASK_FAILED',
    });
    expect(await contentsOf(dir)).toEqual({});
  });

  it('goes on after a body that falls silent', async () => {
    const { url, ranges } = await cdn((request, response, nth) => {
      if (nth > 0) return good(video)(request, response, nth);
      response.writeHead(200, { etag: '"v1"', 'content-length': video.length });
      response.write(video.subarray(0, 100_000));
    });
    const path = join(await folder(), 'out.mp4');
    const saved = await outcomeOf(saveVideo(clientOf().client, completed({ videoUrl: url }), path, quick));
    expect(saved).toMatchObject({ sha256: sha256(video) });
    expect(ranges()).toEqual([undefined, 'bytes=100000-']);
  });

  it('goes on at a fresh address when the old one expires half-way', async () => {
    let isExpired = false;
    const { url } = await cdn((request, response, nth) => {
      const isFresh = request.url?.includes('fresh');
      if (isFresh) return good(video)(request, response, nth);
      if (isExpired) return void response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error/>');
      isExpired = true;
      response.writeHead(200, { etag: '"v1"', 'content-length': video.length });
      breakAfter(response, video.subarray(0, 100_000));
    });
    const { client, asked } = clientOf({ read: () => completed({ videoUrl: `${url}&fresh` }) });
    const path = join(await folder(), 'out.mp4');
    const saved = await outcomeOf(saveVideo(client, completed({ videoUrl: url }), path, quick));
    expect([saved, asked.reads]).toMatchObject([{ sha256: sha256(video) }, 1]);
    expect(asked.contents.at(-1)?.range).toMatch(/^bytes=[1-9]/);
  });

  it('gives up on a server that breaks off at the same place for ever', async () => {
    const dir = await folder();
    const { url } = await cdn((_request, response) => {
      response.writeHead(200, { 'content-length': video.length });
      breakAfter(response, video.subarray(0, 50_000));
    });
    const saved = await outcomeOf(
      saveVideo(clientOf().client, completed({ videoUrl: url }), join(dir, 'out.mp4'), {
        ...quick,
        retry: { giveUpAfterMs: 300, initialMs: 1, maxMs: 5 },
      }),
    );
    expect(saved).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: true, task: aTask });
    expect(Object.keys(await contentsOf(dir))).toEqual(['out.mp4.part', 'out.mp4.part.json']);
  });

  it('never writes an address down, nor shows one', async () => {
    const dir = await folder();
    const { url } = await cdn((_request, response) => response.writeHead(404).end());
    const error = await outcomeOf(
      saveVideo(clientOf().client, completed({ videoUrl: url }), join(dir, 'out.mp4'), quick),
    );
    const all = inspect([error, await contentsOf(dir)], { depth: 9, showHidden: true });
    expect(all).toContain('404');
    expect(JSON.stringify(error)).not.toContain('sig=');
    expect(Object.values(await contentsOf(dir)).join()).not.toContain('secret');
  });

  describe('refuses', () => {
    it.each([
      ['an empty path', '', {}],
      ['a NUL in a path', 'a\0b', {}],
      ['an unknown option', 'out.mp4', { overwriet: true }],
      ['maxBytes of 0', 'out.mp4', { maxBytes: 0 }],
      ['a negative stallTimeoutMs', 'out.mp4', { stallTimeoutMs: -1 }],
      ['a retry that is none', 'out.mp4', { retry: { maxMs: -1 } }],
      ['a scheduler that is none', 'out.mp4', { scheduler: {} }],
    ])('%s at the call', (_, path, options) => {
      const { client } = clientOf();
      expect(() => saveVideo(client, completed(), path, options as SaveVideoOptions)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    });

    it('what is no client at the call', () => {
      for (const client of [null, undefined, {}]) {
        expect(() => saveVideo(client as never, completed(), 'out.mp4')).toThrow(
          expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(/^client: /) }),
        );
      }
    });

    it('what names no task at the call', () => {
      expect(() => saveVideo(clientOf().client, { provider: 'x', id: '..' }, 'out.mp4')).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    });
  });

  it('leaves a file that is there alone, and asks nothing', async () => {
    const { url, requests } = await cdn(good(video));
    const dir = await folder();
    const path = join(dir, 'out.mp4');
    await writeFile(path, 'mine');
    expect(await outcomeOf(saveVideo(clientOf().client, completed({ videoUrl: url }), path, quick))).toMatchObject({
      code: 'DOWNLOAD_FAILED',
      retryable: false,
    });
    expect(requests).toEqual([]);
    expect(await contentsOf(dir)).toEqual({ 'out.mp4': 'mine' });
  });
});
