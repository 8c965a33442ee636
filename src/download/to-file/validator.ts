import { isEncoded } from '../content-range.js';

type Header = (name: string) => string | null;

/** By what a video is known again, byte for byte: a header of an answer, and its value. */
export interface Validator {
  readonly header: 'etag' | 'last-modified';
  readonly value: string;
}

/**
 * The validator of an answer: its strong ETag, or without one its `Last-Modified`, which counts only together with an
 * unchanged length. An answer that was packed for the way has none, since its bytes are not the video's.
 */
export function validatorOf(header: Header, total: number | undefined): Validator | undefined {
  if (isEncoded(header)) return undefined;
  const etag = header('etag')?.trim() ?? '';
  const validator: Validator =
    etag === ''
      ? { header: 'last-modified', value: header('last-modified')?.trim() ?? '' }
      : { header: 'etag', value: etag };
  return isValidator(validator) && (etag !== '' || total !== undefined) ? validator : undefined;
}

/** Whether anything is a validator, of the form that its header has. */
export function isValidator(value: unknown): value is Validator {
  const { header, value: text } = Object(value) as Partial<Record<keyof Validator, unknown>>;
  if (typeof text !== 'string') return false;
  if (header === 'etag') return /^"[\x21\x23-\x7e]{0,1000}"$/.test(text);
  return header === 'last-modified' && /^[\x20-\x7e]{1,64}$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Whether an answer says that it is of the same video. */
export function isSameVideo(header: Header, { header: name, value }: Validator): boolean {
  return header(name)?.trim() === value;
}
