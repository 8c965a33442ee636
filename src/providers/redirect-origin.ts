import { parseUrl } from './parse-url.js';
import type { HttpResponse } from './provider.js';

/** Where a redirect points to, as an origin only: the rest of a Location may hold a secret. */
export function redirectOrigin(response: HttpResponse): string {
  return parseUrl(response.header('location') ?? '', response.url || undefined)?.origin ?? 'an unknown address';
}
