import {
  cometapi,
  type Heard,
  type HttpRequest,
  type HttpResponse,
  type Operation,
  type Provider,
  type Snapshot,
} from '../../src/index.js';
import type { ProviderConformanceOptions } from '../../src/testing/index.js';
import { ownProviders } from '../testing/conformance-providers.js';

/** A provider that gets one thing wrong, in a way that people really do. */
export interface BrokenProvider {
  /** The check that finds it out. */
  readonly foundBy: string;
  readonly how: string;
  readonly options: ProviderConformanceOptions;
}

type Heed = (heard: Heard, response: HttpResponse, operation: Operation) => Heard;

const comet = ownProviders['cometapi'] as ProviderConformanceOptions;
export const overComet = (
  break_: (own: Provider, apiKey: string) => Partial<Provider>,
): ProviderConformanceOptions => ({
  ...comet,
  provider: (apiKey) => {
    const own = cometapi({ apiKey });
    return { ...own, ...break_(own, apiKey) };
  },
});

export const asking = (change: (request: HttpRequest, operation: Operation, apiKey: string) => Partial<HttpRequest>) =>
  overComet((own, apiKey) => ({
    ask(operation) {
      const request = own.ask(operation);
      return { ...request, ...change(request, operation, apiKey) };
    },
  }));
export const asksAs = (ask: (own: Provider, operation: Operation) => HttpRequest) =>
  overComet((own) => ({ ask: (operation) => ask(own, operation) }));
export const hearing = (heed: Heed) =>
  overComet((own) => ({ hear: (operation, response) => heed(own.hear(operation, response), response, operation) }));
export const reading = (change: (snapshot: Snapshot, body: Json) => object) =>
  hearing((heard) =>
    heard.kind === 'snapshot'
      ? { ...heard, snapshot: deepFrozen(change(heard.snapshot, heard.body as Json)) as Snapshot }
      : heard,
  );
export const taking = (kind: Operation['kind'], change: (problem: Problem, response: HttpResponse) => Heard) =>
  hearing((heard, response, operation) =>
    heard.kind === 'problem' && operation.kind === kind ? change(heard, response) : heard,
  );

type Json = Readonly<Record<string, unknown>>;
type Problem = Extract<Heard, { kind: 'problem' }>;

function deepFrozen(value: object): object {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFrozen(inner);
  return Object.freeze(value);
}
