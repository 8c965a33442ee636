import type { Operation, ProviderName } from '../dialects/dialect.js';

/** A request that has reached the simulator. */
export interface SimulatedRequest {
  /** Absent when the path belongs to no vendor. */
  readonly provider?: ProviderName;
  /** Absent when the API has no such route. */
  readonly operation?: Operation;
  readonly id?: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly bodyText: string;
  /** Simulated epoch milliseconds. */
  readonly atMs: number;
  /** Absent while it waits, and for ever if it was aborted or reset. */
  readonly answeredStatus?: number;
}

type OwnRequest = { -readonly [Field in keyof SimulatedRequest]: SimulatedRequest[Field] };

/** The newest requests, in order of arrival. */
export class RequestLog {
  readonly requests: OwnRequest[] = [];

  constructor(private readonly limit: number) {}

  note(request: Request, url: URL, atMs: number): OwnRequest {
    const noted: OwnRequest = {
      method: request.method,
      path: url.pathname + url.search,
      headers: Object.fromEntries(request.headers),
      body: new Uint8Array(),
      get bodyText() {
        return new TextDecoder().decode(this.body);
      },
      atMs,
    };
    this.requests.push(noted);
    if (this.requests.length > this.limit) this.requests.shift();
    return noted;
  }
}
