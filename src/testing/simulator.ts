import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { arkDialect } from './dialects/ark.js';
import { type CometapiOptions, cometapiDialect } from './dialects/cometapi.js';
import type { Dialect, ProviderName, TaskInput } from './dialects/dialect.js';
import { type InfinityBlueOptions, infinityBlueDialect } from './dialects/infinity-blue.js';
import { openaiCompatibleDialect } from './dialects/openai-compatible.js';
import type { FaultScript } from './fault.js';
import { createMedia, type MediaOptions } from './media/media.js';
import { createRandom, letters } from './random.js';
import { applyFault } from './server/apply-fault.js';
import { type Call, carryOut, refuse, type Studio } from './server/carry-out.js';
import { InFlight } from './server/in-flight.js';
import { RequestLog, type SimulatedRequest } from './server/request-log.js';
import { routeOf } from './server/route.js';
import { type SimulatedTask, TaskStore } from './server/task-store.js';
import { withHeaders } from './server/with-headers.js';
import { type RandomTimelineOptions, randomTimeline, type Timeline } from './timeline.js';

/** Options of {@link createSimulator}. */
export interface SimulatorOptions extends MediaOptions {
  /** What time it is, and what waits. @defaultValue RxJS' `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /**
   * How many times as fast simulated time runs: lives, delays and link lifetimes shrink by it. The times that answers tell
   * are those of `scheduler`, so that nothing is created in the future. @defaultValue `1`
   */
  readonly speed?: number;
  /** Everything random follows from it. @defaultValue `1` */
  readonly seed?: number | string;
  /** The keys that are accepted, for all or by provider. @defaultValue any that is not empty */
  readonly keys?: readonly string[] | Partial<Readonly<Record<ProviderName, readonly string[]>>>;
  /** The life of a task; `undefined` leaves it to chance. */
  readonly timeline?: (task: NewTask) => Timeline | undefined;
  /** How chance deals. @defaultValue every task completes after 60-120 s */
  readonly random?: RandomTimelineOptions;
  /** What goes wrong, and when. @defaultValue nothing */
  readonly faults?: FaultScript;
  /** Which of its documented ways CometAPI has. */
  readonly cometapi?: CometapiOptions;
  /** Which of its documented ways Infinity Blue has. */
  readonly infinityBlue?: InfinityBlueOptions;
  /** How many requests {@link Simulator.requests} remembers, the newest. @defaultValue `100_000` */
  readonly requestLogLimit?: number;
}

/** What a simulator does when nobody says otherwise. */
export const simulatorDefaults = Object.freeze({
  speed: 1,
  seed: 1,
  requestLogLimit: 100_000,
} as const satisfies SimulatorOptions);

/** A task that is about to be. */
export interface NewTask {
  readonly provider: ProviderName;
  readonly id: string;
  readonly input: TaskInput;
}

/** The vendors' video APIs in one process. */
export interface Simulator {
  /**
   * Answers a request of any origin. It takes what the global `fetch` takes, needs no `this`, and gives a redirect as it
   * is, without following it.
   */
  readonly fetch: (input: Request | string | URL, init?: RequestInit) => Promise<Response>;
  /** Puts a task in without a POST, and gives its id. */
  add(provider: ProviderName, task?: Partial<AddedTask>): string;
  /** A task by its id. */
  task(provider: ProviderName, id: string): SimulatedTask | undefined;
  /** Every task so far, the forgotten ones too. */
  readonly tasks: readonly SimulatedTask[];
  /** Every request so far, in order of arrival. */
  readonly requests: readonly SimulatedRequest[];
  /** How many requests wait for their answer. */
  readonly inFlight: number;
  /** Ends every request that waits, and with it every timer. */
  close(): void;
}

/** A task put in by {@link Simulator.add}. */
export interface AddedTask {
  readonly id: string;
  readonly timeline: Timeline;
  readonly input: Partial<TaskInput>;
}

/**
 * The four APIs under `/cometapi`, `/infinity-blue`, `/ark` and `/openai-compatible`, without a server.
 *
 * @example
 * ```ts
 * const sim = createSimulator({ faults: randomFaults({ rate: 0.1 }) });
 * const client = createClient(cometapi({ apiKey: 'any', baseUrl: 'http://sim.test/cometapi' }), { fetch: sim.fetch });
 * ```
 */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const {
    scheduler = asyncScheduler,
    speed,
    seed,
    keys,
    faults,
    requestLogLimit,
  } = { ...simulatorDefaults, ...options };
  const apis = [
    cometapiDialect(options.cometapi),
    infinityBlueDialect(options.infinityBlue),
    arkDialect(),
    openaiCompatibleDialect(),
  ];
  const dialects = new Map<string, Dialect>(apis.map((dialect) => [dialect.provider, dialect]));
  const random = createRandom(seed);
  const startMs = scheduler.now();
  const now = () => Math.round(startMs + (scheduler.now() - startMs) * speed);
  const clockAt = (simulatedMs: number) => startMs + (simulatedMs - startMs) / speed;
  const store = new TaskStore();
  const log = new RequestLog(requestLogLimit);
  const inFlight = new InFlight();
  const arrivals = new Map<string, number>();

  function add(provider: ProviderName, { id, timeline, input }: Partial<AddedTask> = {}): string {
    const dialect = dialects.get(provider);
    if (dialect === undefined)
      throw new TypeError(`provider: expected one of ${[...dialects.keys()]}, got ${provider}`);
    const task = {
      provider,
      id: id ?? dialect.newId(random, scheduler.now()),
      input: { ...dialect.usualInput, ...input },
    };
    const chance = () => randomTimeline(`${seed}/${provider}/${task.id}`, options.random);
    store.add({ ...task, createdAtMs: now(), timeline: timeline ?? options.timeline?.(task) ?? chance() });
    return task.id;
  }

  const studio: Studio = {
    store,
    media: createMedia(seed, options),
    now,
    clockAt,
    accepts(provider, key) {
      const accepted = isList(keys) ? keys : keys?.[provider];
      return accepted === undefined || accepted.includes(key);
    },
    order(provider, input) {
      const id = add(provider, { input });
      store.count(provider, id, 'create');
      return store.find(provider, id) as SimulatedTask;
    },
  };

  function wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const timer = Number.isFinite(ms) ? scheduler.schedule(() => resolve(), ms / speed) : undefined;
      const leave = () => {
        timer?.unsubscribe();
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  async function answer(request: Request, signal: AbortSignal): Promise<Response> {
    const url = new URL(request.url);
    const requestId = letters(random, 32);
    const route = routeOf(request.method, url.pathname, dialects);
    const logged = log.note(request, url, now());
    Object.assign(logged, route && { provider: route.dialect.provider, operation: route.operation, id: route.id });
    logged.body = new Uint8Array(await request.clone().arrayBuffer());
    const response = route ? await answerCall({ ...route, request, url, requestId }, signal) : elsewhere(request);
    logged.answeredStatus = response.status;
    return withHeaders(response, { 'access-control-allow-origin': '*', ...route?.dialect.headers(requestId) });
  }

  async function answerCall(call: Call, signal: AbortSignal): Promise<Response> {
    const { dialect, operation, id, request } = call;
    const { provider } = dialect;
    if (operation === undefined) return carryOut(call, studio);
    const key = [provider, operation, id].join('/');
    const nth = (arrivals.get(key) ?? 0) + 1;
    arrivals.set(key, nth);
    const task = id === undefined ? undefined : store.find(provider, id);
    if (id !== undefined) store.count(provider, id, operation);
    const fault = faults?.({ provider, operation, nth, ...(id !== undefined && { id }), ...(task && { task }) });
    if (fault === undefined) return carryOut(call, studio);
    return applyFault(fault, {
      request,
      answer: (as) => carryOut(call, studio, as),
      refuse: (problem, status) => refuse(call, problem, status),
      wait: (ms) => wait(ms, signal),
    });
  }

  return {
    fetch: (input, init) => {
      const request =
        typeof input === 'object' && 'headers' in input && init === undefined ? input : new Request(input, init);
      return inFlight.run(request, (signal) => answer(request, signal));
    },
    add,
    task: (provider, id) => store.find(provider, id),
    get tasks() {
      return store.all;
    },
    requests: log.requests,
    get inFlight() {
      return inFlight.size;
    },
    close: () => inFlight.abortAll(new TypeError('The simulator is closed')),
  };
}

function isList(keys: SimulatorOptions['keys']): keys is readonly string[] {
  return Array.isArray(keys);
}

/** A browser's preflight, which the vendors grant, or a path of none of them. */
function elsewhere(request: Request): Response {
  if (request.method !== 'OPTIONS') return Response.json({ error: { message: 'Not Found' } }, { status: 404 });
  const asked = request.headers.get('access-control-request-headers') ?? '*';
  const methods = 'GET, POST, DELETE, OPTIONS';
  return new Response(null, {
    status: 204,
    headers: { 'access-control-allow-headers': asked, 'access-control-allow-methods': methods },
  });
}
