import { asking } from './asking.js';
import { creating } from './creating.js';
import { hostility } from './hostility.js';
import { identity } from './identity.js';
import { type ProviderConformanceOptions, providerConformanceDefaults } from './provider-manifest.js';
import { reading } from './reading.js';
import { refusals } from './refusals.js';
import { type Chapter, Subject } from './subject.js';

/** One thing that a provider must do. */
export interface ProviderCheck {
  /** A plain sentence, unique within the suite. */
  readonly name: string;
  /** Throws, or rejects with, an `Error` that says in a sentence what was expected and what happened. */
  run(): void | Promise<void>;
}

/**
 * What every provider must do, as a list for any test runner. It sends nothing and needs no network: it asks the
 * provider to word requests, and has it hear good, bad and hostile answers, the same ones in every run. Checks of what
 * the provider does not support are left out.
 *
 * @example
 * ```ts
 * import { providerConformance } from 'rushes/testing';
 *
 * describe('acme', () => {
 *   for (const { name, run } of providerConformance({
 *     provider: (apiKey) => acme({ apiKey }),
 *     supports: { cancel: false, content: true, idempotency: false },
 *     speaks: {
 *       words: { waiting: 'queued', running: 'in_progress', done: 'completed', broken: 'failed' },
 *       task: (id, word, { progress, videoUrl, error }) => ({ id, status: word, progress, url: videoUrl, error }),
 *       created: (id) => ({ id, status: 'waiting' }),
 *       problem: (code, message) => ({ error: { code, message } }),
 *     },
 *   })) {
 *     it(name, run); // ✓ it has a name that refs can carry … ✓ a redirected create is REJECTED
 *   }
 * });
 * ```
 */
export function providerConformance(options: ProviderConformanceOptions): readonly ProviderCheck[] {
  const manifest = { ...providerConformanceDefaults, ...options };
  return chapters.flat().flatMap(({ name, check, applies = () => true }) => {
    return applies(manifest) ? [{ name, run: () => check(new Subject(manifest)) }] : [];
  });
}

const chapters: readonly Chapter[] = [identity, asking, reading, refusals, creating, hostility];
