import { createHash, type Hash } from 'node:crypto';
import { isEncoded } from '../content-range.js';

/** The digests of a video that can be checked, each in base64. */
export type Digests = Partial<Readonly<Record<'sha256' | 'sha512' | 'md5', string>>>;

const forms: Readonly<Record<keyof Digests, RegExp>> = {
  sha256: /^[A-Za-z0-9+/]{43}=$/,
  sha512: /^[A-Za-z0-9+/]{86}==$/,
  md5: /^[A-Za-z0-9+/]{22}==$/,
};

/** Whether anything is digests of the known kinds, each of the form that it has. */
export function isDigests(value: unknown): value is Digests {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.entries(value).every(isDigest);
}

/** The digests of the whole video that an answer of status 200 or 206 tells. */
export function digestsOf(status: number, header: (name: string) => string | null): Digests {
  if (isEncoded(header)) return {};
  const ofVideo = header('repr-digest') ?? '';
  // The others are of the bytes in the answer.
  const ofBody = status === 200 ? (header('content-digest') ?? '') : '';
  const told = {
    sha256: digestIn(ofVideo, 'sha-256') ?? digestIn(ofBody, 'sha-256'),
    sha512: digestIn(ofVideo, 'sha-512') ?? digestIn(ofBody, 'sha-512'),
    md5: status === 200 ? header('content-md5')?.trim() : undefined,
  };
  return Object.fromEntries(Object.entries(told).filter(isDigest));
}

/** Several digests of the same bytes at once, of which sha256 is always one. */
export class Digesting {
  readonly #expected: Digests;
  readonly #hashes: ReadonlyMap<keyof Digests, Hash>;

  constructor(expected: Digests) {
    this.#expected = expected;
    const names = new Set<keyof Digests>(['sha256', ...(Object.keys(expected) as (keyof Digests)[])]);
    this.#hashes = new Map([...names].map((name) => [name, createHash(name)]));
  }

  add(bytes: Uint8Array): void {
    for (const hash of this.#hashes.values()) hash.update(bytes);
  }

  /** The sha256 in hex, and the name of a digest that is not as expected. */
  end(): { readonly sha256: string; readonly wrong: keyof Digests | undefined } {
    const found = new Map([...this.#hashes].map(([name, hash]) => [name, hash.digest()]));
    const wrong = [...found].find(
      ([name, digest]) => (this.#expected[name] ?? digest.toString('base64')) !== digest.toString('base64'),
    );
    return { sha256: (found.get('sha256') as Buffer).toString('hex'), wrong: wrong?.[0] };
  }
}

function digestIn(field: string, algorithm: string): string | undefined {
  const [, value] = new RegExp(`(?:^|,)\\s*${algorithm}\\s*=\\s*:([A-Za-z0-9+/]+={0,2}):`, 'i').exec(field) ?? [];
  return value;
}

function isDigest([name, digest]: [string, unknown]): boolean {
  return Object.hasOwn(forms, name) && typeof digest === 'string' && forms[name as keyof Digests].test(digest);
}
