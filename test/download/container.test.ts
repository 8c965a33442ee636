import { describe, expect, it } from 'vitest';
import { containerOf, isText } from '../../src/download/container.js';
import { mp4Of } from '../../src/testing/media/mp4.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('the first bytes of a file', () => {
  it.each([
    ['mp4', mp4Of('a')],
    ['mp4', bytes('\0\0\0\x18stypmsdh\0\0\0\0')],
    ['mov', bytes('\0\0\0\x14ftypqt  \0\0\0\0')],
    ['mov', bytes('\0\0\0\x08wide\0\0\0\0mdat')],
    ['webm', bytes('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm')],
    ['mkv', bytes('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska')],
    ['avi', bytes('RIFF\x24\0\0\0AVI LIST')],
    [undefined, bytes('RIFF\x24\0\0\0WEBPVP8 ')],
    [undefined, bytes('')],
  ])('tell %s', (container, start) => {
    expect(containerOf(start)).toBe(container);
  });

  it.each(['{"error":1}', '<!doctype html>', '\ufeff<?xml version="1.0"?>', '  \r\n[]', 'Not Found', 'été'])(
    'tell that %j is text',
    (text) => {
      expect(isText(Buffer.from(text))).toBe(true);
      expect(isText(Buffer.from(`\ufeff${text}`, 'utf16le'))).toBe(true);
    },
  );

  it('tell that a video is none', () => {
    expect([mp4Of('a'), bytes('\x1a\x45\xdf\xa3webm'), bytes('RIFF\x24\0\0\0AVI ')].map(isText)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
