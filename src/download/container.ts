/** What a video is wrapped in, as the ending of a file's name. */
export type Container = 'mp4' | 'mov' | 'webm' | 'mkv' | 'avi';

/** How many bytes of a video's start are enough for {@link containerOf} and {@link isText}. */
export const startBytes = 64;

const oldQuickTime: ReadonlySet<string> = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);

/** The container that a file's first bytes are of; `undefined` for one that is not known here. */
export function containerOf(start: Uint8Array): Container | undefined {
  const text = latin(start.subarray(0, startBytes));
  const type = text.slice(4, 8);
  if (type === 'ftyp') return text.slice(8, 12) === 'qt  ' ? 'mov' : 'mp4';
  if (type === 'styp') return 'mp4';
  if (oldQuickTime.has(type)) return 'mov';
  if (text.startsWith('\x1a\x45\xdf\xa3')) return text.includes('webm') ? 'webm' : 'mkv';
  return text.startsWith('RIFF') && text.slice(8, 12) === 'AVI ' ? 'avi' : undefined;
}

const foreignStarts: readonly string[] = [
  ...['\x89PNG', '\xff\xd8\xff', 'GIF8'],
  ...['ID3', '\xff\xf2', '\xff\xf3', '\xff\xfa', '\xff\xfb', 'fLaC'],
  ...['PK\x03\x04', '\x1f\x8b', '%PDF'],
];

/** Whether a file's first bytes are those of an image, of sound, of an archive or of a document. */
export function isForeign(start: Uint8Array): boolean {
  const text = latin(start.subarray(0, startBytes));
  const isOfShared = /^(?:RIFF.{4}(?:WEBP|WAVE)|.{4}ftyp(?:avif|hei[cx]|M4A ))/s.test(text);
  return isOfShared || foreignStarts.some((kind) => text.startsWith(kind));
}

/** Whether a file's first bytes are text, such as JSON or HTML: no video begins without a byte that no text has. */
export function isText(start: Uint8Array): boolean {
  const bytes = start.subarray(0, startBytes);
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isUtf16 || bytes.every(isOfText)) return true;
  // UTF-16 without a mark has a NUL in every other place.
  const told = bytes.filter((byte) => byte !== 0);
  return containerOf(bytes) === undefined && told.length > 0 && told.every(isOfText);
}

function isOfText(byte: number): boolean {
  return byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
