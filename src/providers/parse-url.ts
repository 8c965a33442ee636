/** The parsed address, or `undefined`; `URL.parse` and `URL.canParse` are younger than some browsers we run in. */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
