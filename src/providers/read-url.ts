import { type Facts, firstOf } from './facts.js';
import { parseUrl } from './parse-url.js';

const MAX_URL_LENGTH = 8_192;

/** Where gateways have been seen to put the address of a video, the documented places first. */
const urlPaths = [
  'video_url',
  'content.video_url',
  'metadata.url',
  'metadata.video_url',
  'url',
  'output_url',
  'result_url',
  'output_video',
  'output.video_url',
  'output.url',
  'output.videos.0.url',
  'output.0.url',
  'output.0',
  'output',
  'result.video_url',
  'data.video_url',
  'data.content.video_url',
  'data.url',
  'data.output',
  'data.data.url',
  'content_url',
  'fail_reason',
] as const;

/**
 * The address of the finished video: http(s), without userinfo, at most 8,192 characters, never a `data:` one.
 * Documented are `video_url` (CometAPI), `metadata.url` (Infinity Blue, new-api) and `content.video_url` (Ark);
 * new-api of early 2026 put it into `fail_reason`. OpenAI has none.
 *
 * @example
 * ```ts
 * readUrl({ metadata: { url: 'https://cdn.example.com/a.mp4' } }); // 'https://cdn.example.com/a.mp4'
 * readUrl({ metadata: { url: '' } }); // undefined
 * ```
 */
export function readUrl(facts: Facts): string | undefined {
  return firstOf(facts, urlPaths, webAddress);
}

/** `value` as an address where a video may be; `undefined` when it is none. */
export function webAddress(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_URL_LENGTH) return undefined;
  const text = value.trim();
  const url = /^https?:\/\//i.test(text) ? parseUrl(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') return undefined;
  // A signed address stays as it was signed; what no address may hold is escaped by the parser.
  const address = /^[!-~]+$/.test(text) ? text : url.href;
  return address.length > MAX_URL_LENGTH ? undefined : address;
}
