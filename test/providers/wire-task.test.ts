import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test('no code is made from text, which a content security policy would forbid and report', async () => {
  const made: unknown[] = [];
  const construct = (_target: unknown, args: unknown[]) => {
    made.push(args);
    return () => {};
  };
  vi.stubGlobal('Function', new Proxy(Function, { construct }));
  vi.resetModules();
  const { isWireTask } = await import('../../src/providers/wire-task.js');
  expect(isWireTask({ id: 'a', status: 'queued', other: 1 })).toBe(true);
  expect(isWireTask({ id: 'a', status: 7 })).toBe(false);
  expect(made).toEqual([]);
});
