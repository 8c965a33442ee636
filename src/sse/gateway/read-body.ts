import { firstValueFrom, from, merge, mergeMap, type Observable, race, throwError, timer } from 'rxjs';
import { isRushesError, RushesError } from '../../errors.js';
import { readText } from '../../http/web-body.js';
import { until } from '../../watch/result.js';
import { plain } from './answer.js';
import type { GatewayContext } from './gateway-context.js';

/** Whether a request says that it has JSON, which no form of another page can say. */
export function isJson({ headers }: Request): boolean {
  return /^\s*application\/json\s*(?:;|$)/i.test(headers.get('content-type') ?? '');
}

/** The body of a request, whole; or the answer to one that is too large, or does not come. */
export async function readBody(request: Request, context: GatewayContext): Promise<string | Response> {
  const { body, headers, signal } = request;
  const { maxBodyBytes, answerTimeoutMs } = context.options;
  const announced = Number(headers.get('content-length') ?? 0);
  if (announced > maxBodyBytes) return plain(413, `at most ${maxBodyBytes} bytes`);
  if (!body) return '';
  const late: Observable<never> = merge(timer(answerTimeoutMs, context.scheduler), context.closed).pipe(
    mergeMap(() => throwError(() => new RushesError('UNAVAILABLE', 'the body did not come in time'))),
  );
  const text = from(readText(body as ReadableStream<Uint8Array<ArrayBuffer>>, maxBodyBytes));
  try {
    return await firstValueFrom(until(signal, race(text, late)));
  } catch (error) {
    if (!isRushesError(error)) return plain(400, 'the body broke off');
    return error.code === 'BAD_RESPONSE' ? plain(413, `at most ${maxBodyBytes} bytes`) : plain(408, error.message);
  }
}
