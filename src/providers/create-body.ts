import { invalidArgument } from '../errors.js';
import { isBlob } from './check-create-input.js';
import type { FormPart, HttpRequest } from './provider.js';

type Fields = Readonly<Record<string, unknown>>;
type CreateBody = Pick<HttpRequest, 'headers' | 'body'>;

/** Fields as JSON text; absent ones are left out. @throws `INVALID_ARGUMENT` for what JSON cannot say. */
export function jsonBody(fields: Fields): CreateBody {
  return { headers: { accept: 'application/json', 'content-type': 'application/json' }, body: toJson(fields) };
}

/**
 * Fields as a form: files as they are, objects as JSON text, everything else as text; absent ones are left out.
 *
 * @throws `INVALID_ARGUMENT` for what JSON cannot say.
 */
export function formBody(fields: Fields): CreateBody {
  const parts: FormPart[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    if (isBlob(value)) parts.push({ name, value, filename: filenameOf(name, value) });
    else parts.push({ name, value: typeof value === 'object' ? toJson(value) : String(value) });
  }
  return { headers: { accept: 'application/json' }, body: parts };
}

/** Gateways look at the ending to tell images from videos. */
function filenameOf(name: string, { type }: Blob): string {
  return `${name}.${/^(?:image|video|audio)\/([a-z0-9]{1,8})$/.exec(type)?.[1] ?? 'bin'}`;
}

function toJson(value: object): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw invalidArgument('create.extra', 'values that JSON can say', value);
  }
}
