import { readFileSync } from 'node:fs';

/** The version of this package; its manifest is one folder above the bundle, and two above the sources. */
export function version(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'));
      return (manifest as { readonly version: string }).version;
    } catch {
      // It is in the other place.
    }
  }
  return 'unknown';
}
