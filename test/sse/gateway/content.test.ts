import { gzipSync } from 'node:zlib';
import { of } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { createClient } from '../../../src/index.js';
import { gateway } from '../../../src/sse/index.js';
import { type Answer, cdn, clientOf, completed, good, latin, videoOf } from '../../download/stage.js';
import { hungUp } from '../../http/server.js';
import { snapshotOf, stage, taskUrl } from './stage.js';

const video = videoOf('a', 40_000);
const url = `${taskUrl()}/content`;

async function over(answer: Answer, options: object = {}) {
  const server = await cdn(answer);
  const { client, asked } = clientOf({ read: () => completed({ videoUrl: server.url }) });
  const errors: unknown[] = [];
  const stop = new AbortController();
  const handle = gateway({
    ...{ client, authorize: () => true, signal: stop.signal, onError: (error: unknown) => errors.push(error) },
    ...options,
  });
  return { ...server, handle, asked, errors, stop };
}

/** As a server that knows ranges, also those that end. */
const ranged =
  (bytes: Buffer, headers: Record<string, string> = {}): Answer =>
  (request, response) => {
    const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const all = { 'content-type': 'video/mp4', ...headers };
    if (from === undefined) {
      response.writeHead(200, { ...all, 'content-length': bytes.length }).end(bytes);
      return;
    }
    const first = from === '' ? bytes.length - Number(to) : Number(from);
    const last = from === '' || !to ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1);
    if (first >= bytes.length) response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    else {
      const range = { ...all, 'content-range': `bytes ${first}-${last}/${bytes.length}` };
      response.writeHead(206, range).end(bytes.subarray(first, last + 1));
    }
  };

const allowed = [
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-length',
  'content-range',
  'content-security-policy',
  'content-type',
  'cross-origin-resource-policy',
  'etag',
  'referrer-policy',
  'vary',
  'x-content-type-options',
];

describe('the video of a gateway', () => {
  it('is whole, with its length, its validator and what keeps a browser from running it', async () => {
    const { handle } = await over(good(video));
    const response = await handle(new Request(url));
    expect(Object.fromEntries(response.headers)).toEqual({
      'cache-control': 'private, no-store',
      'content-length': '40000',
      'content-security-policy': "sandbox; default-src 'none'",
      'content-type': 'video/mp4',
      'cross-origin-resource-policy': 'same-origin',
      etag: '"v1"',
      'referrer-policy': 'no-referrer',
      vary: 'Origin, Authorization, Cookie',
      'x-content-type-options': 'nosniff',
    });
    expect([response.status, latin(new Uint8Array(await response.arrayBuffer())) === latin(video)]).toEqual([
      200,
      true,
    ]);
  });

  const page = '<html><script>document.title = "run"</script>'.padEnd(200, ' ');
  const start = (text: string) => Buffer.from(text, 'latin1');
  it.each([
    ['a page that calls itself a video', start(page), { 'content-type': 'video/mp4' }, undefined],
    [
      'a picture with a script',
      start('<svg xmlns="http://www.w3.org/2000/svg" onload="x()">'.padEnd(99)),
      {},
      undefined,
    ],
    ['a script', start('alert(document.domain)//'.padEnd(99)), { 'content-type': 'video/webm' }, undefined],
    ['a page behind spaces', start(page.padStart(5_000)), { 'content-type': 'video/mp4' }, undefined],
    ['a page in UTF-16', Buffer.from(`\ufeff${page}`, 'utf16le'), { 'content-type': 'video/mp4' }, undefined],
    ['a packed page', gzipSync(page), { 'content-type': 'video/mp4' }, undefined],
    ['a document', start('%PDF-1.7'.padEnd(99)), { 'content-type': 'video/mp4' }, undefined],
    ['a short text', start('<b>'), { 'content-type': 'video/mp4' }, undefined],
    ['nothing', start(''), { 'content-type': 'video/mp4' }, undefined],
    ['another container', start('\x1aE\xdf\xa3\x42\x82\x88matroska'.padEnd(99)), {}, undefined],
    ['a picture in the container of a video', start('\0\0\0\x1cftypavif'.padEnd(99, '\0')), {}, undefined],
    ['WebM', start('\x1aE\xdf\xa3\x42\x82\x84webm'.padEnd(99, '\0')), {}, 'video/webm'],
    ['QuickTime', start('\0\0\0\x14ftypqt  '.padEnd(99, '\0')), {}, 'video/quicktime'],
    ['a picture in WebP', start('RIFF\0\0\0\0WEBP'.padEnd(99, '\0')), {}, 'image/webp'],
    ['a photograph', start('\xff\xd8\xff\xe0'.padEnd(99, '\0')), {}, 'image/jpeg'],
    ['a video that calls itself a script', video, { 'content-type': 'text/javascript' }, 'video/mp4'],
  ])('is shown as what its first bytes say, such as %s', async (_, bytes, headers, type) => {
    const hostile = {
      'set-cookie': 'session=evil; Path=/',
      location: 'https://evil.test',
      'access-control-allow-origin': '*',
      sourcemap: '/x.map',
      'service-worker-allowed': '/',
      refresh: '0; url=https://evil.test',
      etag: '"x"',
      ...headers,
    };
    const { handle } = await over((_request, response) => response.writeHead(200, hostile).end(bytes));
    const response = await handle(new Request(url));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type ?? 'application/octet-stream');
    expect(response.headers.get('content-disposition')).toBe(
      type === undefined ? 'attachment; filename="cometapi-task_1.mp4"' : null,
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect([...response.headers.keys()].filter((name) => !allowed.includes(name))).toEqual([]);
    expect((await response.arrayBuffer()).byteLength).toBe(bytes.length);
  });

  it.each([
    ['a page', (_: unknown, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<script>')],
    ['an error', (_: unknown, response) => response.writeHead(500).end('secret')],
    ['a redirect', (_: unknown, response) => response.writeHead(302, { location: 'https://evil.test/' }).end()],
  ] as [string, Answer][])('is 502 where its server answers with %s', async (_, answer) => {
    const { handle } = await over(answer, { limits: { connections: 1 } });
    // The second finds room: the first has given its place back.
    for (const response of [await handle(new Request(url)), await handle(new Request(url))]) {
      expect([response.status, response.headers.get('location'), (await response.json()).code]).toEqual([
        502,
        null,
        'DOWNLOAD_FAILED',
      ]);
    }
  });

  it('is not taken apart where its server packs it for the way', async () => {
    const packed = { 'content-encoding': 'gzip', 'content-type': 'video/mp4' };
    const { handle } = await over((_request, response) => response.writeHead(200, packed).end(gzipSync(video)));
    const response = await handle(new Request(url));
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(response.headers.get('content-length')).toBeNull();
    await response.body?.cancel();
  });

  it('has a safe name whatever the id is', async () => {
    const { client } = clientOf({ contentUrl: (await cdn((_q, response) => response.writeHead(200).end('x'))).url });
    const handle = gateway({
      client: { ...client, watch: (task) => of(completed({ task: task as never })) },
      authorize: () => true,
      lingerMs: 1,
      rememberMs: 1,
    });
    const response = await handle(
      new Request(`${taskUrl({ provider: 'ark', id: '"\\; x=é/../'.repeat(40) })}/content`),
    );
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="ark-[A-Za-z0-9_=-]{1,150}\.mp4"$/,
    );
    await response.body?.cancel();
  });

  it.each([
    ['bytes=0-', 206, 'bytes 0-39999/40000', 'video/mp4'],
    ['bytes=0-1', 206, 'bytes 0-1/40000', 'video/mp4'],
    ['bytes=100-299', 206, 'bytes 100-299/40000', 'video/mp4'],
    ['bytes=-10', 206, 'bytes 39990-39999/40000', 'video/mp4'],
    ['bytes=39999-90000', 206, 'bytes 39999-39999/40000', 'video/mp4'],
    ['bytes=40000-', 416, 'bytes */40000', null],
    ['bytes=-0', 416, 'bytes */40000', null],
    ['bytes=5-2', 200, null, 'video/mp4'],
    ['bytes=0-1,5-9', 200, null, 'video/mp4'],
    ['seconds=0-1', 200, null, 'video/mp4'],
    ['bytes=0-1\t', 206, 'bytes 0-1/40000', 'video/mp4'],
    ['bytes=99999999999999999999-', 200, null, 'video/mp4'],
  ])('answers the range %s with %i', async (range, status, said, type) => {
    const { handle } = await over(ranged(video));
    const response = await handle(new Request(url, { headers: { range } }));
    expect([response.status, response.headers.get('content-range'), response.headers.get('content-type')]).toEqual([
      status,
      said,
      type,
    ]);
    const { byteLength } = await response.arrayBuffer();
    if (status !== 416) expect(String(byteLength)).toBe(response.headers.get('content-length'));
    expect(response.headers.get('accept-ranges')).toBe(status === 206 ? 'bytes' : null);
  });

  it('does not take its server’s word for a page whose start is there', async () => {
    const page = Buffer.from('<html>'.padEnd(90, 'x'));
    const { handle } = await over(ranged(page, { 'content-type': 'video/mp4' }));
    const response = await handle(new Request(url, { headers: { range: 'bytes=0-62' } }));
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    await response.body?.cancel();
  });

  it('does not say that there is no range where its server only fails to send one', async () => {
    const { handle } = await over((request, response) => {
      if (request.headers.range === undefined) response.writeHead(200, { 'content-length': 40_000 }).end(video);
      else response.writeHead(500).end();
    });
    const response = await handle(new Request(url, { headers: { range: 'bytes=100-200' } }));
    expect([response.status, (await response.json()).code]).toEqual([502, 'DOWNLOAD_FAILED']);
  });

  it.each(['bytes=0-', 'bytes=0-5', 'bytes=-5'])('has no range %s when it is empty', async (range) => {
    const { handle } = await over(ranged(Buffer.alloc(0)));
    expect((await handle(new Request(url, { headers: { range } }))).status).toBe(416);
  });

  it('does not take its server’s word for a page in the middle', async () => {
    const { handle } = await over(ranged(video, { 'content-type': 'image/svg+xml' }));
    const response = await handle(new Request(url, { headers: { range: 'bytes=100-200' } }));
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toContain('attachment');
    await response.body?.cancel();
  });

  it.each([
    ['"v1"', 206],
    ['"v2"', 200],
    ['W/"v1"', 200],
    ['Sat, 01 Jan 2026 00:00:00 GMT', 200],
  ])('answers If-Range %s with %i', async (ifRange, status) => {
    const { handle } = await over(ranged(video, { etag: '"v1"' }));
    const response = await handle(new Request(url, { headers: { range: 'bytes=9-', 'if-range': ifRange } }));
    expect(response.status).toBe(status);
    expect((await response.arrayBuffer()).byteLength).toBe(status === 206 ? 39_991 : 40_000);
  });

  it('is not fetched any further when the viewer leaves', async () => {
    for (const how of ['cancel', 'abort'] as const) {
      let left: Promise<void> | undefined;
      const { handle } = await over((_request, response) => {
        left = hungUp(response);
        response.writeHead(200).write(video);
      });
      const gone = new AbortController();
      const response = await handle(new Request(url, { signal: gone.signal }));
      const reader = response.body?.getReader();
      await reader?.read();
      if (how === 'abort') gone.abort();
      else await reader?.cancel();
      await left;
    }
  });

  it('is no failure when the viewer leaves before it is open', async () => {
    let left: Promise<void> | undefined;
    const { handle, errors } = await over((_request, response) => {
      left = hungUp(response);
    });
    const gone = new AbortController();
    const asking = handle(new Request(url, { signal: gone.signal }));
    await vi.waitFor(() => expect(left).toBeDefined());
    gone.abort();
    expect([(await asking).status, errors]).toEqual([502, []]);
    await left;
  });

  it('answers HEAD without the bytes, and lets their server go', async () => {
    let left: Promise<void> | undefined;
    const { handle } = await over((_request, response) => {
      left = hungUp(response);
      response.writeHead(200, { 'content-length': '90000' }).write(video);
    });
    const response = await handle(new Request(url, { method: 'HEAD' }));
    expect([response.status, response.body, response.headers.get('content-length')]).toEqual([200, null, '90000']);
    await left;
  });

  it('breaks off when the viewer takes nothing, when it may no longer, and when the gateway closes', async () => {
    const endless: Answer = (_request, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(video));
      };
      response.on('drain', more);
      more();
    };
    for (const how of ['stall', 'denied', 'closed', 'late'] as const) {
      let may = true;
      const options = {
        authorize: () => may,
        limits: { connections: 1 },
        ...(how === 'stall' && { stallTimeoutMs: 40 }),
        ...(how === 'denied' && { reauthorizeMs: 40 }),
        ...(how === 'late' && { maxStreamMs: 40 }),
      };
      const { handle, stop } = await over(endless, options);
      const response = await handle(new Request(url));
      expect((await handle(new Request(url))).status).toBe(503);
      may = how !== 'denied';
      if (how === 'closed') stop.abort();
      const reader = response.body?.getReader();
      if (how === 'stall') await expect(reader?.closed).rejects.toThrow('took nothing for 40 ms');
      const read = async () => {
        for (;;) if ((await reader?.read())?.done) return;
      };
      await expect(read()).rejects.toThrow();
      may = true;
      if (how !== 'closed') {
        const again = await handle(new Request(url));
        expect(again.status).toBe(200);
        await again.body?.cancel();
      }
    }
  });

  it('is not there while the task runs, after it failed, or where there is no such task', async () => {
    const { handle, news } = stage();
    news.say(snapshotOf('in_progress'));
    const live = await handle(new Request(url));
    expect([live.status, await live.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'DOWNLOAD_FAILED', status: 'in_progress' }),
    ]);
    const failed = stage();
    failed.news.say(snapshotOf('failed'));
    const response = await failed.handle(new Request(url));
    expect([response.status, (await response.json()).code]).toEqual([404, 'TASK_FAILED']);
  });

  it('says that a client without videos has none', async () => {
    const client = createClient({ watch: () => of(completed({ videoUrl: 'https://cdn.test/x' })) });
    const handle = gateway({ client, authorize: () => true, lingerMs: 1, rememberMs: 1 });
    const response = await handle(new Request(url));
    expect([response.status, await response.text()]).toEqual([502, expect.not.stringContaining('cdn.test')]);
  });

  it('may be read by a page of a configured origin that asks with CORS', async () => {
    const { handle } = await over(good(video), { origins: ['https://app.test'] });
    const { headers, body } = await handle(new Request(url, { headers: { origin: 'https://app.test' } }));
    expect([headers.get('access-control-allow-origin'), headers.get('cross-origin-resource-policy')]).toEqual([
      'https://app.test',
      'cross-origin',
    ]);
    await body?.cancel();
  });
});
