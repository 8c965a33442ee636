import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { openVideo } from '../../src/download/open-video.js';
import { type Client, createClient, infinityBlue, openaiCompatible } from '../../src/index.js';
import { createClock, createSimulator } from '../../src/testing/index.js';
import { reasonOf } from '../create/studio.js';
import { snapshotOf } from '../task/snapshots.js';
import { aTask, breakAfter, cdn, clientOf, completed, good, latin, videoOf } from './stage.js';

const video = videoOf('a', 40_000);
const bytesOf = async (body: ReadableStream<Uint8Array>) => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return latin(Buffer.concat(chunks));
};
const opened = async (client: Client, task: Parameters<typeof openVideo>[1], options = {}) => {
  const { body, ...head } = await openVideo(client, task, options);
  return { ...head, bytes: await bytesOf(body) };
};

describe('openVideo', () => {
  it('opens the address that is known, without a read', async () => {
    const { url } = await cdn(good(video));
    const { client, asked } = clientOf();
    expect(await opened(client, completed({ videoUrl: url }))).toEqual({
      bytes: latin(video),
      contentType: 'video/mp4',
      totalBytes: video.length,
      etag: '"v1"',
    });
    expect(asked.reads).toBe(0);
  });

  it.each([
    ['"v1"', '"v1"'],
    ['W/"v 1"', undefined],
    ['W/"v1"', 'W/"v1"'],
    ['v1', undefined],
    [`"${'x'.repeat(201)}"`, undefined],
  ])('tells the etag %s as %s', async (etag, told) => {
    const { url } = await cdn(good(video, { etag }));
    const { body, ...head } = await openVideo(clientOf().client, completed({ videoUrl: url }));
    await body.cancel();
    expect(head.etag).toBe(told);
  });

  it('reads a task of which only the name is known', async () => {
    const { url } = await cdn(good(video));
    const { client, asked } = clientOf({ read: () => completed({ videoUrl: url }) });
    expect((await opened(client, aTask)).bytes).toBe(latin(video));
    expect(asked.reads).toBe(1);
  });

  it('does not try an address that has expired', async () => {
    const { url, requests } = await cdn(good(video));
    const { client } = clientOf({ read: () => completed({ videoUrl: `${url}&fresh` }) });
    await opened(client, completed({ videoUrl: url, expiresAt: Date.now() - 1 }));
    expect(requests.map((request) => request.url)).toEqual(['/video.mp4?sig=secret&fresh']);
  });

  it.each([403, 404, 410, 500, 502, 503])('finds a fresh address when the old one answers %i', async (status) => {
    const { url } = await cdn((request, response, nth) =>
      request.url?.includes('fresh') ? good(video)(request, response, nth) : response.writeHead(status).end(),
    );
    const { client, asked } = clientOf({ read: () => completed({ videoUrl: `${url}&fresh` }) });
    expect((await opened(client, completed({ videoUrl: url }))).bytes).toBe(latin(video));
    expect(asked.reads).toBe(1);
  });

  it('asks the content route when no address works, and the same address only once', async () => {
    const dead = await cdn((_request, response) => response.destroy());
    const { url: contentUrl } = await cdn(good(video));
    const { client, asked } = clientOf({ read: () => completed({ videoUrl: dead.url }), contentUrl });
    expect((await opened(client, completed({ videoUrl: dead.url }))).bytes).toBe(latin(video));
    expect(asked.contents.map(({ url }) => url)).toEqual([dead.url, undefined]);
  });

  it('asks the content route when the read fails', async () => {
    const dead = await cdn((_request, response) => response.destroy());
    const { url: contentUrl } = await cdn(good(video));
    const { client } = clientOf({ contentUrl });
    expect((await opened(client, completed({ videoUrl: dead.url }))).bytes).toBe(latin(video));
  });

  it('follows an address in JSON from the content route, once', async () => {
    const { url } = await cdn(good(video));
    const json = await cdn((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify({ url })),
    );
    const { client, asked } = clientOf({ read: () => completed(), contentUrl: json.url });
    expect((await opened(client, completed())).bytes).toBe(latin(video));
    expect(asked.contents.map((content) => content.url)).toEqual([undefined, url]);
    const { client: again } = clientOf({ read: () => completed({ videoUrl: json.url }) });
    expect(await reasonOf(openVideo(again, aTask))).toMatchObject({ code: 'DOWNLOAD_FAILED' });
  });

  it('gives a part of the video where a range is asked for, and says which', async () => {
    const { url } = await cdn((_request, response) =>
      response.writeHead(206, { 'content-range': 'bytes 4-7/40000', 'content-length': 4 }).end('ftyp'),
    );
    const { client } = clientOf();
    expect(await opened(client, completed({ videoUrl: url }), { range: 'bytes=4-7' })).toEqual({
      bytes: 'ftyp',
      contentType: '',
      totalBytes: 40_000,
      range: { first: 4, last: 7 },
    });
  });

  it.each([
    ['of other bytes', 206, { 'content-range': 'bytes 5-8/40000' }],
    ['of several parts', 206, { 'content-type': 'multipart/byteranges; boundary=x' }],
    ['that is packed', 206, { 'content-range': 'bytes 4-7/40000', 'content-encoding': 'x-none' }],
    ['of none', 416, { 'content-range': 'bytes */3' }],
  ])('refuses a range %s', async (_, status, headers) => {
    const { url } = await cdn((_request, response) => response.writeHead(status, headers).end('ftyp'));
    const { client } = clientOf();
    expect(await reasonOf(openVideo(client, completed({ videoUrl: url }), { range: 'bytes=4-7' }))).toMatchObject({
      code: 'DOWNLOAD_FAILED',
    });
  });

  it.each([
    ['bytes=4-7', 'bytes 4-8/40000', false],
    ['bytes=4-7', 'bytes 4-6/40000', true],
    ['bytes=4-', 'bytes 4-39999/40000', true],
    ['bytes=-4', 'bytes 39996-39999/40000', true],
    ['bytes=-4', 'bytes 39996-39999/*', true],
    ['bytes=-4', 'bytes 0-2/3', true],
    ['bytes=-4', 'bytes 39995-39999/40000', false],
    ['bytes=-4', 'bytes 0-3/40000', false],
  ])('asked for %s takes an answer of %s: %s', async (range, answered, isTaken) => {
    const { url } = await cdn((_request, response) => response.writeHead(206, { 'content-range': answered }).end());
    const opening = openVideo(clientOf().client, completed({ videoUrl: url }), { range });
    const outcome = await opening.then(({ body }) => body.cancel().then(() => true)).catch(({ code }) => code);
    expect(outcome).toBe(isTaken || 'DOWNLOAD_FAILED');
  });

  it('is TASK_FAILED for a task that ended without a video', async () => {
    const failed = snapshotOf('failed');
    const { client } = clientOf({ read: () => failed });
    for (const task of [aTask, failed]) {
      expect(await reasonOf(openVideo(client, task))).toMatchObject({ code: 'TASK_FAILED', task: aTask });
    }
  });

  it('says of a task that still runs how it stands, and that there may be a video later', async () => {
    const { client } = clientOf({ read: () => snapshotOf('in_progress') });
    expect(await reasonOf(openVideo(client, aTask))).toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('in_progress'),
      retryable: true,
      task: aTask,
    });
  });

  it('does not unfinish a task because its provider changed its mind', async () => {
    const { url: contentUrl } = await cdn(good(video));
    const { client } = clientOf({ read: () => snapshotOf('failed'), contentUrl });
    expect((await opened(client, completed())).bytes).toBe(latin(video));
  });

  it.each([
    [404, false],
    [503, true],
    [429, true],
  ])('of a video that is nowhere says after %i that trying again may help: %s', async (status, retryable) => {
    const { url } = await cdn((_request, response) => response.writeHead(status).end());
    const snapshot = completed({ videoUrl: url });
    const { client } = clientOf({ read: () => snapshot });
    const error = await reasonOf(openVideo(client, snapshot));
    expect(error).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable, task: aTask, lastSnapshot: snapshot });
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  it('says that a task without address and route has no video', async () => {
    const { client } = clientOf({ read: () => completed() });
    expect(await reasonOf(openVideo(client, aTask))).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: false });
  });

  it('heeds the pause that a server asks for', async () => {
    const { url } = await cdn((_request, response) => response.writeHead(429, { 'retry-after': '7' }).end());
    const { client } = clientOf({ read: () => completed({ videoUrl: url }) });
    expect(await reasonOf(openVideo(client, aTask))).toMatchObject({ retryAfterMs: 7_000 });
  });

  describe('gives a body that', () => {
    it('does not hang when the video falls silent or is torn', async () => {
      for (const tear of [false, true]) {
        const { url } = await cdn((_request, response) => {
          response.writeHead(200, { 'content-length': video.length });
          if (tear) breakAfter(response, video.subarray(0, 9_000));
          else response.write(video.subarray(0, 9_000));
        });
        const { body } = await openVideo(clientOf().client, completed({ videoUrl: url }), { stallTimeoutMs: 100 });
        expect(await reasonOf(bytesOf(body))).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: true });
      }
    });

    it('stalls when no byte has come for as long as is said, in whatever time there is', async () => {
      const clock = createClock();
      const silent = { status: 200, url: '', header: () => null, body: new ReadableStream<Uint8Array>() };
      const client = createClient({ watch: () => of(completed()), content: async () => silent });
      const snapshot = completed({ videoUrl: 'https://cdn.example.com/a.mp4' });
      const { body } = await openVideo(client, snapshot, { scheduler: clock, stallTimeoutMs: 45_000 });
      let error: unknown;
      const reading = reasonOf(bytesOf(body)).then((reason) => {
        error = reason;
      });
      await clock.advance(44_999);
      expect(error).toBeUndefined();
      await clock.advance(1);
      await reading;
      expect(error).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: true });
      expect(clock.pending).toBe(0);
    });

    it('ends with the reason of its signal, and hangs up', async () => {
      const { url, requests } = await cdn((_request, response) => {
        response.writeHead(200, { 'content-length': video.length });
        response.write(video.subarray(0, 9_000));
      });
      const controller = new AbortController();
      const { body } = await openVideo(clientOf().client, completed({ videoUrl: url }), { signal: controller.signal });
      const reading = reasonOf(bytesOf(body));
      const socket = requests[0]?.socket;
      const closed = new Promise((resolve) => socket?.once('close', resolve));
      controller.abort('enough');
      expect(await reading).toBe('enough');
      await closed;
    });

    it('hangs up when it is cancelled', async () => {
      const { url, requests } = await cdn((_request, response) => {
        response.writeHead(200, { 'content-length': video.length });
        response.write(video.subarray(0, 9_000));
      });
      const { body } = await openVideo(clientOf().client, completed({ videoUrl: url }));
      const closed = new Promise((resolve) => requests[0]?.socket.once('close', resolve));
      await body.cancel();
      await closed;
    });
  });

  it('rejects with the reason of a signal that is aborted before', async () => {
    const { client, asked } = clientOf({ read: () => completed() });
    expect(await reasonOf(openVideo(client, aTask, { signal: AbortSignal.abort('no') }))).toBe('no');
    expect(asked.contents).toEqual([]);
  });

  it.each([
    ['several ranges', { range: 'bytes=0-1,3-4' }],
    ['another unit', { range: 'seconds=0-1' }],
    ['an unknown option', { ranges: 'bytes=0-1' }],
    ['a negative stallTimeoutMs', { stallTimeoutMs: -1 }],
    ['a signal that is none', { signal: 5 }],
  ])('refuses %s at the call', (_, options) => {
    expect(() => openVideo(clientOf().client, completed(), options as object)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('refuses what is no client at the call', () => {
    for (const client of [null, undefined, {}]) {
      expect(() => openVideo(client as never, completed())).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(/^client: /) }),
      );
    }
  });

  it('refuses what names no task at the call', () => {
    const client = createClient({ watch: () => of(completed()) });
    expect(() => openVideo(client, 'task_1')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('opens the content route of providers that have no addresses', async () => {
    const clock = createClock();
    const sim = createSimulator({ scheduler: clock });
    const id = sim.add('openai-compatible', { timeline: [{ afterMs: 1_000, status: 'completed' }] });
    await clock.advance(2_000);
    const client = createClient(
      [
        openaiCompatible({ apiKey: 'sk-open', baseUrl: 'http://localhost/openai-compatible' }),
        infinityBlue({ apiKey: 'sk-open', baseUrl: 'http://localhost/infinity-blue' }),
      ],
      { fetch: sim.fetch, scheduler: clock },
    );
    const { bytes, contentType } = await opened(client, { provider: 'openai-compatible', id }, { scheduler: clock });
    expect([contentType, bytes.slice(4, 8)]).toEqual(['video/mp4', 'ftyp']);
  });
});
