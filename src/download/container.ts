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

/** Whether a file's first bytes are text, such as JSON or HTML: no video begins without a byte that no text has. */
export function isText(start: Uint8Array): boolean {
  const [first, second] = start;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isUtf16 || start.subarray(0, startBytes).every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
