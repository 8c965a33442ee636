import { containerOf, isForeign } from '../../download/container.js';

/** What a browser may be told that a video is: nothing of these can run a script. */
const playable: ReadonlySet<string> = new Set([
  'video/mp4',
  'video/webm',
  'video/quicktime',
  'image/webp',
  'image/jpeg',
]);

const ofContainer: Readonly<Record<string, string>> = { mp4: 'video/mp4', webm: 'video/webm', mov: 'video/quicktime' };

/** How many bytes a container is known by. */
const telling = 12;

/** What is known of bytes whose kind is asked for. */
export interface ContentStart {
  /** The first bytes that there are. */
  readonly bytes: Uint8Array;
  /** Which byte of the whole they begin with. */
  readonly first: number;
  /** Whether only a part of the whole was asked for. */
  readonly isPart: boolean;
  /** What their server calls them. */
  readonly saidType: string;
}

/**
 * The type of a video, by its first bytes; where those are not among the bytes, by its server's word, if that is one of
 * the few. `undefined` for whatever else it may be.
 */
export function contentKind({ bytes, first, isPart, saidType }: ContentStart): string | undefined {
  const told = saidType.split(';')[0]?.trim().toLowerCase() ?? '';
  const said = playable.has(told) ? told : undefined;
  if (first > 0) return said;
  const seen = kindOf(bytes);
  // A player may ask for two bytes first, which nobody can know a video by.
  return seen ?? (isPart && bytes.length < telling ? said : undefined);
}

function kindOf(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp';
  return isForeign(bytes) ? undefined : ofContainer[containerOf(bytes) ?? ''];
}
