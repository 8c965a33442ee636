import { createHash } from 'node:crypto';
import { isBlob } from '../../providers/check-create-input.js';
import type { CreateInput } from '../../providers/create-input.js';

/** SHA-256 in hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Equal for inputs that ask for the same, in whatever order their fields stand; an image counts by its bytes. */
export async function inputHash(input: CreateInput): Promise<string> {
  return sha256(JSON.stringify(await canonical(input)));
}

async function canonical(value: unknown): Promise<unknown> {
  if (isBlob(value)) return { type: value.type, sha256: sha256(new Uint8Array(await value.arrayBuffer())) };
  if (Array.isArray(value)) return Promise.all(value.map(canonical));
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  const names = Object.keys(value).sort();
  const fields = names.map(async (name) => [name, await canonical((value as Record<string, unknown>)[name])] as const);
  // As pairs: a field named `__proto__` would vanish in an object.
  return { fields: (await Promise.all(fields)).filter(([, field]) => field !== undefined) };
}
