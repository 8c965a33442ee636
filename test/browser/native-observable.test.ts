import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { browserOfTests } from './open-browser.js';
import { type ServedPage, servePage } from './serve-page.js';

describe('the Observable of a browser', () => {
  const { it, context } = browserOfTests();
  let served: ServedPage;
  beforeAll(async () => {
    served = await servePage('pages/native-observable.ts');
  });
  afterAll(() => served.kill());

  const play = async (scene: string): Promise<unknown> => {
    const page: Page = await (await context()).newPage();
    const troubles: Error[] = [];
    page.on('pageerror', (error) => troubles.push(error));
    await page.goto(served.url);
    await page.getByText('ready').waitFor();
    const outcome = await page.evaluate(
      (name) => (window as unknown as { scenes: Record<string, () => unknown> }).scenes[name]?.(),
      scene,
    );
    expect(troubles).toEqual([]);
    return outcome;
  };

  it('is made of a watch, cold, and ends with its task', async () => {
    expect(await play('ends')).toEqual({
      before: { subscribed: 0, left: 0 },
      heard: ['queued 0', 'in_progress 50', 'completed 100'],
      counts: { subscribed: 1, left: 1 },
    });
  });

  it('hears the error of a watch', async () => {
    expect(await play('fails')).toEqual(['queued', 'UNAVAILABLE']);
  });

  it('leaves the watch when its signal is aborted, while the task is silent', async () => {
    expect(await play('aborted')).toEqual({ heard: ['queued'], atAbort: { subscribed: 1, left: 1 } });
  });

  it('leaves the watch at the event of takeUntil', async () => {
    expect(await play('takenUntil')).toEqual({ heard: ['queued', 'complete'], counts: { subscribed: 1, left: 1 } });
  });

  it('is none that RxJS knows by itself', async () => {
    expect(await play('unbridged')).toBe('TypeError');
  });

  it('is a source of snapshots, shared and left like any other', async () => {
    expect(await play('watched')).toEqual({
      heard: ['first queued', 'second queued', 'second completed', 'second complete'],
      ofThird: { subscribed: 2, left: 1 },
      counts: { subscribed: 2, left: 2 },
    });
  });
});
