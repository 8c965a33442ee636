import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { browserOfTests } from './open-browser.js';
import { endOf, heardBy, leave, openTab, type PolledServer, polledServer, soleAsker } from './tabs-server.js';

describe('tabs in a real browser', () => {
  const { it, context: newContext } = browserOfTests();
  let server: PolledServer;
  let context: BrowserContext;
  beforeEach(async () => {
    server = await polledServer();
    context = await newContext();
  });
  afterEach(async () => {
    await context.close();
    await server.close();
  });

  async function open(...names: string[]): Promise<Map<string, Page>> {
    const pages = new Map<string, Page>();
    for (const name of names) pages.set(name, await openTab(context, server, name));
    for (const page of pages.values()) await expect.poll(() => heardBy(page)).toEqual(['in_progress 10']);
    return pages;
  }

  async function endAll(pages: Iterable<Page>): Promise<void> {
    server.says = { status: 'completed' };
    for (const page of pages) await expect.poll(() => endOf(page), { timeout: 15_000 }).toBe('complete');
    for (const page of pages) expect((await heardBy(page)).at(-1)).toBe('completed');
  }

  const lockState = (page: Page) => page.evaluate(() => navigator.locks.query());

  it('are ten, and one of them asks', { timeout: 60_000 }, async () => {
    const pages = await open(...'abcdefghij');
    const asker = await soleAsker(server, 15);
    expect(asker).toBe('a');
    server.says = { status: 'in_progress', progress: 50 };
    for (const page of pages.values())
      await expect.poll(() => heardBy(page)).toEqual(['in_progress 10', 'in_progress 50']);
    expect(new Set(server.asked.map(({ tab }) => tab))).toEqual(new Set('a'));
    await endAll(pages.values());
    const ended = server.asked.length;
    expect(server.asked.filter(({ tab }) => tab !== 'a').length).toBe(0);
    expect(await lockState(pages.get('b') as Page)).toMatchObject({ held: [], pending: [] });
    expect(server.asked.length).toBe(ended);
  });

  it('go on when the one that asks is closed, or leaves', { timeout: 60_000 }, async () => {
    const pages = await open('a', 'b', 'c');
    expect(await soleAsker(server)).toBe('a');
    await pages.get('a')?.close();
    pages.delete('a');
    expect(await soleAsker(server, 8, 'a')).toBe('b');
    await leave(pages.get('b') as Page);
    pages.delete('b');
    expect(await soleAsker(server, 8, 'b')).toBe('c');
    await endAll(pages.values());
  });

  it('go on when the one that asks crashes', { timeout: 60_000 }, async () => {
    const pages = await open('a', 'b', 'c');
    expect(await soleAsker(server)).toBe('a');
    const crashing = pages.get('a') as Page;
    const session = await context.newCDPSession(crashing);
    const crashed = new Promise((resolve) => crashing.once('crash', resolve));
    session.send('Page.crash').catch(() => undefined);
    await crashed;
    pages.delete('a');
    expect(await soleAsker(server, 8, 'a')).toMatch(/^[bc]$/);
    await endAll(pages.values());
  });

  it('go on when a script steals the lock and keeps it', { timeout: 60_000 }, async () => {
    const pages = await open('a', 'b');
    expect(await soleAsker(server)).toBe('a');
    const thief = await openTab(context, server, 'x', 'wait');
    await thief.evaluate(async () => {
      const { held } = await navigator.locks.query();
      const name = held?.[0]?.name ?? '';
      navigator.locks.request(name, { steal: true }, () => new Promise(() => {})).catch(() => {});
    });
    await soleAsker(server, 8, 'x');
    await endAll(pages.values());
  });

  it('with different scopes never hear each other', { timeout: 60_000 }, async () => {
    const mine = await openTab(context, server, 'mine', 'scope=alice');
    const theirs = await openTab(context, server, 'theirs', 'scope=bob');
    const both = async () => new Set(server.asked.slice(-20).map(({ tab }) => tab));
    await expect.poll(both).toEqual(new Set(['mine', 'theirs']));
    const names = (await lockState(mine)).held?.map(({ name }) => name) ?? [];
    expect(names).toHaveLength(2);
    await endAll([mine, theirs]);
  });

  it('do not listen to another version, nor to what is no news', { timeout: 60_000 }, async () => {
    const pages = await open('a', 'b');
    const other = await openTab(context, server, 'x', 'wait');
    await other.evaluate(async () => {
      const { held } = await navigator.locks.query();
      const name = held?.[0]?.name ?? '';
      const [product, version, scope, provider, id] = JSON.parse(name) as [string, number, string, string, string];
      const task = { provider, id };
      const snapshot = { task, status: 'completed', providerStatus: 'completed' };
      const news = {
        rushes: 1,
        task,
        from: 'f'.repeat(32),
        kind: 'tell',
        isNew: false,
        isOld: false,
        event: { kind: 'snapshot', task, snapshot },
      };
      const older = JSON.stringify([product, version - 1, scope, provider, id]);
      navigator.locks.request(older, () => new Promise(() => {})).catch(() => {});
      new BroadcastChannel(older).postMessage(JSON.stringify({ ...news, rushes: version - 1 }));
      const channel = new BroadcastChannel(name);
      for (const forged of [
        news,
        '{',
        42,
        null,
        JSON.stringify({ ...news, rushes: 2 }),
        JSON.stringify({ ...news, rushes: 0, isNew: true }),
        JSON.stringify({ ...news, from: 'x', isNew: true }),
        JSON.stringify({ ...news, task: { provider, id: 'task_2' }, isNew: true }),
        JSON.stringify({ ...news, isNew: true, event: { kind: 'snapshot', task, snapshot: { status: 'completed' } } }),
        JSON.stringify({
          ...news,
          isNew: true,
          event: { kind: 'snapshot', task: { provider, id: 'task_2' }, snapshot },
        }),
        JSON.stringify({ ...news, isNew: true, event: { kind: 'lost', task, error: { code: 'EVIL' } } }),
        JSON.stringify(news),
        '['.repeat(100_000) + ']'.repeat(100_000),
      ])
        channel.postMessage(forged);
    });
    server.says = { status: 'in_progress', progress: 70 };
    for (const page of pages.values())
      await expect.poll(() => heardBy(page)).toEqual(['in_progress 10', 'in_progress 70']);
    expect(await soleAsker(server)).toBe('a');
    await endAll(pages.values());
  });

  it('all hear when the watch is lost, and none begins another', { timeout: 60_000 }, async () => {
    const pages = await open('a', 'b', 'c');
    expect(await soleAsker(server)).toBe('a');
    server.says = { http: 401, error: { message: 'no' } };
    for (const page of pages.values()) await expect.poll(() => endOf(page)).toBe('UNAUTHORIZED');
    expect(new Set(server.asked.map(({ tab }) => tab))).toEqual(new Set('a'));
    expect(await lockState(pages.get('b') as Page)).toMatchObject({ held: [], pending: [] });
  });

  it('leave a page that goes "back" nothing to be held by, and it goes on when it comes again', {
    timeout: 60_000,
  }, async () => {
    const pages = await open('a', 'b');
    const page = pages.get('a') as Page;
    await page.evaluate(() => {
      window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
    });
    expect(await soleAsker(server, 8, 'a')).toBe('b');
    const { held, pending } = await lockState(page);
    expect([held?.length, pending?.length]).toEqual([1, 0]);
    server.says = { status: 'in_progress', progress: 80 };
    await expect.poll(() => heardBy(pages.get('b') as Page)).toContain('in_progress 80');
    expect(await heardBy(page)).toEqual(['in_progress 10']);
    await page.evaluate(() => {
      window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    });
    await expect.poll(() => heardBy(page)).toEqual(['in_progress 10', 'in_progress 80']);
    await endAll(pages.values());
  });
});
