import type { Problem } from '../dialects/dialect.js';
import type { Fault } from '../fault.js';
import type { TimelinePoint } from '../timeline.js';
import { withHeaders } from './with-headers.js';

/** What a fault can do with the request it befalls. */
export interface FaultedRequest {
  readonly request: Request;
  /** Carries the request out; a read may be told what the task is. */
  answer(as?: Partial<TimelinePoint>): Promise<Response>;
  refuse(problem: Problem, status?: number): Response;
  /** Simulated milliseconds; rejects when aborted. */
  wait(ms: number): Promise<void>;
}

/** The answer that a faulted request gets, if it gets one. */
export async function applyFault(fault: Fault, faulted: FaultedRequest): Promise<Response> {
  const early = fault.carriedOut === true ? await faulted.answer() : undefined;
  const answer = await faultyAnswer(fault, { ...faulted, answer: async (as) => early ?? faulted.answer(as) });
  return fault.kind === 'respond' ? answer : withHeaders(answer, fault.headers ?? {});
}

async function faultyAnswer(fault: Fault, { request, answer, refuse, wait }: FaultedRequest): Promise<Response> {
  switch (fault.kind) {
    case 'delay':
      await wait(fault.ms ?? 5_000);
      return answer();
    case 'hang':
      return wait(Number.POSITIVE_INFINITY).then(() => answer());
    case 'reset':
      throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') });
    case 'rateLimited': {
      const hint = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      return withHeaders(refuse('rate-limited'), hint);
    }
    case 'serverError':
      return refuse('server-error', fault.status ?? 500);
    case 'html':
      return html(fault.status ?? 502, 'Gateway');
    case 'garbled':
      return rewritten(await answer(), (body) => body.subarray(0, Math.ceil(body.length / 2)));
    case 'empty':
      return new Response(null, { status: fault.status ?? 200, headers: { 'content-type': 'application/json' } });
    case 'errorBody':
      return Response.json({
        error: { code: 'upstream_error', message: fault.message ?? 'upstream error', type: 'upstream_error' },
      });
    case 'unknownStatus':
      return answer({ providerStatus: fault.word ?? 'dreaming', status: 'unknown' });
    case 'requeue':
      return answer({ status: 'queued', progress: 0 });
    case 'notFound':
      return refuse('not-found');
    case 'otherTask':
      return renamed(await answer(), fault.id);
    case 'echo':
      return echo(request, fault.as ?? 'json', fault.status);
    case 'redirect':
      return new Response(null, { status: fault.status ?? 302, headers: { location: fault.location } });
    case 'oversize':
      return new Response(padding(fault.bytes ?? 64 * 1_048_576), { headers: { 'content-type': 'application/json' } });
    case 'cut':
      return cut(await answer(), fault.afterBytes, fault.ending ?? 'reset', request);
    case 'respond':
      return fault.respond(request);
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

async function rewritten(answer: Response, rewrite: (body: Bytes) => BodyInit): Promise<Response> {
  const headers = new Headers(answer.headers);
  headers.delete('content-length');
  return new Response(rewrite(new Uint8Array(await answer.arrayBuffer())), { status: answer.status, headers });
}

function renamed(answer: Response, id = 'another-task'): Promise<Response> {
  return rewritten(answer, (bytes) => {
    const body = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    return JSON.stringify({ ...body, id, ...('task_id' in body && { task_id: id }) });
  });
}

function html(status: number, title: string): Response {
  const page = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return new Response(page, { status, headers: { 'content-type': 'text/html' } });
}

function echo(request: Request, as: 'json' | 'html' | 'location', status?: number): Response {
  const headers = Object.fromEntries(request.headers);
  const told = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
  if (as === 'html') return html(status ?? 500, `Cannot handle ${told}`);
  if (as === 'json') {
    const error = { code: 'upstream_error', message: `Cannot handle ${told}`, type: 'upstream_error', headers };
    return Response.json({ error }, { status: status ?? 500 });
  }
  const location = `https://elsewhere.example/?${new URLSearchParams(headers)}`;
  return new Response(null, { status: status ?? 302, headers: { location } });
}

const CHUNK_BYTES = 65_536;
const SPACE = 0x20;

function padding(bytes: number): ReadableStream<Bytes> {
  const [head, tail] = ['{"padding":"', '"}'].map((text) => new TextEncoder().encode(text)) as [Bytes, Bytes];
  let left = bytes - head.length - tail.length;
  return new ReadableStream<Bytes>({
    start: (controller) => controller.enqueue(head),
    pull(controller) {
      if (left > 0) {
        controller.enqueue(new Uint8Array(Math.min(left, CHUNK_BYTES)).fill(SPACE));
        left -= CHUNK_BYTES;
      } else {
        controller.enqueue(tail);
        controller.close();
      }
    },
  });
}

async function cut(
  answer: Response,
  afterBytes: number | undefined,
  ending: string,
  request: Request,
): Promise<Response> {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const body = new ReadableStream<Bytes>(
    {
      start(controller) {
        controller.enqueue(bytes.subarray(0, afterBytes ?? Math.ceil(bytes.length / 2)));
        if (ending === 'end') controller.close();
        if (ending === 'silence')
          request.signal.addEventListener('abort', () => controller.error(request.signal.reason));
      },
      pull(controller) {
        if (ending === 'reset') controller.error(new TypeError('terminated'));
        return ending === 'silence' ? new Promise(() => {}) : undefined;
      },
    },
    { highWaterMark: 0 },
  );
  const whole = new Response(body, answer);
  return ending === 'end' ? withHeaders(whole, { connection: 'close' }) : whole;
}
