import { invalid, nothingHere, plain } from './answer.js';
import { cancel } from './cancel.js';
import { content } from './content.js';
import { Creates } from './creates.js';
import { events, manyEvents } from './events.js';
import { type GatewayContext, openContext } from './gateway-context.js';
import type { GatewayOptions } from './gateway-options.js';
import { latest } from './latest.js';
import { type Route, routeOf } from './route.js';

/** Answers requests with what a client knows: `(request) => Promise<Response>`, which never rejects. */
export type Gateway = (request: Request) => Promise<Response>;

/**
 * The way from browsers to a client whose keys stay on the server: snapshots, server-sent events, videos, and, where
 * that is switched on, creating and cancelling. It is a web-standard handler, for any runtime.
 *
 * @throws `INVALID_ARGUMENT` naming the option.
 * @example
 * ```ts
 * const handle = gateway({ client, authorize: (request, task) => isOwner(request, task) });
 * const response = await handle(new Request('https://my.app/tasks/cometapi/task_abc123'));
 * console.log(response.status, await response.json()); // 200 { task: …, status: 'in_progress', progress: 40 }
 * ```
 */
export function gateway(options: GatewayOptions): Gateway {
  const context = openContext(options);
  const creates = new Creates(context);
  let isClosed = false;
  context.closed.subscribe(() => {
    isClosed = true;
  });
  const respond = async (request: Request): Promise<Response> => {
    if (isClosed) return plain(503, 'closing', { 'retry-after': '1' });
    const route = routeOf(new URL(request.url), context.options.basePath);
    const methods = route ? methodsOf(route, context) : [];
    if (!route || methods.length === 0) return nothingHere();
    if (context.crossSite.isPreflight(request)) return context.crossSite.preflight(request, methods);
    if (!methods.includes(request.method)) return plain(405, 'not with this method', { allow: methods.join(', ') });
    if (!route.tasks) return invalid('no task can have this name');
    if (route.kind === 'tasks') return creates.answer(request);
    if (route.kind === 'many') return manyEvents(request, route.tasks, context);
    const [task] = route.tasks;
    if (!task) return nothingHere();
    if (request.method === 'DELETE') return cancel(request, task, context);
    return byKind[route.kind](request, task, context);
  };
  return async (request) => {
    const response = await respond(request).catch((error: unknown) => {
      context.report(error, request);
      return plain(500, 'the gateway failed');
    });
    context.crossSite.open(request, response);
    if (request.method !== 'HEAD' || response.body === null) return response;
    response.body.cancel().catch((error: unknown) => context.report(error, request));
    return new Response(null, { status: response.status, headers: response.headers });
  };
}

const byKind = { task: latest, events, content } as const;

function methodsOf({ kind }: Route, { options }: GatewayContext): readonly string[] {
  if (kind === 'tasks') return options.authorizeCreate ? ['POST'] : [];
  if (kind === 'many' || kind === 'events') return ['GET'];
  return kind === 'task' && options.authorizeCancel ? ['GET', 'HEAD', 'DELETE'] : ['GET', 'HEAD'];
}
