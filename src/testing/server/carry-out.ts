import type { Problem, ProviderName, TaskInput, TaskView } from '../dialects/dialect.js';
import type { Media } from '../media/media.js';
import { spritesheet, thumbnail } from '../media/mp4.js';
import { serveBytes } from '../media/serve-bytes.js';
import type { TimelinePoint } from '../timeline.js';
import type { Route } from './route.js';
import { type SimulatedTask, type TaskStore, viewOf } from './task-store.js';

/** A request that has found its API. */
export interface Call extends Route {
  readonly request: Request;
  readonly url: URL;
  readonly requestId: string;
}

/** What an API needs to carry requests out. */
export interface Studio {
  readonly store: TaskStore;
  readonly media: Media;
  /** Simulated epoch milliseconds. */
  now(): number;
  /** What the clock of whoever asks shows at a simulated time. */
  clockAt(simulatedMs: number): number;
  accepts(provider: ProviderName, key: string): boolean;
  /** Makes a task as a POST ordered it. */
  order(provider: ProviderName, input: TaskInput): SimulatedTask;
}

/** Does what a request asks for, as the vendor would; `as` overrules what its task is. */
export async function carryOut(call: Call, studio: Studio, as?: Partial<TimelinePoint>): Promise<Response> {
  const { dialect, request, operation, id, url } = call;
  const { store, media } = studio;
  const { provider } = dialect;
  const nowMs = studio.now();
  const known = id === undefined ? undefined : store.find(provider, id);
  const task = known?.forgotten ? undefined : known;
  if (operation === 'media') {
    return task === undefined ? refuse(call, 'not-found') : media.serve(request, provider, task.id, nowMs);
  }
  const [, key = ''] = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  if (key === '' || !studio.accepts(provider, key)) return refuse(call, 'unauthorized');
  if (operation === undefined) return refuse(call, 'wrong-url');

  const view = (of: SimulatedTask): TaskView => ({
    ...viewOf(of, nowMs, (completedAtMs) => url.origin + media.link(provider, of.id, completedAtMs, nowMs), as),
    clockAt: studio.clockAt,
  });

  if (operation === 'create') {
    const input = await dialect.accept(request, call.requestId);
    return input instanceof Response ? input : Response.json(dialect.created(view(studio.order(provider, input))));
  }
  if (operation === 'list') {
    const views = store.all.filter((each) => each.provider === provider && !each.forgotten).map(view);
    return dialect.list?.(views, url.searchParams) ?? refuse(call, 'wrong-url');
  }
  const seen = task && view(task);
  if (task === undefined || seen === undefined || dialect.forgets?.(seen)) return refuse(call, 'not-found');
  switch (operation) {
    case 'read':
      return Response.json({ ...dialect.show(seen), ...seen.state.fields });
    case 'content':
      return dialect.withhold?.(seen) ?? bytesOf(call, task, media);
    case 'delete': {
      const removal = dialect.remove?.(seen, call.requestId) ?? refuse(call, 'wrong-url');
      if (removal instanceof Response) return removal;
      if (removal.effect === 'cancel') store.cancel(task, nowMs);
      else store.forget(task);
      return Response.json(removal.body);
    }
  }
}

/** The vendor's refusal of a request. */
export function refuse(call: Call, problem: Problem, status?: number): Response {
  return call.dialect.refuse({
    problem,
    method: call.request.method,
    path: call.path,
    requestId: call.requestId,
    ...(call.operation && { operation: call.operation }),
    ...(call.id !== undefined && { id: call.id }),
    ...(status !== undefined && { status }),
  });
}

function bytesOf({ request, url, dialect }: Call, { id }: SimulatedTask, media: Media): Response {
  switch (url.searchParams.get('variant')) {
    case 'thumbnail':
      return serveBytes(request, { bytes: thumbnail(), contentType: 'image/webp', etag: '"thumbnail"' });
    case 'spritesheet':
      return serveBytes(request, { bytes: spritesheet(), contentType: 'image/jpeg', etag: '"spritesheet"' });
    default:
      return media.video(request, dialect.provider, id);
  }
}
