/** A file as {@link serveBytes} answers with it. */
export interface ServedBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** A strong validator, with its quotes. */
  readonly etag: string;
}

/** Answers a GET for a file as RFC 9110 has it: whole, or one range of it with `If-Range` honoured. */
export function serveBytes(request: Request, file: ServedBytes): Response {
  const size = file.bytes.length;
  const headers = {
    'accept-ranges': 'bytes',
    'content-type': file.contentType,
    etag: file.etag,
  };
  const range = rangeOf(request, file);
  if (range === 'unsatisfiable') {
    return new Response(null, { status: 416, headers: { ...headers, 'content-range': `bytes */${size}` } });
  }
  const [first, last] = range ?? [0, size - 1];
  const body = file.bytes.subarray(first, last + 1);
  const partial = range === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${size}` };
  return new Response(body, {
    status: range === undefined ? 200 : 206,
    headers: { ...headers, ...partial, 'content-length': String(body.length) },
  });
}

/** Several ranges or another unit are ignored, as the RFC allows. */
function rangeOf(
  request: Request,
  { bytes, etag }: ServedBytes,
): readonly [number, number] | 'unsatisfiable' | undefined {
  const ifRange = request.headers.get('if-range');
  if (ifRange !== null && ifRange !== etag) return undefined;
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get('range') ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const end = bytes.length - 1;
  const [first, last] =
    from === ''
      ? [Math.max(0, bytes.length - Number(to)), end]
      : [Number(from), to === '' ? end : Math.min(Number(to), end)];
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  return first > end || last < first ? 'unsatisfiable' : [first, last];
}
