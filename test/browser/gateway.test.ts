import type { RequestListener } from 'node:http';
import type { Page } from 'playwright-core';
import { BehaviorSubject } from 'rxjs';
import { afterEach, describe, expect } from 'vitest';
import { type Backend, createClient, type Snapshot } from '../../src/index.js';
import { toNodeListener } from '../../src/node.js';
import { type GatewayOptions, gateway } from '../../src/sse/index.js';
import { aTask, snapshotOf } from '../task/snapshots.js';
import { browserOfTests } from './open-browser.js';
import type { Seen } from './pages/gateway.js';
import { type ServedPage, servePage } from './serve-page.js';

const { it, context } = browserOfTests();
const opened: ServedPage[] = [];

async function served(listener?: RequestListener): Promise<ServedPage> {
  const page = await servePage('pages/gateway.ts', listener);
  opened.push(page);
  return page;
}

afterEach(async () => {
  for (const page of opened.splice(0)) await page.kill();
});

/** A gateway at `/rushes`, and the news of its one task. */
function newsroom(options: Partial<GatewayOptions> = {}, more: Partial<Backend> = {}) {
  const news = new BehaviorSubject<Snapshot>(snapshotOf('queued'));
  let watches = 0;
  const watch: Backend['watch'] = () => {
    watches++;
    return news;
  };
  const client = createClient({ watch, read: async () => news.value, ...more });
  const handle = gateway({ client, authorize: () => true, basePath: '/rushes', ...options });
  return { news, listener: toNodeListener(handle), watches: () => watches };
}

async function openPage({ url }: ServedPage): Promise<Page> {
  const page = await (await context()).newPage();
  await page.goto(url);
  await page.getByText('ready').waitFor();
  return page;
}

const statuses = (seen: Seen) => seen.statuses;
const end = (seen: Seen) => seen.end;

describe('a page over a gateway', () => {
  it('goes on after it was offline, and hears the end once', { timeout: 60_000 }, async () => {
    const { news, listener } = newsroom();
    const page = await openPage(await served(listener));
    const seen = await page.evaluateHandle((task) => window.overGateway('/rushes', task), aTask);
    await expect.poll(() => seen.evaluate(statuses)).toEqual(['queued']);
    await page.context().setOffline(true);
    news.next(snapshotOf('in_progress', { progress: 40 }));
    await page.context().setOffline(false);
    news.next(snapshotOf('in_progress', { progress: 80 }));
    await expect.poll(() => seen.evaluate(statuses), { timeout: 20_000 }).toContain('in_progress 80');
    news.next(snapshotOf('completed'));
    await expect.poll(() => seen.evaluate(end), { timeout: 20_000 }).toBe('complete');
    expect((await seen.evaluate(statuses)).filter((status) => status === 'completed')).toHaveLength(1);
  });

  it('goes on when the gateway was killed and comes back', { timeout: 60_000 }, async () => {
    const { news, listener } = newsroom();
    const server = await served(listener);
    const page = await openPage(server);
    const seen = await page.evaluateHandle((task) => window.overGateway('/rushes', task), aTask);
    await expect.poll(() => seen.evaluate(statuses)).toEqual(['queued']);
    await server.kill();
    news.next(snapshotOf('completed'));
    await server.open();
    await expect.poll(() => seen.evaluate(end), { timeout: 20_000 }).toBe('complete');
    expect(await seen.evaluate(statuses)).toEqual(['queued', 'completed']);
  });

  it('may be of another origin, with cookies, where that is configured, and nowhere else', async () => {
    const made: string[] = [];
    const create: Backend['create'] = async ({ prompt }) => {
      made.push(prompt);
      return snapshotOf('queued');
    };
    const pages = { friend: await served(), stranger: await served() };
    const isKnown = (request: Request) => request.headers.get('cookie') === 'who=ann';
    const { listener, watches } = newsroom(
      { authorize: isKnown, authorizeCreate: isKnown, origins: [pages.friend.url] },
      { create },
    );
    const home = await served(listener);
    const outcomes = async (from: ServedPage) => {
      const page = await openPage(from);
      await page.context().addCookies([{ name: 'who', value: 'ann', url: home.url }]);
      const options = { credentials: 'include', retry: { giveUpAfterMs: 0 } } as const;
      const given = { url: `${home.url}/rushes`, task: aTask, options };
      const id = await page.evaluate(({ url, options }) => window.create(url, 'a paper boat', options), given);
      const seen = await page.evaluateHandle(({ url, task, options }) => window.overGateway(url, task, options), given);
      await expect.poll(() => seen.evaluate(({ statuses, end }) => end ?? statuses[0])).toBeTruthy();
      return { id, first: await seen.evaluate(({ statuses, end }) => end ?? statuses[0]) };
    };
    const strangers = await outcomes(pages.stranger);
    expect(strangers.id).toBe('CREATE_AMBIGUOUS');
    expect(strangers.first).toBe('UNAVAILABLE');
    expect(made).toEqual([]);
    expect(await outcomes(pages.friend)).toEqual({ id: aTask.id, first: 'queued' });
    expect([made, watches()]).toEqual([['a paper boat'], 1]);
  });

  it.each([
    ['a page', 'text/html', '<!doctype html><script>fetch("/canary")</script><img src="/canary">'],
    [
      'a picture with a script',
      'image/svg+xml',
      '<svg xmlns="http://www.w3.org/2000/svg" onload="fetch(\'/canary\')"/>',
    ],
    ['a script', 'text/javascript', 'fetch("/canary")'],
    ['a page that calls itself a video', 'video/mp4', '<script>fetch("/canary")</script>'],
  ])('runs nothing and keeps no cookie of %s where a video should be', async (_, type, text) => {
    const hostile = {
      'content-type': type,
      'set-cookie': 'evil=1',
      'content-length': String(text.length),
      refresh: '0;url=/canary',
    };
    const { news, listener } = newsroom(
      {},
      {
        content: async () => ({
          ...{ status: 200, url: '', redirected: false },
          header: (name: string) => hostile[name as keyof typeof hostile] ?? null,
          body: new Blob([text]).stream(),
        }),
      },
    );
    news.next(snapshotOf('completed'));
    const asked: string[] = [];
    const server = await served((request, response) => {
      asked.push(request.url ?? '');
      if (request.url?.startsWith('/rushes')) listener(request, response);
      else response.writeHead(404).end();
    });
    const page = await openPage(server);
    const path = '/rushes/tasks/cometapi/task_1/content';
    const answer = await page.evaluate(async (url) => {
      const { status, headers } = await fetch(url);
      return { status, type: headers.get('content-type') };
    }, path);
    expect(answer.type).not.toMatch(/html|svg|script/);
    // A navigation to what is saved, or is no answer, fails.
    await page.goto(server.url + path).catch(() => undefined);
    await page.goto(server.url);
    await page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const frame = Object.assign(document.createElement('iframe'), { src: url });
          const script = Object.assign(document.createElement('script'), { src: url });
          script.onload = script.onerror = resolve;
          document.body.append(frame, script);
        }),
      path,
    );
    expect(asked.filter((url) => url.includes('canary'))).toEqual([]);
    expect(await page.context().cookies()).toEqual([]);
  });
});

describe('a page that asks a provider', () => {
  it('sees every state, though the provider invites caching', async () => {
    const states = ['queued', 'in_progress', 'completed'] as const;
    let reads = 0;
    const server = await served((request, response) => {
      // Each state is told twice, as old as a cache could wish.
      const status = states[Math.floor(reads++ / 2)] ?? 'completed';
      if (request.headers['if-none-match']) response.writeHead(304).end();
      else {
        const old = { etag: '"1"', 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' };
        response
          .writeHead(200, { 'content-type': 'application/json', ...old })
          .end(JSON.stringify({ id: 'task_1', object: 'video', status }));
      }
    });
    const page = await openPage(server);
    const seen = await page.evaluateHandle((url) => window.overProvider(`${url}/api`, 'task_1'), server.url);
    await expect.poll(() => seen.evaluate(end)).toBe('complete');
    expect(await seen.evaluate(statuses)).toEqual([...states]);
  });
});
