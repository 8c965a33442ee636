import type { FormPart } from '../providers/provider.js';

/** A `multipart/form-data` body, ready to be sent. */
export interface Multipart {
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Encodes `parts` as `multipart/form-data` into bytes, which every `fetch` can send, old ones too. Names and file names
 * are escaped as browsers do; texts stay as they are.
 *
 * @param random - Where the boundary comes from: numbers in [0, 1).
 * @example
 * ```ts
 * const { bytes, contentType } = await encodeMultipart([{ name: 'prompt', value: 'a calm sea' }], Math.random);
 * ```
 */
export async function encodeMultipart(parts: readonly FormPart[], random: () => number): Promise<Multipart> {
  const content = await bytesOf(parts.flatMap(({ name, value, filename }) => [name, value, filename ?? '']));
  const text = new TextDecoder('latin1').decode(content);
  let boundary: string;
  let tries = 0;
  do boundary = `rushes-${String(random()).slice(2)}-${tries++}`;
  while (text.includes(boundary));
  const pieces = parts.flatMap((part) => [`--${boundary}\r\n${head(part)}\r\n\r\n`, part.value, '\r\n']);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    bytes: await bytesOf([...pieces, `--${boundary}--\r\n`]),
  };
}

async function bytesOf(pieces: (string | Blob)[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

function head({ name, value, filename = 'blob' }: FormPart): string {
  const field = `Content-Disposition: form-data; name="${escaped(name)}"`;
  if (typeof value === 'string') return field;
  return `${field}; filename="${escaped(filename)}"\r\nContent-Type: ${value.type || 'application/octet-stream'}`;
}

function escaped(name: string): string {
  return name.replace(/"/g, '%22').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}
