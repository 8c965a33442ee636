import { RushesError } from '../errors.js';

/** What node-fetch 2, which cross-fetch brings to Node, answers with. */
type NodeStream = AsyncIterable<Uint8Array<ArrayBuffer>> & { destroy(): void };

/** The body of an answer as a web stream; `undefined` where it has none, or the platform cannot stream. */
export function webBody(response: Response, abort: () => void): ReadableStream<Uint8Array<ArrayBuffer>> | undefined {
  const body = response.body as ReadableStream<Uint8Array<ArrayBuffer>> | NodeStream | null | undefined;
  if (!body || 'getReader' in body) return body ?? undefined;
  const chunks = body[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        abort();
        body.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Reads a body whole, as UTF-8.
 *
 * A reader of our own is no slower than `Response.text()`, and the only way to count what a compressed body becomes.
 *
 * @throws `BAD_RESPONSE` as soon as it has more than `maxBytes` after decompression.
 */
export async function readText(body: ReadableStream<Uint8Array<ArrayBuffer>>, maxBytes: number): Promise<string> {
  const reader = body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.byteLength;
    if (!(size <= maxBytes)) {
      reader.cancel().catch(() => undefined);
      throw tooLarge(maxBytes);
    }
    chunks.push(read.value);
  }
  return chunks.length === 1 ? new TextDecoder().decode(chunks[0]) : new Blob(chunks).text();
}

/** The error of a body with more than `maxBytes`. */
export function tooLarge(maxBytes: number): RushesError<'BAD_RESPONSE'> {
  return new RushesError(
    'BAD_RESPONSE',
    `the answer is too large: more than ${maxBytes} bytes; a video may be had from the provider's content route`,
    { retryable: true },
  );
}
