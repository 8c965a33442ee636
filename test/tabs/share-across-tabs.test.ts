import { of } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ShareAcrossTabsOptions, shareAcrossTabs } from '../../src/browser.js';
import { type Backend, createClient } from '../../src/index.js';
import { snapshotOf, sourceConformance } from '../../src/testing/index.js';
import { Viewer } from '../watch/viewer.js';
import { conformanceWorld } from './conformance-world.js';

const task = { provider: 'test', id: 'task_1' } as const;

describe('shareAcrossTabs', () => {
  it.each([
    [{}, /shareAcrossTabs.scope: expected a text/],
    [{ scope: '' }, /shareAcrossTabs.scope: .*received ""/],
    [{ scope: 7 }, /shareAcrossTabs.scope: .*received 7/],
    [undefined, /shareAcrossTabs: expected an object/],
    [{ scope: 'a', intervalMs: 0 }, /shareAcrossTabs.intervalMs: expected at least 100/],
    [{ scope: 'a', intervalMs: Number.POSITIVE_INFINITY }, /shareAcrossTabs.intervalMs/],
    [{ scope: 'a', intervalMs: Number.NaN }, /shareAcrossTabs.intervalMs/],
    [{ scope: 'a', scheduler: {} }, /shareAcrossTabs.scheduler: expected an RxJS scheduler/],
    [{ scope: 'a', random: 4 }, /shareAcrossTabs.random/],
    [{ scope: 'a', interval: 5_000 }, /no other options.*"interval"/],
  ])('refuses %j', (options, message) => {
    expect(() => shareAcrossTabs(options as ShareAcrossTabsOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });

  it('refuses what is no backend', () => {
    for (const wrong of [undefined, {}, { watch: 1 }]) {
      expect(() => shareAcrossTabs({ scope: 'a' })(wrong as unknown as Backend)).toThrow(/a backend with a watch/);
    }
  });

  it('lets everything but watches pass through', () => {
    const backend: Backend = {
      watch: () => of(snapshotOf('completed', { task })),
      read: () => of(snapshotOf('queued', { task })),
      create: async () => snapshotOf('queued', { task }),
      checkInput: () => undefined,
      cancel: async () => 'cancelled',
      content: async () => Promise.reject(new Error('none')),
    };
    expect(shareAcrossTabs({ scope: 'a' })(backend)).toEqual({ ...backend, watch: expect.any(Function) });
    expect(shareAcrossTabs({ scope: 'a' })({ watch: backend.watch })).toEqual({ watch: expect.any(Function) });
  });

  it('asks for itself where there are no tabs', () => {
    vi.stubGlobal('navigator', {});
    onTestFinished(() => void vi.unstubAllGlobals());
    const client = createClient(shareAcrossTabs({ scope: 'a' })(() => of(snapshotOf('completed', { task }))));
    expect(new Viewer(client.watch(task))).toMatchObject({
      end: 'complete',
      heard: [snapshotOf('completed', { task })],
    });
  });
});

describe.each(['asks', 'listens'] as const)('a tab that %s', (how) => {
  const checks = sourceConformance({ supports: { late: true }, open: () => conformanceWorld(how) });
  it.each(checks.map(({ name, run }) => [name, run] as const))('knows that %s', (_, run) => run());
});
