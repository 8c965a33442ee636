/** What a server does with a create, and what the create comes to. */
export interface Row {
  readonly does: string;
  /** When the server stops reading: `connected`, before any byte; `whole`, after the last. @defaultValue `whole` */
  readonly reads?: 'connected' | 'head' | 'half' | 'whole';
  /** What it writes then. @defaultValue nothing */
  readonly writes?: string;
  /** And then: break the connection, close it in order, or leave it open. @defaultValue `reset` */
  readonly ending?: 'reset' | 'close' | 'silence';
  /** The answer ends within its body, which node-fetch 2 does not notice. */
  readonly isTorn?: true;
  readonly outcome: Outcome;
}

/** A code, with `again` where trying again is safe, or that a task was made. */
export type Outcome = 'made' | 'ambiguous' | 'REJECTED' | 'UNAUTHORIZED' | 'RATE_LIMITED again' | 'UNAVAILABLE again';

/** How a dialect words what was made, and what it refuses. */
export interface Words {
  readonly made: string;
  readonly refusal: string;
}

/** An answer on the wire. */
export function http(
  status: number | string,
  body = '',
  headers: Readonly<Record<string, string | number>> = {},
): string {
  const lines = Object.entries({ 'content-length': Buffer.byteLength(body), ...headers });
  return `HTTP/1.1 ${status} X\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

/** An answer in chunks, without the last one unless it is told to be whole. */
function chunked(body: string, isWhole = false): string {
  const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
  return `${head}${body.length.toString(16)}\r\n${body}\r\n${isWhole ? '0\r\n\r\n' : ''}`;
}

const page = '<html><head><title>Not now</title></head><body>Not now</body></html>';
const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html' };

/** The table of SECURITY 6, for a dialect. One POST is sent in each row. */
export function rows({ made, refusal }: Words): readonly Row[] {
  const whole = http(200, made, json);
  const statusLine = 'HTTP/1.1 200 OK\r\n';
  const after = (status: number | string, body: string, headers: Readonly<Record<string, string | number>> = json) => ({
    writes: http(status, body, headers),
    ending: 'close' as const,
  });
  const says = (status: number, body: string, outcome: Outcome, what: string): Row => ({
    does: `says ${status} with ${what}`,
    ...after(status, body, body.startsWith('<') ? html : json),
    outcome,
  });
  const refuses = (status: number, outcome: Outcome = 'REJECTED') =>
    says(status, refusal, outcome, "the vendor's error");
  const withId = JSON.stringify({ ...JSON.parse(refusal), ...JSON.parse(made) });
  return [
    // No answer, or not all of it
    { does: 'breaks the connection before it has read anything', reads: 'connected', outcome: 'ambiguous' },
    {
      does: 'closes the connection before it has read anything',
      reads: 'connected',
      ending: 'close',
      outcome: 'ambiguous',
    },
    { does: 'breaks the connection after the head', reads: 'head', outcome: 'ambiguous' },
    { does: 'breaks the connection in the middle of the body', reads: 'half', outcome: 'ambiguous' },
    { does: 'closes the connection in the middle of the body', reads: 'half', ending: 'close', outcome: 'ambiguous' },
    { does: 'reads everything, then breaks the connection', outcome: 'ambiguous' },
    { does: 'reads everything, then closes the connection', ending: 'close', outcome: 'ambiguous' },
    { does: 'reads everything, then says nothing', ending: 'silence', outcome: 'ambiguous' },
    { does: 'breaks off after the status line', writes: statusLine, outcome: 'ambiguous' },
    { does: 'breaks off in a header', writes: `${statusLine}content-le`, outcome: 'ambiguous' },
    { does: 'breaks off before the body', writes: whole.slice(0, -made.length), isTorn: true, outcome: 'ambiguous' },
    { does: 'falls silent in the body', writes: whole.slice(0, -3), ending: 'silence', outcome: 'ambiguous' },
    { does: 'says 100, then breaks off', writes: 'HTTP/1.1 100 Continue\r\n\r\n', outcome: 'ambiguous' },
    { does: 'says 103, then breaks off', writes: 'HTTP/1.1 103 Early Hints\r\n\r\n', outcome: 'ambiguous' },
    {
      does: 'ends in the middle of its chunks',
      writes: chunked(made.slice(0, -3)),
      ending: 'close',
      outcome: 'ambiguous',
    },
    { does: 'never ends its chunks', writes: chunked(made.slice(0, -3)), ending: 'silence', outcome: 'ambiguous' },
    {
      does: 'says a longer Content-Length than it keeps',
      ...after(200, made.slice(0, -3), { 'content-length': made.length }),
      isTorn: true,
      outcome: 'ambiguous',
    },
    {
      does: 'says a shorter Content-Length than it has',
      ...after(200, made, { 'content-length': made.length - 3 }),
      outcome: 'ambiguous',
    },
    { does: 'answers more than a megabyte', ...after(200, `["${'x'.repeat(1_100_000)}"]`), outcome: 'ambiguous' },
    { does: 'does not speak HTTP', writes: 'SSH-2.0-OpenSSH_9.6\r\n', ending: 'close', outcome: 'ambiguous' },

    // A task
    says(200, made, 'made', 'a task'),
    says(201, made, 'made', 'a task'),
    says(202, made, 'made', 'a task'),
    { does: 'says 200 with a task in chunks', writes: chunked(made, true), ending: 'close', outcome: 'made' },
    says(200, withId, 'made', 'an error and a task'),
    says(400, withId, 'made', 'an error and a task'),
    says(500, withId, 'made', 'an error and a task'),
    says(504, made, 'made', 'a task'),

    // 2xx without one
    says(200, refusal, 'ambiguous', "the vendor's error"),
    says(200, '', 'ambiguous', 'nothing'),
    says(200, page, 'ambiguous', 'a page'),
    says(200, 'null', 'ambiguous', 'null'),
    says(200, '{"id":".."}', 'ambiguous', 'an id that is none'),
    says(200, '{"status":"queued"}', 'ambiguous', 'no id'),
    { does: 'says 204', writes: 'HTTP/1.1 204 No Content\r\n\r\n', ending: 'close', outcome: 'ambiguous' },

    // 3xx
    ...[301, 302, 303, 307, 308].map(
      (status): Row => ({
        does: `redirects with ${status}`,
        ...after(status, '', { location: '/elsewhere' }),
        outcome: 'REJECTED',
      }),
    ),

    // The vendor's 4xx
    ...[400, 402, 403, 404, 405, 413, 415, 422, 451].map((status) => refuses(status)),
    refuses(401, 'UNAUTHORIZED'),
    refuses(429, 'RATE_LIMITED again'),
    ...[408, 409, 425, 499].map((status) => refuses(status, 'ambiguous')),

    // Somebody else's 4xx
    says(400, page, 'ambiguous', 'a page'),
    says(401, page, 'ambiguous', 'a page'),
    says(403, page, 'ambiguous', 'a page'),
    says(429, page, 'ambiguous', 'a page'),
    says(429, '', 'ambiguous', 'nothing'),
    says(403, '{"message":"Forbidden"}', 'ambiguous', 'foreign JSON'),
    says(422, '{"detail":[{"msg":"field required"}]}', 'ambiguous', 'foreign JSON'),
    says(404, '[]', 'ambiguous', 'foreign JSON'),

    // 5xx
    ...[500, 501, 502, 503, 504, 520, 524].map((status) => refuses(status, 'ambiguous')),
    says(502, page, 'ambiguous', 'a page'),
    says(503, '', 'ambiguous', 'nothing'),
  ];
}
