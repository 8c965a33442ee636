import { ark, type Operation } from '../../src/index.js';
import type { ProviderConformanceOptions } from '../../src/testing/index.js';
import { ownProviders } from '../testing/conformance-providers.js';
import { type BrokenProvider, hearing, overComet, taking } from './providers-breaking.js';

const arkOptions = ownProviders['ark'] as ProviderConformanceOptions;

/** Providers that understand bad answers wrongly. */
export const brokenInRefusals: readonly BrokenProvider[] = [
  {
    foundBy: '401 and 403 are UNAUTHORIZED, for good',
    how: 'says that a refused key may pass',
    options: taking('read', (heard) => ({ ...heard, retryable: heard.retryable || heard.code === 'UNAUTHORIZED' })),
  },
  {
    foundBy: "the API's own word for an unknown task is NOT_FOUND, for good",
    how: 'takes a missing task for a refusal, as it came with a 400',
    options: taking('read', (heard, { status }) => (status === 400 ? { ...heard, code: 'REJECTED' } : heard)),
  },
  {
    foundBy: 'a 404 page is UNAVAILABLE, and passes',
    how: "takes a gateway's 404 page for a missing task",
    options: taking('read', (heard, { status }) =>
      status === 404 ? { ...heard, code: 'NOT_FOUND', retryable: false } : heard,
    ),
  },
  {
    foundBy: '429 is RATE_LIMITED, and passes',
    how: 'gives up when it is asked to slow down',
    options: taking('read', (heard) => (heard.code === 'RATE_LIMITED' ? { ...heard, retryable: false } : heard)),
  },
  {
    foundBy: '408, 425 and 5xx are UNAVAILABLE, and pass',
    how: 'gives up at a gateway that is down',
    options: taking('read', (heard, { status }) =>
      status >= 500 ? { ...heard, code: 'REJECTED', retryable: false } : heard,
    ),
  },
  {
    foundBy: 'other refusals of the API are REJECTED, for good',
    how: 'asks again what was refused',
    options: taking('read', (heard) =>
      heard.code === 'REJECTED' ? { ...heard, code: 'UNAVAILABLE', retryable: true } : heard,
    ),
  },
  {
    foundBy: 'a 200 without news is BAD_RESPONSE, and passes',
    how: 'gives up at an empty answer',
    options: taking('read', (heard, { text }) => (text === '' ? { ...heard, retryable: false } : heard)),
  },
  {
    foundBy: 'a page with 200 and a redirect are BAD_RESPONSE, for good',
    how: 'asks a wrong address for ever',
    options: taking('read', (heard) => (heard.code === 'BAD_RESPONSE' ? { ...heard, retryable: true } : heard)),
  },
  {
    foundBy: 'a cancel or content request that went well is done',
    how: 'wants a task in the answer to a cancel',
    options: {
      ...arkOptions,
      provider: (apiKey) => {
        const own = ark({ apiKey });
        const asRead = (operation: Operation): Operation =>
          'task' in operation ? { ...operation, kind: 'read' } : operation;
        return { ...own, hear: (operation, response) => own.hear(asRead(operation), response) };
      },
    },
  },
  {
    foundBy: 'a cancel or content request that went wrong is a problem',
    how: 'calls a cancel done, whatever was answered',
    options: {
      ...arkOptions,
      provider: (apiKey) => {
        const own = ark({ apiKey });
        return {
          ...own,
          hear: (operation, response) =>
            operation.kind === 'cancel' ? { kind: 'done' } : own.hear(operation, response),
        };
      },
    },
  },
];

/** Providers that are wrong about what a create made. */
export const brokenInCreating: readonly BrokenProvider[] = [
  {
    foundBy: 'a create gives a ref that can be watched',
    how: 'encodes the id in the ref',
    options: hearing((heard, _, { kind }) => {
      if (heard.kind !== 'snapshot' || kind !== 'create') return heard;
      const { task } = heard.snapshot;
      return { ...heard, snapshot: { ...heard.snapshot, task: { ...task, id: encodeURIComponent(task.id) } } };
    }),
  },
  {
    foundBy: 'an id that is none is no task',
    how: 'takes any text for an id',
    options: overComet((own) => ({
      hear(operation, response) {
        const id: unknown =
          operation.kind === 'create' && /^\{"id":/.test(response.text) && JSON.parse(response.text).id;
        if (typeof id !== 'string') return own.hear(operation, response);
        const task = { provider: 'cometapi', id };
        return { kind: 'snapshot', snapshot: { task, status: 'queued', providerStatus: 'queued' }, body: undefined };
      },
    })),
  },
  {
    foundBy: 'an id counts, also beside a 500',
    how: 'looks at the status before the id, and loses a paid task',
    options: hearing((heard, { status }, { kind }) =>
      kind === 'create' && status >= 300 && heard.kind === 'snapshot'
        ? { kind: 'problem', code: 'CREATE_AMBIGUOUS', message: 'no', retryable: false }
        : heard,
    ),
  },
  {
    foundBy: 'a certain refusal of a create says so',
    how: 'leaves everything open',
    options: taking('create', (heard) => ({ ...heard, code: 'CREATE_AMBIGUOUS', retryable: false })),
  },
  {
    foundBy: 'what may have made a task is CREATE_AMBIGUOUS',
    how: 'says that a create may be repeated after a 503',
    options: taking('create', (heard, { status }) =>
      status === 503 ? { ...heard, code: 'UNAVAILABLE', retryable: true } : heard,
    ),
  },
  {
    foundBy: 'a refusal that is not of the API is CREATE_AMBIGUOUS',
    how: "takes a proxy's 403 for the API's",
    options: taking('create', (heard, { status }) => (status === 403 ? { ...heard, code: 'REJECTED' } : heard)),
  },
  {
    foundBy: 'a redirected create is REJECTED',
    how: 'would send the create again to wherever it is told',
    options: taking('create', (heard, { status }) =>
      status === 307 ? { ...heard, code: 'UNAVAILABLE', retryable: true } : heard,
    ),
  },
];
