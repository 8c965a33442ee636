import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Mp4Structure, mp4Structure } from '../../src/download/to-file/mp4-structure.js';
import { saveVideo } from '../../src/download/to-file/save-video.js';
import { mp4Of } from '../../src/testing/media/mp4.js';
import { cdn, clientOf, completed, contentsOf, folder, outcomeOf, sha256 } from './stage.js';

function box(type: string, content = 40): Buffer {
  const bytes = Buffer.alloc(8 + content, 7);
  bytes.writeUInt32BE(bytes.length);
  bytes.write(type, 4, 'latin1');
  return bytes;
}

function box64(type: string, content = 40): Buffer {
  const bytes = Buffer.alloc(16 + content, 7);
  bytes.writeUInt32BE(1);
  bytes.write(type, 4, 'latin1');
  bytes.writeBigUInt64BE(BigInt(bytes.length), 8);
  return bytes;
}

function openBox(type: string, content = 40): Buffer {
  const bytes = box(type, content);
  bytes.writeUInt32BE(0);
  return bytes;
}

const ftyp = box('ftyp', 16);
ftyp.write('isom', 8);
const quickTime = Buffer.from(ftyp);
quickTime.write('qt  ', 8);

const videos: Readonly<Record<string, { readonly boxes: readonly Buffer[]; readonly says: Mp4Structure }>> = {
  'moov first': { boxes: [ftyp, box('moov'), box('mdat', 999), box('free')], says: 'whole' },
  'moov last': { boxes: [ftyp, box('mdat', 999), box('moov')], says: 'whole' },
  '64-bit sizes': { boxes: [ftyp, box64('mdat', 999), box('moov')], says: 'whole' },
  'an open mdat': { boxes: [ftyp, box('moov'), openBox('mdat', 999)], says: 'unknown' },
  fragments: { boxes: [ftyp, box('moov'), box('moof'), box('mdat'), box('moof'), box('mdat')], says: 'unknown' },
  'fragments and their index': {
    boxes: [ftyp, box('moov'), box('moof'), box('mdat'), box('mfra')],
    says: 'whole',
  },
  QuickTime: { boxes: [quickTime, box('wide', 0), box('mdat', 999), box('moov')], says: 'whole' },
};

const structureOf = (bytes: Uint8Array) =>
  mp4Structure({ size: bytes.length, read: async (at, length) => bytes.subarray(at, at + length) });

describe('the structure of an MP4', () => {
  it.each(Object.entries(videos))('is known of one with %s', async (_, { boxes, says }) => {
    expect(await structureOf(Buffer.concat(boxes))).toBe(says);
  });

  it('is that of the simulator’s clip', async () => {
    expect(await structureOf(mp4Of('a', { sizeBytes: 9_000 }))).toBe('whole');
  });

  it.each(Object.entries(videos).filter(([, { says }]) => says === 'whole'))(
    'shows each cut within a box of one with %s',
    async (_, { boxes }) => {
      const video = Buffer.concat(boxes);
      const ends = boxes.map((_box, i) => Buffer.concat(boxes.slice(0, i + 1)).length);
      for (let length = 1; length < video.length; length++) {
        if (!ends.includes(length))
          expect(['cut', 'unfinished']).toContain(await structureOf(video.subarray(0, length)));
      }
    },
  );

  it.each([
    ['no box', '\0\0\0\x10\xff\xfe\x01\x02 and more'],
    ['a box smaller than its header', '\0\0\0\x04moov\0\0\0\0\0\0\0\0'],
    ['zeros', '\0'.repeat(64)],
  ])('is unknown of %s', async (_, text) => {
    expect(await structureOf(Buffer.from(text, 'latin1'))).toBe('unknown');
  });
});

/** Ends when the connection does, and knows of no ranges. */
async function saved(bytes: Buffer, headers: Record<string, string | number> = {}) {
  const { url } = await cdn((_request, response) => {
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
    response.writeHead(200, headers).end(bytes);
  });
  const dir = await folder();
  const retry = { giveUpAfterMs: 30, initialMs: 1, maxMs: 1 };
  const outcome = await outcomeOf(
    saveVideo(clientOf().client, completed({ videoUrl: url }), join(dir, 'out.mp4'), { retry, stallTimeoutMs: 200 }),
  );
  return { outcome, files: await contentsOf(dir) };
}

describe('a video of unknown length', () => {
  it.each(Object.entries(videos))('is saved with %s, and verified as far as it can be', async (_, { boxes, says }) => {
    const video = Buffer.concat(boxes);
    const { outcome } = await saved(video);
    const verified = says === 'whole' ? 'structure' : 'none';
    expect(outcome).toMatchObject({ sha256: sha256(video), verified });
  });

  it.each(Object.entries(videos))('is never called verified when cut at a box of one with %s', async (_, { boxes }) => {
    for (let count = 1; count < boxes.length; count++) {
      const { outcome, files } = await saved(Buffer.concat(boxes.slice(0, count)));
      const isComplete = boxes[count]?.toString('latin1', 4, 8) === 'free';
      if ('verified' in outcome && !isComplete) expect(outcome.verified).toBe('none');
      if (!('verified' in outcome)) expect(Object.keys(files)).not.toContain('out.mp4');
    }
  });

  it('that is no MP4 is saved as it is', async () => {
    const webm = Buffer.concat([
      Buffer.from('1a45dfa39f42868101', 'hex'),
      Buffer.from('\x42\x82\x84webm'),
      Buffer.alloc(99),
    ]);
    expect((await saved(webm)).outcome).toMatchObject({ sha256: sha256(webm), verified: 'none' });
  });
});

describe('a video of known length', () => {
  it('may have a few bytes after its last box', async () => {
    const video = Buffer.concat([ftyp, box('moov'), box('mdat', 999), Buffer.alloc(3)]);
    const { outcome } = await saved(video, { 'content-length': video.length });
    expect(outcome).toMatchObject({ sha256: sha256(video), verified: 'length' });
  });

  it('may have a trailer that looks like a box', async () => {
    const trailer = Buffer.from('made with a program of our own   \n');
    const video = Buffer.concat([ftyp, box('moov'), box('mdat', 999), trailer]);
    const { outcome } = await saved(video, { 'content-length': video.length });
    expect(outcome).toMatchObject({ sha256: sha256(video), verified: 'length' });
  });

  it('may have any structure when its digest is right', async () => {
    const cut = Buffer.concat([ftyp, box('moov'), box('mdat', 999)]).subarray(0, -1);
    const digest = `sha-256=:${createHash('sha256').update(cut).digest('base64')}:`;
    const { outcome } = await saved(cut, { 'content-length': cut.length, 'repr-digest': digest });
    expect(outcome).toMatchObject({ sha256: sha256(cut), verified: 'digest' });
  });

  it.each([
    ['image/png', '\x01\x02 what nobody knows'],
    ['audio/mpeg', '\x01\x02 what nobody knows'],
    ['text/plain', '\x01\x02 what nobody knows'],
    ['video/mp4', '\x89PNG\r\n\x1a\n and more'],
    ['video/mp4', '\0{"error":"upstream"}'],
  ])('is none when it is %s with %j', async (type, text) => {
    const { outcome, files } = await saved(Buffer.from(text, 'latin1'), { 'content-type': type });
    expect(outcome).toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expect(Object.keys(files)).not.toContain('out.mp4');
  });

  it('may be in a container that nobody knows', async () => {
    const video = Buffer.from('\x01\x02 what nobody knows', 'latin1');
    const { outcome } = await saved(video, { 'content-length': video.length, 'content-type': 'video/x-new' });
    expect(outcome).toMatchObject({ sha256: sha256(video), verified: 'length' });
  });

  it('with a box that reaches past its end is an error that leaves nothing to go on with', async () => {
    const cut = Buffer.concat([ftyp, box('moov'), box('mdat', 999)]).subarray(0, -1);
    const { outcome, files } = await saved(cut, { 'content-length': cut.length, etag: '"v1"' });
    expect(outcome).toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expect(files['out.mp4.part']).toBe('');
  });

  it.each([
    ['a Repr-Digest', 'repr-digest', 'sha256', (hash: string) => `sha-256=:${hash}:`],
    ['a Content-Digest', 'content-digest', 'sha512', (hash: string) => `sha-512=:${hash}:`],
    ['a Content-MD5', 'content-md5', 'md5', (hash: string) => hash],
  ])('is held to %s', async (_, header, algorithm, field) => {
    const video = Buffer.concat([ftyp, box('moov'), box('mdat', 999)]);
    const hash = createHash(algorithm).update(video).digest('base64');
    const other = createHash(algorithm).update('other').digest('base64');
    expect((await saved(video, { [header]: field(hash) })).outcome).toMatchObject({ verified: 'digest' });
    const { outcome, files } = await saved(video, { [header]: field(other) });
    expect(outcome).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: true });
    expect(Object.keys(files)).not.toContain('out.mp4');
  });
});
