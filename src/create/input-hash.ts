import { isBlob } from '../providers/check-create-input.js';
import type { CreateInput } from '../providers/create-input.js';

/** SHA-256 in hex, as the platform has it. */
export type Sha256 = (data: string | Uint8Array<ArrayBuffer>) => string | Promise<string>;

/** Equal for inputs that ask for the same, in whatever order their fields stand; an image counts by its bytes. */
export async function inputHash(input: CreateInput, sha256: Sha256): Promise<string> {
  return sha256(JSON.stringify(await canonical(input, sha256)));
}

async function canonical(value: unknown, sha256: Sha256): Promise<unknown> {
  if (isBlob(value)) return { type: value.type, sha256: await sha256(new Uint8Array(await value.arrayBuffer())) };
  if (Array.isArray(value)) return Promise.all(value.map((item) => canonical(item, sha256)));
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  const names = Object.keys(value).sort();
  const fields = names.map(
    async (name) => [name, await canonical((value as Record<string, unknown>)[name], sha256)] as const,
  );
  // As pairs: a field named `__proto__` would vanish in an object.
  return { fields: (await Promise.all(fields)).filter(([, field]) => field !== undefined) };
}
