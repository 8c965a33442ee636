import { containerOf, startBytes } from '../container.js';

/** The bytes of a file. */
export interface ReadableBytes {
  readonly size: number;
  /** Bytes from `position` on: fewer than `length` only at the end. */
  read(position: number, length: number): Promise<Uint8Array>;
}

/**
 * What the top-level boxes of an MP4 or MOV say of its end: `whole`, with index and media, nothing missing; `cut`, a box
 * reaches past the end; `unfinished`, the boxes are whole, but the index, the media or the last header are not; `unknown`,
 * the boxes do not say where the file ends, as in most fragmented ones.
 */
export type Mp4Structure = 'whole' | 'cut' | 'unfinished' | 'unknown';

/** What the structure of a video says of its end, whatever container it is in. */
export async function structureOf(file: ReadableBytes): Promise<Mp4Structure> {
  const container = containerOf(await file.read(0, startBytes));
  return container === 'mp4' || container === 'mov' ? mp4Structure(file) : 'unknown';
}

/** Looks at the headers of an MP4's top-level boxes, wherever its index is. */
export async function mp4Structure(file: ReadableBytes): Promise<Mp4Structure> {
  const types = new Set<string>();
  let last = '';
  for (let position = 0; position < file.size; ) {
    const box = boxOf(await file.read(position, 16));
    if (box === 'unfinished') return 'unfinished';
    if (box === undefined || box.bytes === undefined) return 'unknown';
    position += box.bytes;
    if (position > file.size) return isTrailer(box, types) ? 'unknown' : 'cut';
    types.add(box.type);
    last = box.type;
  }
  // A fragmented file may go on after any fragment; only an index of them, which is last, ends it.
  if (types.has('moof')) return last === 'mfra' ? 'whole' : 'unknown';
  return types.has('moov') && types.has('mdat') ? 'whole' : 'unfinished';
}

const knownTypes: ReadonlySet<string> = new Set(
  'ftyp styp moov mdat moof mfra sidx ssix prft emsg pdin meta uuid free skip wide pnot'.split(' '),
);

/** Whether what seems to be a box after a whole video is something else, which some programs add. */
function isTrailer({ type }: Box, before: ReadonlySet<string>): boolean {
  return before.has('moov') && before.has('mdat') && !knownTypes.has(type);
}

interface Box {
  readonly type: string;
  /** Absent when the box goes on to the end of the file. */
  readonly bytes?: number;
}

/** The box that begins with these bytes; `undefined` when none does. */
function boxOf(header: Uint8Array): Box | 'unfinished' | undefined {
  if (header.length < 8) return 'unfinished';
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const type = String.fromCharCode(...header.subarray(4, 8));
  if (!/^[\x20-\x7e\xa9]{4}$/.test(type)) return undefined;
  const size = view.getUint32(0);
  if (size === 0) return { type };
  if (size !== 1) return size < 8 ? undefined : { type, bytes: size };
  if (header.length < 16) return 'unfinished';
  const bytes = Number(view.getBigUint64(8));
  return bytes < 16 ? undefined : { type, bytes };
}
