import { invalidArgument } from '../../errors.js';
import { answer } from './answer.js';

/** What a page of another origin may read of an answer, beside what it may anyway. */
const exposed = 'Content-Range, ETag, Location, Retry-After';

const requestHeaders = /^[\w!#$%&'*+.^`|~-]{1,64}(?:\s*,\s*[\w!#$%&'*+.^`|~-]{1,64}){0,31}$/;

/** Which pages may use a gateway: those of its own origin, and those of `origins`. */
export class CrossSite {
  readonly #origins: ReadonlySet<string>;

  /** @throws `INVALID_ARGUMENT` for what is no origin. */
  constructor(origins: readonly string[]) {
    if (!Array.isArray(origins)) throw invalidArgument('origins', 'a list of origins', origins);
    for (const origin of origins) {
      if (!isOrigin(origin)) throw invalidArgument('origins', 'origins such as https://app.example.com', origin);
    }
    this.#origins = new Set(origins);
  }

  /** The configured origin that a request comes from. */
  originOf({ headers }: Request): string | undefined {
    const origin = headers.get('origin');
    return origin !== null && this.#origins.has(origin) ? origin : undefined;
  }

  /**
   * Whether a request may change something: one that a browser sends for a page of another origin may not. A client that
   * is no browser says nothing of where it comes from, and has no cookies of others either.
   */
  mayChange(request: Request): boolean {
    const origin = request.headers.get('origin');
    const site = request.headers.get('sec-fetch-site');
    if (this.originOf(request) !== undefined) return true;
    // Pages cannot set it, and behind a proxy the browser knows better than we where we are.
    if (site !== null) return site === 'same-origin';
    return origin === null || origin === new URL(request.url).origin;
  }

  /** Whether this is a browser's question before a request from a configured origin. */
  isPreflight(request: Request): boolean {
    const isAsked = request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
    return isAsked && this.originOf(request) !== undefined;
  }

  /** The answer to it. */
  preflight(request: Request, methods: readonly string[]): Response {
    const wanted = request.headers.get('access-control-request-headers') ?? '';
    return answer(204, null, {
      'access-control-allow-methods': methods.join(', '),
      'access-control-max-age': '600',
      ...(requestHeaders.test(wanted) && { 'access-control-allow-headers': wanted }),
    });
  }

  /** Lets a page of a configured origin read the answer. */
  open(request: Request, response: Response): void {
    const origin = this.originOf(request);
    if (origin === undefined) return;
    response.headers.set('access-control-allow-origin', origin);
    response.headers.set('access-control-allow-credentials', 'true');
    response.headers.set('access-control-expose-headers', exposed);
  }
}

function isOrigin(value: unknown): boolean {
  try {
    return typeof value === 'string' && /^https?:/.test(value) && new URL(value).origin === value;
  } catch {
    return false;
  }
}
