import { invalidArgument } from '../../errors.js';
import type { CreateInput } from '../../providers/create-input.js';
import { isBounded, reachesPrototype } from '../../providers/parse-body.js';

/** What a browser asks a gateway to create. */
export interface AskedCreate {
  readonly input: CreateInput;
  readonly provider: string | undefined;
}

/**
 * The body of a `POST /tasks`, as JSON: the fields of the input, and `provider` where one is named. An image goes as a
 * `data:` URL in `inputReference`.
 */
export async function writeCreate(input: CreateInput, provider?: string): Promise<string> {
  const { inputReference, ...fields } = input;
  const image = inputReference && { inputReference: await dataUrl(inputReference) };
  return JSON.stringify({ ...(provider !== undefined && { provider }), ...fields, ...image });
}

/**
 * What the body of a `POST /tasks` asks for. `inputReference` is a `data:` URL or plain base64 there, and a Blob here.
 *
 * @throws `INVALID_ARGUMENT` for what is no such body; whether the provider takes the input is for the client to say.
 */
export function readCreate(text: string): AskedCreate {
  const { provider, inputReference, ...fields } = objectOf(text);
  if (provider !== undefined && typeof provider !== 'string') throw invalidArgument('provider', 'a name', provider);
  const image = inputReference === undefined ? {} : { inputReference: blobOf(inputReference) };
  return { provider, input: { ...fields, ...image } as unknown as CreateInput };
}

function objectOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidArgument('the body', 'JSON', 'something else');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !isTame(value)) {
    throw invalidArgument('the body', 'an object in JSON, of bounded depth and size', value);
  }
  return value as Record<string, unknown>;
}

/** Whatever recurses into the input later must not overflow, nor find a prototype in it. */
function isTame(root: object): boolean {
  let isHarmless = true;
  const isSmall = isBounded(root, (container, name) => {
    if (reachesPrototype(name)) isHarmless = false;
    return container[name];
  });
  return isSmall && isHarmless;
}

function blobOf(value: unknown): Blob {
  const [, ofUrl, type = '', base64] =
    (typeof value === 'string' &&
      /^(data:([\w.+-]{1,64}\/[\w.+-]{1,64})?;base64,)?([A-Za-z0-9+/]+={0,2})$/.exec(value)) ||
    [];
  if (base64 === undefined || base64.length % 4 === 1) {
    throw invalidArgument('inputReference', 'an image in base64, or a data: URL in base64', ofUrl ?? value);
  }
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Blob([bytes], { type });
}

async function dataUrl(image: Blob): Promise<string> {
  const bytes = new Uint8Array(await image.arrayBuffer());
  let text = '';
  // In pieces, since each byte is an argument.
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return `data:${image.type || 'application/octet-stream'};base64,${btoa(text)}`;
}
