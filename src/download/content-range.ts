/** What a `Content-Range` says: which bytes an answer has, if any, and how many there are. */
export interface ContentRange {
  readonly first?: number;
  readonly last?: number;
  /** Absent when the server does not know. */
  readonly total?: number;
}

/** Reads a `Content-Range`; `undefined` for what is none, or contradicts itself. */
export function readContentRange(header: string | null): ContentRange | undefined {
  const [, from, to, of] = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/i.exec(header?.trim() ?? '') ?? [];
  if (of === undefined) return undefined;
  const total = of === '*' ? {} : { total: Number(of) };
  if (from === undefined) return total;
  const [first, last] = [Number(from), Number(to)];
  return first <= last && last < (total.total ?? Number.POSITIVE_INFINITY) ? { first, last, ...total } : undefined;
}

/** How many bytes the body of an answer has; `undefined` when it does not say, or is packed for the way. */
export function announcedBytes(header: (name: string) => string | null): number | undefined {
  const length = header('content-length')?.trim() ?? '';
  return /^\d{1,15}$/.test(length) && !isEncoded(header) ? Number(length) : undefined;
}

/** Whether a body is packed for the way, so that its length, ranges and digests are not the video's. */
export function isEncoded(header: (name: string) => string | null): boolean {
  return !/^(?:identity)?$/i.test(header('content-encoding')?.trim() ?? '');
}
