import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isRushesError } from '../../src/errors.js';
import { cometapi } from '../../src/providers/cometapi.js';
import type { ApiKey } from '../../src/providers/provider.js';

const bad: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['empty', ''],
  ['only a newline', '\n'],
  ['a space inside', 'sk-canary key'],
  ['a newline inside', 'sk-canary\nkey'],
  ['a NUL', 'sk-canary\0'],
  ['a tab at the end', 'sk-canary\t'],
  ['a leading newline', '\nsk-canary'],
  ['beyond ASCII', 'sk-canäry'],
  ['a number', 4711],
  ['an object', { toString: () => 'sk-canary' }],
];

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

function expectSilent(error: unknown): void {
  expect(isRushesError(error) && error.code).toBe('INVALID_ARGUMENT');
  const shown = `${inspect(error, { showHidden: true, depth: Number.POSITIVE_INFINITY })}${JSON.stringify(error)}`;
  expect(shown).toMatch(
    /cometapi\.apiKey: expected a key of visible ASCII characters, received (?:nothing|empty text|number|object|other text, which is not shown)\n/,
  );
  expect(shown).not.toMatch(/can.ry|sk-c|4711/);
}

describe('an apiKey', () => {
  test.each(bad)('that is %s is refused when the provider is made, and not shown', (_name, apiKey) => {
    expectSilent(caught(() => cometapi({ apiKey: apiKey as ApiKey })));
  });

  test.each(bad)('that is %s is refused when a function answers it, now or later', async (_name, apiKey) => {
    const now = cometapi({ apiKey: () => apiKey as string });
    expectSilent(await (async () => now.key())().catch((error: unknown) => error));
    const later = cometapi({ apiKey: async () => apiKey as string });
    expectSilent(await Promise.resolve(later.key()).catch((error: unknown) => error));
  });

  test('loses the newlines at its end', async () => {
    expect(cometapi({ apiKey: 'sk-1\r\n\n' }).key()).toBe('sk-1');
    expect(cometapi({ apiKey: () => 'sk-2\n' }).key()).toBe('sk-2');
    expect(await cometapi({ apiKey: async () => 'sk-3\n' }).key()).toBe('sk-3');
  });

  test('that is a function is asked at each use', () => {
    let uses = 0;
    const provider = cometapi({ apiKey: () => `sk-${++uses}` });
    expect([provider.key(), provider.key()]).toEqual(['sk-1', 'sk-2']);
  });

  test('is nowhere on the provider, in its requests or their text', () => {
    const provider = cometapi({ apiKey: 'sk-canary' });
    const task = { provider: 'cometapi', id: 'a' };
    const requests = [
      provider.ask({ kind: 'read', task }),
      provider.ask({ kind: 'content', task }),
      provider.ask({ kind: 'create', input: { model: 'm', prompt: 'p' } }),
    ];
    const shown = inspect([provider, requests], { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true });
    expect(shown + JSON.stringify([provider, requests])).not.toMatch(/canary|authorization/i);
    expect(Object.isFrozen(provider)).toBe(true);
  });
});
