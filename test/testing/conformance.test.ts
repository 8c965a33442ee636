import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cometapi } from '../../src/index.js';
import {
  type ProviderConformanceOptions,
  providerConformance,
  providerConformanceDefaults,
  sourceConformance,
  sourceConformanceDefaults,
} from '../../src/testing/index.js';
import { acme } from './conformance-acme.js';
import { ownProviders } from './conformance-providers.js';
import { brokenSources, ownSources } from './conformance-sources.js';

describe.each(Object.entries(ownProviders))('the provider %s conforms', (_, options) => {
  for (const { name, run } of providerConformance(options)) it(name, run);
});

describe('a provider of a stranger conforms, as in the doc comment', () => {
  for (const { name, run } of providerConformance({
    provider: (apiKey) => acme({ apiKey }),
    supports: { cancel: false, content: true, idempotency: false },
    speaks: {
      words: { waiting: 'queued', running: 'in_progress', done: 'completed', broken: 'failed' },
      task: (id, word, { progress, videoUrl, error }) => ({ id, status: word, progress, url: videoUrl, error }),
      created: (id) => ({ id, status: 'waiting' }),
      problem: (code, message) => ({ error: { code, message } }),
    },
  })) {
    it(name, run);
  }
});

describe('the provider conformance suite', () => {
  const cometapiOptions = ownProviders['cometapi'] as ProviderConformanceOptions;

  it('makes no provider before a check runs, and one for each check', () => {
    let made = 0;
    const checks = providerConformance({
      ...cometapiOptions,
      provider: (apiKey) => {
        made++;
        return cometapi({ apiKey });
      },
    });
    expect(made).toBe(0);
    for (const { run } of checks) run();
    expect(made).toBe(checks.length);
  });

  it('has a name of its own for each check', () => {
    const names = providerConformance(cometapiOptions).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('leaves out what a provider does not support', () => {
    const bare = { ...cometapiOptions, supports: { cancel: false, content: false, idempotency: false } };
    const names = providerConformance(bare).map(({ name }) => name);
    expect(names.filter((name) => /^(?:a|whatever answers a) cancel or content request/.test(name))).toEqual([]);
    expect(names).toContain('cancel and content are worded, or UNSUPPORTED');
  });

  it('takes another key and another create', async () => {
    const inputs: unknown[] = [];
    for (const { run } of providerConformance({
      ...cometapiOptions,
      apiKey: 'another-key-0123456789',
      input: { model: 'sora-2', prompt: '"Waves"', seconds: 4 },
      provider: (apiKey) => {
        const provider = cometapi({ apiKey });
        inputs.push(apiKey);
        return provider;
      },
    })) {
      await run();
    }
    expect(new Set(inputs)).toEqual(new Set(['another-key-0123456789']));
  });

  it('says in a sentence what is wrong', () => {
    const checks = providerConformance({
      ...cometapiOptions,
      provider: (apiKey) => ({ ...cometapi({ apiKey }), name: 'Comet API' }),
    });
    expect(() => checks[0]?.run()).toThrow(
      new Error('name must be 1-64 characters of a-z, 0-9 and "-", but is "Comet API"'),
    );
  });

  it('asks for words that it cannot do without', () => {
    const speaks = { ...cometapiOptions.speaks, words: { queued: 'queued' as const } };
    const check = providerConformance({ ...cometapiOptions, speaks }).find(
      ({ name }) => name === 'a failed task has a reason',
    );
    expect(() => check?.run()).toThrow('speaks.words must have a word for failed or error');
  });

  it.each([
    ['provider-manifest.ts', providerConformanceDefaults],
    ['source-manifest.ts', sourceConformanceDefaults],
  ])('has the defaults that are documented in %s', (path, defaults) => {
    const source = readFileSync(new URL(`../../src/testing/conformance/${path}`, import.meta.url), 'utf8');
    const documented = source.matchAll(/@defaultValue `([^`]+)` \*\/\s*readonly (\w+)\?:/g);
    expect(Object.fromEntries(Array.from(documented, ([, value = '', name]) => [name, JSON.parse(value)]))).toEqual(
      defaults,
    );
  });
});

describe.each(Object.entries(ownSources))('the source %s conforms', (_, options) => {
  for (const { name, run } of sourceConformance(options)) it(name, run);
});

describe('a source that does not conform is found out', () => {
  for (const { foundBy, how, options } of brokenSources) {
    it(`by "${foundBy}" when it ${how}`, async () => {
      const check = sourceConformance(options).find(({ name }) => name === foundBy);
      await expect(check?.run()).rejects.toThrow(/ must /);
    });
  }

  it('for each check of the suite', () => {
    const names = Object.values(ownSources).flatMap((options) => sourceConformance(options).map(({ name }) => name));
    expect(new Set(brokenSources.map(({ foundBy }) => foundBy))).toEqual(new Set(names));
  });
});
