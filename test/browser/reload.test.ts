import { type RequestListener, request as send } from 'node:http';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { type Simulation, simulate } from '../../src/testing/index.js';
import { browserOfTests } from './open-browser.js';
import type {} from './pages/reload.js';
import { type ServedPage, servePage } from './serve-page.js';

describe('a page with a ledger', () => {
  const { it, context } = browserOfTests();
  let sim: Simulation;
  let served: ServedPage;
  /** Whether answers to POSTs reach the page. */
  let isAnswering: boolean;
  beforeEach(async () => {
    isAnswering = true;
    sim = await simulate({ speed: 20 });
    served = await servePage('pages/reload.ts', (request, response) => {
      if (request.method === 'POST' && !isAnswering) forward(sim.url, request, undefined);
      else forward(sim.url, request, response);
    });
  });
  afterEach(async () => {
    await served.kill();
    await sim.close();
  });

  const posts = () => sim.requests.filter(({ method }) => method === 'POST').length;
  const opened = async () => {
    const page = await (await context()).newPage();
    await page.goto(served.url);
    await page.getByText('ready').waitFor();
    return page;
  };
  const reload = async (page: Page) => {
    await page.reload();
    await page.getByText('ready').waitFor();
  };
  const left = (page: Page) => page.evaluate(() => reloadPage.unfinished());

  it('goes on after a reload with what it paid for, and sends nothing twice', async () => {
    const page = await opened();
    const task = await page.evaluate(() => reloadPage.create());
    await page.locator(`[id="${task.id}"]`).waitFor();
    expect((await left(page)).tasks).toEqual([task]);
    await reload(page);
    expect((await left(page)).tasks).toEqual([task]);
    expect(await page.locator(`[id="${task.id}"]`).textContent()).not.toBe('completed');
    await page.getByText('completed').waitFor();
    await expect.poll(() => left(page)).toEqual({ tasks: [], creates: [] });
    await reload(page);
    expect(await left(page)).toEqual({ tasks: [], creates: [] });
    expect(posts()).toBe(1);
    expect(sim.tasks.map(({ id }) => id)).toEqual([task.id]);
  });

  it('that is reloaded before the answer has a create to look up, and goes on with what was found', async () => {
    isAnswering = false;
    const page = await opened();
    page.evaluate(() => void reloadPage.create()).catch(() => undefined);
    await expect.poll(posts).toBe(1);
    expect(await left(page)).toMatchObject({ tasks: [], creates: [{ state: 'in-flight' }] });
    for (let times = 0; times < 3; times++) {
      await reload(page);
      await expect.poll(() => left(page)).toMatchObject({ tasks: [], creates: [{ state: 'ambiguous' }] });
    }
    const task = await page.evaluate(() => reloadPage.lookUp());
    expect(task.id).toBe(sim.tasks[0]?.id);
    await reload(page);
    await page.getByText('completed').waitFor();
    await expect.poll(() => left(page)).toEqual({ tasks: [], creates: [] });
    expect(posts()).toBe(1);
  });
});

/** Sends a request on to `url`; its answer goes to `response`, if anywhere. */
function forward(
  url: string,
  request: Parameters<RequestListener>[0],
  response: Parameters<RequestListener>[1] | undefined,
): void {
  const sent = send(url + request.url, { method: request.method ?? 'GET', headers: request.headers }, (answer) => {
    if (!response) return void answer.resume();
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  sent.once('error', () => response?.destroy());
  request.pipe(sent);
}
