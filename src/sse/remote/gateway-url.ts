import { invalidArgument } from '../../errors.js';
import { checkBaseUrl } from '../../providers/base-url.js';
import { parseUrl } from '../../providers/parse-url.js';

/**
 * A gateway's address, whole and without its trailing slashes. Where there is a page, or a worker of one, it may be
 * relative to that, and on the page's own origin it is as safe as the page itself, plain http or not.
 *
 * @throws `INVALID_ARGUMENT` for what is no such address.
 * @example
 * ```ts
 * checkGatewayUrl('/rushes/'); // 'https://my.app/rushes', on a page of https://my.app
 * ```
 */
export function checkGatewayUrl(url: unknown): string {
  if (typeof url !== 'string' || url === '') throw invalidArgument('remote(url)', 'the address of a gateway', url);
  const pageUrl = globalThis.document?.baseURI ?? globalThis.location?.href;
  const page = pageUrl === undefined ? undefined : parseUrl(pageUrl);
  const isWhole = /^[a-z][a-z0-9+.-]*:/i.test(url);
  if (!page || /[?#@\\\s]/.test(url)) {
    if (isWhole) return checkBaseUrl('remote(url)', url);
    throw invalidArgument('remote(url)', 'a whole address, since there is no page that it could be relative to', url);
  }
  const found = parseUrl(url, page.href);
  if (found && /^https?:$/.test(found.protocol) && found.origin === page.origin) {
    return found.origin + found.pathname.replace(/\/+$/, '');
  }
  return checkBaseUrl('remote(url)', found?.href ?? url);
}

/** A gateway's address, as it was given and whole. */
export interface GatewayUrl {
  /** What a page puts before a path: relative where it was given so, and then the same on a server as in the page. */
  readonly given: string;
  /** @throws `INVALID_ARGUMENT` while there is no page that a relative one could be relative to. */
  readonly whole: () => string;
}

/**
 * {@link checkGatewayUrl}, but where there is no page yet, as on a server that renders one, a relative address waits until
 * somebody asks there.
 *
 * @throws `INVALID_ARGUMENT` for what is no such address.
 */
export function gatewayUrl(url: string): GatewayUrl {
  const isPath = typeof url === 'string' && /^(?![a-z][a-z0-9+.-]*:|\/\/)[^?#@\\\s]+$/i.test(url);
  const given = isPath ? url.replace(/\/+$/, '') : checkGatewayUrl(url);
  const isLater = isPath && globalThis.document === undefined && globalThis.location === undefined;
  const found = isLater ? undefined : checkGatewayUrl(url);
  return { given, whole: () => found ?? checkGatewayUrl(url) };
}
