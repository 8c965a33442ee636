import type { RequestListener } from 'node:http';
import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { TabsPage } from './pages/tabs.js';
import { type ServedPage, servePage } from './serve-page.js';

/** The API that the pages poll, and what it saw. */
export interface PolledServer {
  readonly url: string;
  /** The answer to the next polls, as a status and facts. */
  says: Record<string, unknown>;
  /** Which tab asked, and when, in order. */
  readonly asked: { readonly tab: string; readonly atMs: number }[];
  close(): Promise<void>;
}

export async function polledServer(): Promise<PolledServer> {
  const asked: PolledServer['asked'] = [];
  const listener: RequestListener = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    asked.push({ tab: searchParams.get('tab') ?? '', atMs: performance.now() });
    const id = decodeURIComponent(pathname.split('/').at(-1) ?? '');
    const { http = 200, ...facts } = server.says;
    response.writeHead(http as number, { 'content-type': 'application/json' }).end(JSON.stringify({ id, ...facts }));
  };
  const served: ServedPage = await servePage('pages/tabs.ts', listener);
  const server: PolledServer = {
    url: served.url,
    says: { status: 'in_progress', progress: 10 },
    asked,
    close: () => served.kill(),
  };
  return server;
}

/** A page of the context, as a tab of that name. */
export async function openTab(context: BrowserContext, server: PolledServer, tab: string, query = 'scope=user') {
  const page = await context.newPage();
  await page.goto(`${server.url}/?tab=${tab}&${query}`);
  return page;
}

export const heardBy = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { page: TabsPage }).page.heard.slice());
export const endOf = (page: Page) => page.evaluate(() => (globalThis as unknown as { page: TabsPage }).page.end());
export const leave = (page: Page) => page.evaluate(() => (globalThis as unknown as { page: TabsPage }).page.leave());

/** Waits until one tab alone has been asking, for `count` requests. */
export async function soleAsker(server: PolledServer, count = 8, other?: string): Promise<string> {
  const latest = () => new Set(server.asked.slice(-count).map(({ tab }) => tab));
  const from = server.asked.length;
  await expect
    .poll(() => server.asked.length >= from + count && latest().size === 1 && !latest().has(other ?? '\0'), {
      timeout: 20_000,
    })
    .toBe(true);
  return [...latest()][0] as string;
}
