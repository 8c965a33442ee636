/** An address, or `undefined` when `url` is none. */
export function parsed(url: string, base?: string): URL | undefined {
  try {
    return new URL(url, base);
  } catch {
    return undefined;
  }
}

/** Scheme, host and port. `URL.origin` is no use: that of a `blob:` address is the origin within it. */
export function originOf(url: URL | undefined): string {
  return url ? `${url.protocol}//${url.host}` : 'nowhere';
}
