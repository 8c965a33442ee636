import type { Client } from '../client.js';
import { readHint } from '../http/hints.js';
import type { OpenedResponse } from '../http/transport.js';
import { readText } from '../http/web-body.js';
import { factsOf } from '../providers/facts.js';
import { parseBody } from '../providers/parse-body.js';
import { readUrl } from '../providers/read-url.js';
import type { TaskRef } from '../task/ref.js';
import type { ContentOptions } from '../watch/backend.js';
import { downloadFailed } from './download-failed.js';
import { type GuardOptions, guardedBody } from './guarded-body.js';

/** The longest JSON that is looked through for an address. */
const MAX_JSON_BYTES = 1_048_576;

/** What may be asked again: it says that something is wrong for now, not that there is no video here. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/** How a video is asked for. */
export interface OpenAtOptions
  extends Pick<ContentOptions, 'range' | 'ifRange' | 'signal'>,
    Pick<GuardOptions, 'stallTimeoutMs' | 'scheduler'> {}

/**
 * Asks for a video at `url`, or at the provider's content route, which may answer with the address of the video instead.
 *
 * @returns An answer of status 200 or 206 that does not call itself JSON or a page, or 416.
 * @throws `DOWNLOAD_FAILED` for any other; what `client.content` rejects with.
 */
export async function openAt(
  client: Client,
  task: TaskRef,
  url: string | undefined,
  options: OpenAtOptions,
): Promise<OpenedResponse> {
  const { range, ifRange, signal } = options;
  const response = await client.content(task, { url, range, ifRange, signal });
  const { status } = response;
  if (status === 416 && range !== undefined) return response;
  if (status !== 200 && status !== 206) {
    discard(response);
    throw downloadFailed(`the video's server answered ${status}`, {
      retryable: status >= 500 || passing.has(status),
      retryAfterMs: status === 429 || status === 503 ? readHint(response, options.scheduler.now()) : undefined,
    });
  }
  const kind = documentKind(response);
  if (kind === undefined) return response;
  const address = kind === 'json' && url === undefined ? await addressIn(response, options) : undefined;
  if (address !== undefined) return openAt(client, task, address, options);
  discard(response);
  throw downloadFailed(`the answer is ${kind === 'json' ? 'JSON' : 'a page'} instead of a video`, { retryable: true });
}

/** Lets go of an answer that nobody reads. */
export function discard({ body }: OpenedResponse): void {
  body.cancel().catch(() => undefined);
}

function documentKind({ header }: OpenedResponse): 'json' | 'page' | undefined {
  const type = header('content-type') ?? '';
  if (/^\s*(?:application|text)\/(?:[\w.-]+\+)?json\b/i.test(type)) return 'json';
  return /^\s*(?:text|application)\/(?:html|xml|xhtml\+xml)\b/i.test(type) ? 'page' : undefined;
}

async function addressIn({ body }: OpenedResponse, options: OpenAtOptions): Promise<string | undefined> {
  const whole = guardedBody(body, { ...options, announced: undefined });
  const parsed = parseBody(await readText(whole as ReadableStream<Uint8Array<ArrayBuffer>>, MAX_JSON_BYTES));
  const facts = parsed.kind === 'json' ? factsOf(parsed.value) : undefined;
  return facts && readUrl(facts);
}
