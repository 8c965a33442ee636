import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { lastValueFrom } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { fetchTransport } from '../../src/http/fetch-transport.js';
import { gate } from './gate.js';
import { platforms } from './platforms.js';
import { sent } from './requests.js';
import { always, serve } from './server.js';

const MEGABYTE = 1_048_576;
const tooLarge = {
  code: 'BAD_RESPONSE',
  retryable: true,
  message: expect.stringMatching(/too large.* 1048576 bytes.*content route/),
};

function* zeros(megabytes: number): Generator<Buffer> {
  const piece = Buffer.alloc(MEGABYTE);
  for (let sentSoFar = 0; sentSoFar < megabytes; sentSoFar++) yield piece;
}

let brotliBomb: Buffer;

beforeAll(async () => {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 3, [constants.BROTLI_PARAM_LGWIN]: 24 };
  const pieces: Buffer[] = [];
  for await (const piece of Readable.from(zeros(1_024)).pipe(createBrotliCompress({ params }))) pieces.push(piece);
  brotliBomb = Buffer.concat(pieces);
});

describe.each(platforms)('the cap on a body over $name', ({ transport }) => {
  it('lets a body of exactly so many bytes through, and none that is longer', async () => {
    const server = await serve((request, response) => {
      response.end('x'.repeat(Number(request.url?.slice(1))));
    });
    const ask = (bytes: number) => lastValueFrom(transport(sent(`${server.origin}/${bytes}`)));
    expect((await ask(MEGABYTE)).text).toHaveLength(MEGABYTE);
    await expect(ask(MEGABYTE + 1)).rejects.toMatchObject(tooLarge);
  });

  it('counts bytes, not characters', async () => {
    const server = await serve(always(200, {}, 'ä'.repeat(10)));
    const ask = (maxBodyBytes: number) => lastValueFrom(transport(sent(server.origin, { maxBodyBytes })));
    expect((await ask(20)).text).toHaveLength(10);
    await expect(ask(19)).rejects.toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it('ends an endless body without a length, and hangs up', async () => {
    const closed = gate<void>();
    const server = await serve((_request, response) => {
      response.on('close', closed.open);
      pipeline(Readable.from(zeros(Number.POSITIVE_INFINITY)), response).catch(() => undefined);
    });
    await expect(lastValueFrom(transport(sent(server.origin)))).rejects.toMatchObject(tooLarge);
    await closed.opened;
  });

  it.each(['gzip', 'br'])('does not unpack a gigabyte of %s', async (encoding) => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      if (encoding === 'br') response.end(brotliBomb);
      else pipeline(Readable.from(zeros(1_024)), createGzip({ level: 1 }), response).catch(() => undefined);
    });
    const before = process.memoryUsage.rss();
    await expect(lastValueFrom(transport(sent(server.origin)))).rejects.toMatchObject(tooLarge);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * MEGABYTE);
  });
});

it('the cap on a body cancels one that heeds no signal, and takes none that has no bytes', async () => {
  let cancelled = 0;
  const endless = (piece: unknown) => () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(piece),
      cancel: () => {
        cancelled++;
      },
    });
  for (const body of [endless(new Uint8Array(MEGABYTE)), endless('text')]) {
    const transport = fetchTransport({ fetch: async () => new Response(body()) });
    await expect(lastValueFrom(transport(sent('http://127.0.0.1/')))).rejects.toMatchObject(tooLarge);
  }
  expect(cancelled).toBe(2);
});
