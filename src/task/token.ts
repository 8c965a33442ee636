const plain = /^[A-Za-z0-9_-]+$/;

/**
 * Turn an id into one token that is plain text in every address language: a bus subject, a topic, a routing key, a file
 * name. `[A-Za-z0-9_-]` stand for themselves, every other UTF-8 byte becomes `=XX` in upper-case hex.
 *
 * ```text
 * encodeToken('sora-2:task_01')   sora-2=3Atask_01
 * encodeToken('a.>')              a=2E=3E
 * ```
 */
export function encodeToken(id: string): string {
  if (id === '') throw new RangeError('an empty id has no address token');
  if (plain.test(id)) return id;
  let token = '';
  for (const byte of new TextEncoder().encode(id)) {
    token += isPlain(byte) ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return token;
}

/** The id that {@link encodeToken} made `token` from; `undefined` when it made no such token. */
export function decodeToken(token: string): string | undefined {
  if (plain.test(token)) return token;
  if (!/^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(token)) return undefined;
  const bytes = Uint8Array.from(token.match(/=..|./g) ?? [], (part) =>
    part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0),
  );
  try {
    const id = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return encodeToken(id) === token ? id : undefined;
  } catch {
    return undefined;
  }
}

function isPlain(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x5f ||
    byte === 0x2d
  );
}
