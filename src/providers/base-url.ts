import { invalidArgument } from '../errors.js';
import { parseUrl } from './parse-url.js';

const expected =
  'an http(s) address without userinfo, query or fragment; plain http only on localhost, 127.0.0.0/8 and [::1]';

/**
 * A base URL without its trailing slashes; a path prefix stays.
 *
 * @throws `INVALID_ARGUMENT` naming the option.
 * @example
 * ```ts
 * checkBaseUrl('cometapi.baseUrl', 'https://gateway.example.com/comet/'); // 'https://gateway.example.com/comet'
 * ```
 */
export function checkBaseUrl(option: string, baseUrl: unknown): string {
  const url = typeof baseUrl === 'string' && !/[?#@\\\s]/.test(baseUrl) ? parseUrl(baseUrl) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) {
    return url.origin + url.pathname.replace(/\/+$/, '');
  }
  // What stands before an "@" may be a password.
  throw invalidArgument(option, expected, typeof baseUrl === 'string' ? baseUrl.replace(/^.*@/s, '…@') : baseUrl);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
