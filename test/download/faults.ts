import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type Answer, good, rangeFrom } from './stage.js';

/** One wrong answer, with where in the video it goes wrong. */
export interface Fault {
  readonly name: string;
  readonly at: number;
}

type Break = (video: Buffer, other: Buffer, at: number) => Answer;

const part = (video: Buffer, from: number, claimed = from) => ({
  etag: '"v1"',
  'content-range': `bytes ${claimed}-${claimed + video.length - from - 1}/${video.length}`,
});

/** Every way that a download has been seen, or can be thought, to go wrong. */
export const faults: Readonly<Record<string, Break>> = {
  refused: () => (_request, response) => response.destroy(),
  unavailable: () => (_request, response) => response.writeHead(503).end('try later'),
  expired: () => (_request, response) => response.writeHead(403).end(),
  reset: (video, _, at) => (request, response) => {
    const from = rangeFrom(request) ?? 0;
    response.writeHead(from ? 206 : 200, { ...part(video, from), 'content-length': video.length - from });
    response.write(video.subarray(from, from + at), () => response.destroy());
  },
  'cut in chunks': (video, _, at) => (_request, response) => {
    response.writeHead(200, { etag: '"v1"' });
    response.write(video.subarray(0, at), () => response.destroy());
  },
  'cut without a length': (video, _, at) => (_request, response) => {
    response.shouldKeepAlive = false;
    response.useChunkedEncodingByDefault = false;
    response.removeHeader('transfer-encoding');
    response.writeHead(200, { etag: '"v1"', connection: 'close' });
    response.end(video.subarray(0, at));
  },
  silence: (video, _, at) => (_request, response) => {
    response.writeHead(200, { etag: '"v1"', 'content-length': video.length });
    response.write(video.subarray(0, at));
  },
  'a page': () => (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'),
  'a page that says it is a video': () => (_request, response) =>
    response.writeHead(200, { 'content-type': 'video/mp4', etag: '"v1"' }).end(`<html>${' '.repeat(999)}</html>`),
  'an error that says it is a video': () => (_request, response) =>
    response.writeHead(200, { 'content-type': 'video/mp4' }).end('{"error":{"message":"upstream"}}'),
  JSON: () => (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"error":{"message":"upstream"}}'),
  nothing: () => (_request, response) =>
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 0 }).end(),
  gzip: (video) => (_request, response) =>
    response.writeHead(200, { etag: '"v1"', 'content-encoding': 'gzip' }).end(gzipSync(video)),
  'a range from elsewhere': (video, _, at) => (request, response) => {
    const from = rangeFrom(request);
    if (from === undefined) return good(video)(request, response, 0);
    response.writeHead(206, part(video, from, Math.min(from + 1, at))).end(video.subarray(from));
  },
  'another range than it says': (video, _, at) => (request, response) => {
    const from = rangeFrom(request);
    if (from === undefined) return good(video)(request, response, 0);
    response.writeHead(206, part(video, from)).end(video.subarray(0, Math.min(at, video.length - from - 1)));
  },
  'several ranges': (video) => (request, response) => {
    if (rangeFrom(request) === undefined) return good(video)(request, response, 0);
    response.writeHead(206, { etag: '"v1"', 'content-type': 'multipart/byteranges; boundary=x' }).end(video);
  },
  'no ranges': (video) => (_request, response) =>
    response.writeHead(200, { etag: '"v1"', 'content-length': video.length }).end(video),
  'no such range': (video) => (request, response) => {
    if (rangeFrom(request) === undefined) return good(video)(request, response, 0);
    response.writeHead(416, { 'content-range': `bytes */${video.length}` }).end();
  },
  'too much': (video) => (request, response) => {
    const from = rangeFrom(request);
    if (from === undefined) return good(video)(request, response, 0);
    response.writeHead(206, part(video, from));
    response.end(Buffer.concat([video.subarray(from), Buffer.alloc(5_000)]));
  },
  'another video': (_, other, at) => (request, response) => {
    const from = rangeFrom(request) ?? 0;
    const headers = { ...part(other, from), etag: '"v2"', 'content-length': other.length - from };
    response.writeHead(from ? 206 : 200, headers);
    response.write(other.subarray(from, from + at), () => response.destroy());
  },
  'another video without a name': (_, other, at) => (request, response) => {
    const from = rangeFrom(request) ?? 0;
    const { etag: _etag, ...headers } = part(other, from);
    response.writeHead(from ? 206 : 200, { ...headers, 'content-length': other.length - from });
    response.write(other.subarray(from, from + at), () => response.destroy());
  },
  'a weak name': (video, _, at) => (_request, response) => {
    response.writeHead(200, { etag: 'W/"v1"', 'content-length': video.length });
    response.write(video.subarray(0, at), () => response.destroy());
  },
};

export const anyFault = (bytes: number): fc.Arbitrary<Fault> =>
  fc.record({ name: fc.constantFrom(...Object.keys(faults)), at: fc.integer({ min: 1, max: bytes - 1 }) });
