import { createParser } from 'eventsource-parser';
import { Observable } from 'rxjs';
import { RushesError } from '../../errors.js';
import { chunks } from './chunks.js';

/** The most characters that one message may have. */
export const maxMessageChars = 1_048_576;

/** What an event stream says: a message, or a comment, which says that the other side is there. */
export type Said =
  | { readonly kind: 'message'; readonly event: string; readonly id: string | undefined; readonly data: string }
  | { readonly kind: 'comment' };

/**
 * What a body says as an event stream, as it comes; it completes when the other side closes it.
 *
 * @throws `BAD_RESPONSE`, retryable, for a message over the cap; what the platform throws when the connection breaks.
 */
export function messages(body: ReadableStream<Uint8Array>): Observable<Said> {
  return new Observable((subscriber) => {
    const tooLong = () =>
      subscriber.error(
        new RushesError('BAD_RESPONSE', `a message has more than ${maxMessageChars} characters`, { retryable: true }),
      );
    const decoder = new TextDecoder();
    const parser = createParser({
      maxBufferSize: maxMessageChars,
      onEvent: ({ event = 'message', id, data }) => {
        if (data.length > maxMessageChars) tooLong();
        else subscriber.next({ kind: 'message', event, id, data });
      },
      onComment: () => subscriber.next({ kind: 'comment' }),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') tooLong();
      },
    });
    return chunks(body).subscribe({
      next: (chunk) => parser.feed(decoder.decode(chunk, { stream: true })),
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
}
