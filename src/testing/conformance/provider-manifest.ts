import type { Operation, Provider } from '../../providers/provider.js';
import type { Status } from '../../task/status.js';

/** What an answer may say of a task beside its status; times in epoch milliseconds. */
export interface ToldFacts {
  readonly progress?: number;
  readonly createdAt?: number;
  readonly completedAt?: number;
  readonly videoUrl?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** How one API words its answers: what the suite cannot know of a dialect. Each body is a value that JSON can say. */
export interface ProviderWording {
  /** The API's documented words for a status, and what each means; at least one live, one completed, one failed. */
  readonly words: Readonly<Record<string, Status>>;
  /** A good answer to a read: `word` stands in the status, and `facts` wherever the API has a place for them. */
  task(id: string, word: string, facts: ToldFacts): unknown;
  /** A good answer to a create. */
  created(id: string): unknown;
  /** The API's own error. */
  problem(code: string, message: string): unknown;
  /** Its answer to a read of a task that it does not know. @defaultValue a 404 with a `problem` */
  unknownTask?(): { readonly status: number; readonly body: unknown };
}

/** What `providerConformance` needs to know of a provider. */
export interface ProviderConformanceOptions {
  /** Makes the provider with this key, at least once for each check. */
  readonly provider: (apiKey: string) => Provider;
  /** What the provider is meant to be able to. */
  readonly supports: Provider['supports'];
  readonly speaks: ProviderWording;
  /** The key that must never be seen; at least 16 visible ASCII characters. @defaultValue `"sk-canary/0123+456789=abcdef"` */
  readonly apiKey?: string;
  /** A create that the provider takes. @defaultValue `{"model":"model-of-a-boat","prompt":"A paper boat at dusk"}` */
  readonly input?: Extract<Operation, { kind: 'create' }>['input'];
}

/** What `providerConformance` takes unless told otherwise. */
export const providerConformanceDefaults = Object.freeze({
  apiKey: 'sk-canary/0123+456789=abcdef',
  input: Object.freeze({ model: 'model-of-a-boat', prompt: 'A paper boat at dusk' }),
} as const satisfies Partial<ProviderConformanceOptions>);

/** A manifest in which nothing is missing. */
export type ProviderManifest = Required<ProviderConformanceOptions>;
