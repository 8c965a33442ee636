import type { Operation, ProviderName } from './dialects/dialect.js';
import { createRandom, oneOf } from './random.js';
import type { SimulatedTask } from './server/task-store.js';

/** The kinds of {@link Fault}, each with what it can be told. Times are simulated milliseconds. */
export interface FaultKinds {
  /** The true answer, late. @defaultValue 5000 ms */
  readonly delay: { readonly ms?: number };
  /** No answer until the request is aborted. */
  readonly hang: unknown;
  /** A network error: the socket breaks. */
  readonly reset: unknown;
  /** 429; without `retryAfter`, in seconds or as whatever text, it gives no hint. */
  readonly rateLimited: { readonly retryAfter?: number | string };
  /** The vendor's JSON for a 5xx. @defaultValue status 500 */
  readonly serverError: { readonly status?: number };
  /** A gateway's page. @defaultValue status 502 */
  readonly html: { readonly status?: number };
  /** The first half of the true answer, as if it were whole. */
  readonly garbled: unknown;
  /** No body. @defaultValue status 200 */
  readonly empty: { readonly status?: number };
  /** HTTP 200 with an error for a body. */
  readonly errorBody: { readonly message?: string };
  /** The true answer with a status word that nobody knows. @defaultValue word `dreaming` */
  readonly unknownStatus: { readonly word?: string };
  /** The task as it was when it waited. */
  readonly requeue: unknown;
  /** The vendor knows no such task: it is not there yet, or no more. */
  readonly notFound: unknown;
  /** The true answer under another id. */
  readonly otherTask: { readonly id?: string };
  /** The request's headers, key and all, in the answer. @defaultValue as `json`, status 500, for `location` 302 */
  readonly echo: { readonly as?: 'json' | 'html' | 'location'; readonly status?: number };
  /** @defaultValue status 302 */
  readonly redirect: { readonly location: string; readonly status?: number };
  /** A JSON body of that size, sent as fast as it is read. @defaultValue 64 MiB */
  readonly oversize: { readonly bytes?: number };
  /** The true answer breaks off, and then the socket, or nothing happens, or it seems to be whole. @defaultValue half of it, `reset` */
  readonly cut: { readonly afterBytes?: number; readonly ending?: 'reset' | 'silence' | 'end' };
  /** Anything else. */
  readonly respond: {
    /** Makes the answer. */
    readonly respond: (request: Request) => Response | Promise<Response>;
  };
}

/** The names of the faults. */
export type FaultKind = keyof FaultKinds;

/** What any fault can be told. */
export interface AnyFault {
  /**
   * Whether the request is carried out all the same, at once, so that only its answer suffers: the lost answer to a POST
   * that did make a task. Faults that alter the true answer always carry it out. @defaultValue `false`
   */
  readonly carriedOut?: boolean;
  /** Headers of the answer, such as `openai-poll-after-ms`; they win over its own. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How one answer goes wrong, a union on `kind`. */
export type Fault = { [Kind in FaultKind]: { readonly kind: Kind } & FaultKinds[Kind] & AnyFault }[FaultKind];

/** A request as a {@link FaultScript} sees it. */
export interface FaultRequest {
  readonly provider: ProviderName;
  readonly operation: Operation;
  /** Absent for `create` and `list`. */
  readonly id?: string;
  /** Which request of this operation on this task it is, from 1. */
  readonly nth: number;
  /** Absent when the id is unknown. */
  readonly task?: SimulatedTask;
}

/**
 * Says what goes wrong with a request, if anything.
 *
 * @example
 * ```ts
 * const firstPollsFail: FaultScript = ({ operation, nth }) =>
 *   operation === 'read' && nth <= 2 ? { kind: 'serverError', status: 503 } : undefined;
 * ```
 */
export type FaultScript = (request: FaultRequest) => Fault | undefined;

/** The faults that need no script of their own. */
export type RandomFaultKind = Exclude<FaultKind, 'redirect' | 'respond'>;

/** Options of {@link randomFaults}. */
export interface RandomFaultsOptions {
  /** Part of the requests that go wrong, 0-1. @defaultValue `0.2` */
  readonly rate?: number;
  /** @defaultValue `1` */
  readonly seed?: number | string;
  /** @defaultValue {@link transientFaults} */
  readonly kinds?: readonly RandomFaultKind[];
  /** @defaultValue `['read']` */
  readonly operations?: readonly Operation[];
}

/** The trouble that passes, and that every watch has to survive. */
export const transientFaults: readonly RandomFaultKind[] = Object.freeze([
  'delay',
  'reset',
  'rateLimited',
  'serverError',
  'html',
  'garbled',
  'empty',
  'errorBody',
  'unknownStatus',
  'requeue',
]);

/** What {@link randomFaults} does when nobody says otherwise. */
export const randomFaultsDefaults = Object.freeze({
  rate: 0.2,
  seed: 1,
  kinds: transientFaults,
  operations: Object.freeze(['read']),
} as const satisfies RandomFaultsOptions);

/** A script of random faults. What befalls a request depends on the seed and the request alone, not on the order. */
export function randomFaults(options: RandomFaultsOptions = {}): FaultScript {
  const { rate, seed, kinds, operations }: Required<RandomFaultsOptions> = { ...randomFaultsDefaults, ...options };
  return ({ provider, operation, id = '', nth }) => {
    const [first, ...others] = kinds;
    if (first === undefined || !operations.includes(operation)) return undefined;
    const random = createRandom(`${seed}/${provider}/${operation}/${id}/${nth}`);
    return random() < rate ? { kind: oneOf(random, [first, ...others]) } : undefined;
  };
}
