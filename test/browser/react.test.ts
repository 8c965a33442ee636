import type { ServerResponse } from 'node:http';
import type { Page } from 'playwright-core';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { createClient } from '../../src/index.js';
import { Page as ShownPage } from '../react/components.js';
import { live, refOf } from '../react/snapshots.js';
import { Upstream } from '../react/upstream.js';
import { browserOfTests } from './open-browser.js';
import type { Scenarios } from './pages/react.js';
import { type ServedPage, servePage } from './serve-page.js';

type Result<Name extends keyof Scenarios> = Awaited<ReturnType<Scenarios[Name]>>;

describe('the hooks in a browser', () => {
  const { it, context } = browserOfTests();
  let served: ServedPage;
  let page: Page;
  const asked: { readonly method: string; readonly response: ServerResponse }[] = [];

  beforeAll(async () => {
    served = await servePage('pages/react.tsx', (request, response) => {
      asked.push({ method: request.method ?? '', response });
      if (request.url?.endsWith('task_refused')) {
        response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
      }
    });
  });
  afterAll(() => served.kill());

  beforeEach(async () => {
    asked.length = 0;
    page = await (await context()).newPage();
    await page.goto(served.url);
    await page.waitForFunction(() => 'scenarios' in window);
  });

  afterEach(async () => {
    const complaints = await page.evaluate(() => (window as unknown as { complaints: string[] }).complaints);
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  const play = <Name extends keyof Scenarios>(name: Name, given?: string): Promise<Result<Name>> =>
    page.evaluate(
      ([scenario, argument]) =>
        (window as unknown as { scenarios: Record<string, (argument: unknown) => Promise<never>> }).scenarios[
          scenario as string
        ]?.(argument) as Promise<never>,
      [name, given],
    );

  const html = () =>
    renderToString(
      createElement(ShownPage, {
        client: createClient(new Upstream().source),
        seed: live('a', 40),
        task: refOf('b'),
      }),
    );

  it('ask once in StrictMode, and stop when the component is gone', async () => {
    expect(await play('strictMode')).toEqual({ whileMounted: [1, 1], asked: 1 });
  });

  it('ask once for fifty components, each of which renders when there is news', async () => {
    expect(await play('fifty')).toEqual({ asked: 1, renders: 100 });
  });

  it('render once what fifty components were given', async () => {
    expect(await play('fiftySeeds')).toEqual({ asked: 1, renders: 50 });
  });

  it('ask nothing more of who leaves and comes back in one macrotask, and show the latest at once', async () => {
    expect(await play('remount')).toEqual({ said: ['in_progress 7'], asked: 1, open: 0 });
  });

  it('show a late component the latest in its first render', async () => {
    const { late, asked } = await play('late');
    expect(new Set(late)).toEqual(new Set(['in_progress 42']));
    expect(asked).toBe(1);
  });

  it('ask nothing more once lost, until they are told to, and then from the last snapshot', async () => {
    expect(await play('lost')).toEqual({
      beforeRetry: { text: 'UNAVAILABLE 7;UNAVAILABLE 7;', asked: 1 },
      afterRetry: ['nothing', 'in_progress'],
      asked: 3,
    });
  });

  it('ask nothing while suspended for the first time, and once however often after that', async () => {
    expect(await play('suspense')).toEqual({ whileWaiting: 0, asked: 1 });
  });

  it('show one and the same in all components of a commit, when news comes between the slices of a render', async () => {
    expect(await play('tearing')).toEqual({ torn: [], wasInterrupted: true, asked: 1 });
  });

  it('go on through a transition to another page of the same task', async () => {
    expect(await play('transition')).toEqual({ others: ['in_progress 6'], asked: 1 });
  });

  it('take over what a server rendered, without a mismatch', async () => {
    expect(await play('hydrate', html())).toEqual({
      recovered: [],
      isSameNode: true,
      asked: [
        ['test/a', 'in_progress'],
        ['test/b', 'nothing'],
      ],
    });
  });

  it('take over what a server rendered when more is known by then, without a mismatch', async () => {
    expect(await play('hydrateLate', html())).toEqual({ recovered: [], asked: ['test/a', 'test/b'] });
  });

  it('ask nobody about a task that has ended', async () => {
    expect(await play('ended')).toBe(0);
  });

  it('leave what did not change the same, so that it is not rendered again', async () => {
    const { atFirst, rerendered, afterOne, afterLost } = await play('stable');
    expect(atFirst).toEqual({ a: 1, b: 1 });
    expect(rerendered).toEqual({ a: 1, b: 1 });
    expect(afterOne).toEqual({ a: 2, b: 1 });
    expect(afterLost).toEqual({ a: 2, b: 2 });
  });

  it('follow a list that changes, and watch nobody anew who stays', async () => {
    expect(await play('changingList')).toEqual({
      texts: [
        'a 1, b asking, ',
        'c asking, b asking, a 1, ',
        'a 1, a 1, ? INVALID_ARGUMENT, ',
        'a 2, a 2, ? INVALID_ARGUMENT, ',
      ],
      asked: ['test/a', 'test/b', 'test/c'],
      open: ['test/a'],
    });
  });

  it('show a thousand tasks, and render one row for one news', async () => {
    expect(await play('thousand')).toEqual({
      atFirst: 1_000,
      afterOne: 1_001,
      afterAll: 2_000,
      afterMore: 2_001,
      asked: 1_001,
    });
  });

  it('retry one of a list without the others', async () => {
    expect(await play('retryOne')).toEqual({ asked: ['test/a', 'test/b', 'test/b'] });
  });

  it('follow when they are given another task, or none', async () => {
    expect(await play('changing')).toEqual({ said: 'asking', asked: ['test/a', 'test/b'] });
  });

  it('stop behind a hidden Activity, and show what they knew when it comes back', async () => {
    expect(await play('activity')).toEqual({ said: 'in_progress 5', asked: ['nothing', 'in_progress'] });
  });

  it('are loud about a client that is made at each render', async () => {
    const { said, asked } = await play('clientInRender');
    expect(said).toContain('Too many re-renders');
    expect(asked).toBe(1);
  });

  it('hand a wrong argument to the error boundary', async () => {
    expect(await play('boundary')).toBe(0);
  });

  it('send one request, which is aborted when the component is gone, and leave no timer', async () => {
    const leave = await page.evaluateHandle(() =>
      (window as unknown as { scenarios: Scenarios }).scenarios.requests('task_1'),
    );
    await expect.poll(() => asked.length).toBe(1);
    const [request] = asked;
    expect(request?.response.closed).toBe(false);
    await page.evaluate((leaving) => leaving(), leave);
    await expect.poll(() => request?.response.closed).toBe(true);
    expect(asked.map(({ method }) => method)).toEqual(['GET']);
  });

  it('send nothing more after an error, and never a POST', async () => {
    const leave = await page.evaluateHandle(() =>
      (window as unknown as { scenarios: Scenarios }).scenarios.requests('task_refused'),
    );
    await expect.poll(() => page.textContent('#root')).toBe('UNAUTHORIZEDUNAUTHORIZED');
    expect(await page.evaluate((leaving) => leaving(), leave)).toBe('UNAUTHORIZED');
    expect(asked.map(({ method }) => method)).toEqual(['GET']);
    // The browser's own word about the 401.
    await page.evaluate(() => {
      (window as unknown as { complaints: string[] }).complaints.length = 0;
    });
  });
});
