import { checkNames, invalidArgument, RushesError } from '../errors.js';
import { providerNameProblem, type TaskRef } from '../task/ref.js';
import { keyOf } from './api-key.js';
import { checkBaseUrl } from './base-url.js';
import { checkCreateInput } from './check-create-input.js';
import type { Dialect, ProviderOptions } from './dialect.js';
import { hearCreate } from './hear-create.js';
import { hearList } from './hear-list.js';
import { hearRead, isSuccess } from './hear-read.js';
import { hearRefusal } from './hear-refusal.js';
import { checkModelLimits, mergeLimits } from './model-limits.js';
import { parseBody } from './parse-body.js';
import type { HttpRequest, Operation, Provider } from './provider.js';
import { taskUrl } from './task-url.js';

/**
 * The provider that speaks `dialect` with an account.
 *
 * @throws `INVALID_ARGUMENT` for an option that is not what it must be; nothing of a key is shown.
 */
export function providerOf(dialect: Dialect, options: ProviderOptions): Provider {
  checkNames(dialect.label, options, ['apiKey', 'baseUrl', 'name', 'limits']);
  const { apiKey, baseUrl = dialect.baseUrl, name = dialect.name } = options as Partial<ProviderOptions>;
  const problem = providerNameProblem(name);
  if (problem !== undefined) throw invalidArgument(`${dialect.label}.name`, problem, name);
  const base = checkBaseUrl(`${dialect.label}.baseUrl`, baseUrl);
  const [, first] = dialect.path.split('/');
  if (base.endsWith(`/${first}`) || base.endsWith(dialect.path)) {
    throw invalidArgument(`${dialect.label}.baseUrl`, `what stands before ${dialect.path}`, base);
  }
  const collection = base + dialect.path;
  const { deadlineMs, supports } = dialect;
  const limits = mergeLimits(`${dialect.label}.limits`, dialect.limits, options.limits);

  const aboutTask = (method: 'GET' | 'DELETE', { id }: TaskRef, accept: string, route = ''): HttpRequest => ({
    method,
    url: taskUrl(collection, id, route),
    template: `${dialect.path}/{id}${route}`,
    headers: { accept, 'cache-control': 'no-cache' },
  });
  const must = (isSupported: boolean, what: string, task?: TaskRef) => {
    if (!isSupported) throw new RushesError('UNSUPPORTED', `${name} has no documented way to ${what}`, { task });
  };

  return Object.freeze({
    name,
    baseUrl: base,
    guidance: Object.freeze(dialect.guidance),
    ...(deadlineMs !== undefined && { deadlineMs }),
    supports: Object.freeze(supports),
    key: keyOf(`${dialect.label}.apiKey`, apiKey),
    ask(operation: Operation): HttpRequest {
      switch (operation.kind) {
        case 'read':
          return aboutTask('GET', operation.task, 'application/json');
        case 'create':
          checkCreateInput(operation.input);
          checkModelLimits(operation.input, limits);
          return { method: 'POST', url: collection, template: dialect.path, ...dialect.create(operation.input) };
        case 'cancel':
          must(supports.cancel, 'cancel a task', operation.task);
          return aboutTask('DELETE', operation.task, 'application/json');
        case 'content':
          must(supports.content, 'serve the bytes of a video', operation.task);
          return aboutTask('GET', operation.task, '*/*', '/content');
        case 'list': {
          must(dialect.list !== undefined, 'list tasks');
          const { model, page = 1 } = operation;
          return {
            method: 'GET',
            url: `${collection}?${new URLSearchParams(dialect.list?.({ model, page }))}`,
            template: dialect.path,
            headers: { accept: 'application/json', 'cache-control': 'no-cache' },
          };
        }
      }
    },
    hear(operation, response) {
      switch (operation.kind) {
        case 'read':
          return hearRead(name, operation.task, response);
        case 'create':
          return hearCreate(name, response);
        case 'list':
          return hearList(name, response);
        default:
          return isSuccess(response) ? { kind: 'done' } : hearRefusal(name, response, parseBody(response.text));
      }
    },
  } satisfies Provider);
}
