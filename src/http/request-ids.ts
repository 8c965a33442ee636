import { scrub } from '../errors.js';
import type { HttpResponse } from '../providers/provider.js';

/**
 * By which names a request is known to who answered it: OpenAI's and most gateways', new-api's, ByteDance's, and those
 * of the networks before them.
 */
const names = [
  'x-request-id',
  'request-id',
  'x-oneapi-request-id',
  'x-tt-logid',
  'cf-ray',
  'x-amzn-requestid',
] as const;

/** The request ids in an answer's headers: what a provider's support asks for. */
export function readRequestIds(response: Pick<HttpResponse, 'header'>): Readonly<Record<string, string>> {
  const told = names.flatMap((name) => {
    const value = response.header(name);
    return value ? [[name, scrub(value).slice(0, 200)]] : [];
  });
  return Object.freeze(Object.fromEntries(told));
}
