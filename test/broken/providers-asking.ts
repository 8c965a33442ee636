import { type Operation, RushesError } from '../../src/index.js';
import { asking, asksAs, type BrokenProvider, overComet } from './providers-breaking.js';

const collection = 'https://api.cometapi.com/v1/videos';
const idOf = (operation: Operation) => ('task' in operation ? operation.task.id : '');
const anything = 'anything';

/** Providers that say something wrong of themselves. */
export const brokenOfThemselves: readonly BrokenProvider[] = [
  {
    foundBy: 'it has a name that refs can carry',
    how: 'has a name for people',
    options: overComet(() => ({ name: 'Comet API' })),
  },
  {
    foundBy: 'it has a safe address of its own',
    how: 'ends its address in a slash',
    options: overComet(() => ({ baseUrl: 'https://api.cometapi.com/' })),
  },
  {
    foundBy: 'it has a safe address of its own',
    how: 'sends the key in plain text',
    options: overComet(() => ({ baseUrl: 'http://api.cometapi.com' })),
  },
  {
    foundBy: 'its guidance is a range of milliseconds',
    how: 'counts in seconds the wrong way round',
    options: overComet(() => ({ guidance: { minMs: 20, maxMs: 10 } })),
  },
  {
    foundBy: 'its guidance is a range of milliseconds',
    how: 'gives up before it asks',
    options: overComet(() => ({ deadlineMs: 5_000 })),
  },
  {
    foundBy: 'it supports what the manifest says',
    how: 'promises idempotency that its API does not',
    options: overComet(({ supports }) => ({ supports: { ...supports, idempotency: true } })),
  },
  {
    foundBy: 'it gives its key when asked',
    how: 'gives its key ready for a header',
    options: overComet((_, apiKey) => ({ key: () => `Bearer ${apiKey}` })),
  },
  {
    foundBy: 'no look at it shows its key',
    how: 'keeps its key in a hidden field',
    options: overComet((own, apiKey) => ({
      key: Object.defineProperty(own.key.bind(own), 'secret', { value: apiKey }),
    })),
  },
  {
    foundBy: 'no look at it shows its key',
    how: 'keeps its key behind a getter',
    options: overComet((own, apiKey) =>
      Object.defineProperty({ ...own }, 'options', {
        enumerable: true,
        get: () => ({ token: btoa(`user:${apiKey}`) }),
      }),
    ),
  },
];

/** Providers that word requests wrongly. */
export const brokenInAsking: readonly BrokenProvider[] = [
  {
    foundBy: 'it words the same operation twice alike',
    how: 'adds a number to each request',
    options: overComet((own) => {
      let asked = 0;
      return {
        ask(operation) {
          const request = own.ask(operation);
          return { ...request, headers: { ...request.headers, 'x-request-id': String(++asked) } };
        },
      };
    }),
  },
  {
    foundBy: 'its requests carry no key',
    how: 'signs its requests by itself',
    options: asking(({ headers }, _, apiKey) => ({ headers: { ...headers, Authorization: `Bearer ${apiKey}` } })),
  },
  {
    foundBy: 'its requests carry no key',
    how: 'puts its key into the address',
    options: asking(({ url }, _, apiKey) => ({ url: `${url}?key=${encodeURIComponent(apiKey)}` })),
  },
  {
    foundBy: 'its requests stay at its own address',
    how: 'creates at another host',
    options: asking(({ url }, { kind }) => (kind === 'create' ? { url: url.replace('api.', 'upload.') } : {})),
  },
  {
    foundBy: 'an id is one segment of an address, or refused',
    how: 'forgets to encode ids',
    options: asking((request, operation) =>
      'task' in operation ? { url: `${collection}/${idOf(operation)}` } : request,
    ),
  },
  {
    foundBy: 'an id is one segment of an address, or refused',
    how: 'encodes ids twice',
    options: asking(({ url }) => ({ url: url.replaceAll('%', '%25') })),
  },
  {
    foundBy: 'what is no id is refused',
    how: 'takes any id',
    options: asksAs((own, operation) => {
      if (operation.kind !== 'read') return own.ask(operation);
      const id = encodeURIComponent(String(operation.task.id).replace(/[\ud800-\udfff]/g, ''));
      return { method: 'GET', url: `${collection}/${id}`, template: '/v1/videos/{id}', headers: {} };
    }),
  },
  {
    foundBy: 'what is no id is refused',
    how: 'throws whatever encodeURIComponent throws',
    options: asksAs((own, operation) => {
      if ('task' in operation) encodeURIComponent(operation.task.id);
      return own.ask(operation);
    }),
  },
  {
    foundBy: 'what is no id is refused',
    how: 'refuses what is no id with another code',
    options: asksAs((own, operation) => {
      try {
        return own.ask(operation);
      } catch (error) {
        throw new RushesError('REJECTED', String(error));
      }
    }),
  },
  {
    foundBy: 'a read is a GET without a body',
    how: 'reads with a POST',
    options: asking((_, { kind }) => (kind === 'read' ? { method: 'POST' } : {})),
  },
  {
    foundBy: 'a create is a POST that says model and prompt',
    how: 'loses the prompt',
    options: asking(({ body }, { kind }) =>
      kind === 'create' && Array.isArray(body) ? { body: body.filter(({ name }) => name !== 'prompt') } : {},
    ),
  },
  {
    foundBy: 'a create without a model or a prompt is refused',
    how: 'leaves it to the API to refuse',
    options: asksAs((own, operation) => {
      if (operation.kind !== 'create') return own.ask(operation);
      const { model, prompt } = operation.input;
      return own.ask({ kind: 'create', input: { model: model || anything, prompt: prompt || anything } });
    }),
  },
  {
    foundBy: 'its templates name no task',
    how: 'logs whole paths',
    options: asking(({ url }) => ({ template: new URL(url).pathname })),
  },
  {
    foundBy: 'cancel and content are worded, or UNSUPPORTED',
    how: 'makes a cancel up',
    options: asksAs((own, operation) =>
      operation.kind === 'cancel'
        ? { ...own.ask({ ...operation, kind: 'read' }), method: 'DELETE' }
        : own.ask(operation),
    ),
  },
];
