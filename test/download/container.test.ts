import { describe, expect, it } from 'vitest';
import { containerOf, isForeign, isText } from '../../src/download/container.js';
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
      expect(isText(Buffer.from(text, 'utf16le'))).toBe(true);
      expect(isText(Buffer.from(`\0${text}`))).toBe(true);
    },
  );

  it.each([
    '\x89PNG\r\n\x1a\n',
    '\xff\xd8\xff\xe0\0\x10JFIF',
    'GIF89a',
    'RIFF\x24\0\0\0WEBPVP8 ',
    'RIFF\x24\0\0\0WAVEfmt ',
    '\0\0\0\x1cftypavif',
    '\0\0\0\x1cftypM4A ',
    'ID3\x04\0',
    '\xff\xfb\x90\x64',
    'PK\x03\x04\x14\0',
    '\x1f\x8b\x08\0',
    '%PDF-1.7\n',
  ])('tell that %j is of no video', (text) => {
    expect(isForeign(bytes(text))).toBe(true);
  });

  it('tell of no video that it is none', () => {
    const unknown = ['G@\0\x10', '\0\0\x01\xba\x44', 'OggS\0\x02', 'FLV\x01\x05', '0&\xb2u\x8ef\xcf\x11', '\0\0\0\0'];
    const videos = [mp4Of('a'), bytes('\x1a\x45\xdf\xa3webm'), bytes('RIFF\x24\0\0\0AVI '), ...unknown.map(bytes)];
    expect(videos.map((video) => isForeign(video) || isText(video))).toEqual(videos.map(() => false));
  });
});
