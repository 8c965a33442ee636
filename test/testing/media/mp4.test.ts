import { describe, expect, it } from 'vitest';
import { mp4Of, spritesheet, thumbnail } from '../../../src/testing/media/mp4.js';

interface Box {
  readonly type: string;
  readonly start: number;
  readonly bytes: Uint8Array;
}

const containers = ['moov', 'trak', 'mdia', 'minf', 'stbl'];
const ascii = (bytes: Uint8Array) => String.fromCharCode(...bytes);

function boxesOf(bytes: Uint8Array, start = 0): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    expect(size).toBeGreaterThanOrEqual(8);
    const box = {
      type: ascii(bytes.subarray(at + 4, at + 8)),
      start: start + at,
      bytes: bytes.subarray(at + 8, at + size),
    };
    boxes.push(box, ...(containers.includes(box.type) ? boxesOf(box.bytes, box.start + 8) : []));
    at += size;
  }
  return boxes;
}

describe('mp4Of', () => {
  const file = mp4Of('cometapi/task_1');
  const boxes = boxesOf(file);
  const box = (type: string) => boxes.find((each) => each.type === type);
  const numbers = (type: string) => new DataView(box(type)?.bytes.slice().buffer ?? new ArrayBuffer(0));

  it('is an MP4 whose index stands before its data', () => {
    expect(boxes.filter(({ type }) => ['ftyp', 'moov', 'mdat', 'free'].includes(type)).map(({ type }) => type)).toEqual(
      ['ftyp', 'moov', 'free', 'mdat', 'free'],
    );
    expect(file.length).toBeLessThan(3_000);
  });

  it('holds one H.264 track of 96x54 whose samples lie in the data', () => {
    expect(boxes.filter(({ type }) => type === 'trak')).toHaveLength(1);
    const description = box('stsd')?.bytes ?? new Uint8Array();
    expect(ascii(description.subarray(12, 16))).toBe('avc1');
    expect(ascii(description)).toContain('avcC');
    const header = numbers('tkhd');
    expect([header.getUint32(76) >> 16, header.getUint32(80) >> 16]).toEqual([96, 54]);
    const data = box('mdat');
    const samples = Array.from({ length: numbers('stsz').getUint32(8) }, (_, n) =>
      numbers('stsz').getUint32(12 + 4 * n),
    );
    expect(samples).toHaveLength(12);
    expect(samples.reduce((sum, size) => sum + size)).toBe(data?.bytes.length);
    expect(numbers('stco').getUint32(8)).toBe((data?.start ?? 0) + 8);
  });

  it('differs from task to task and has the size that is asked for', () => {
    expect(mp4Of('a')).not.toEqual(mp4Of('b'));
    const big = mp4Of('a', { sizeBytes: 1_000_000 });
    expect(big).toHaveLength(1_000_000);
    expect(boxesOf(big).at(-1)).toMatchObject({ type: 'free' });
    expect(mp4Of('a', { sizeBytes: 10 })).toEqual(mp4Of('a'));
  });
});

describe('the stills', () => {
  it('are a WebP and a JPEG', () => {
    expect(ascii(thumbnail().subarray(8, 12))).toBe('WEBP');
    expect([...spritesheet().subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  });
});
