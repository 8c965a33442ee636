import { afterEach, beforeEach, describe, expect } from 'vitest';
import { browserOfTests } from './open-browser.js';
import { freePort, type RawContext, type RawTab, rawContext } from './tabs-raw.js';
import { type PolledServer, polledServer, soleAsker } from './tabs-server.js';

const heardBy = (tab: RawTab) => tab.evaluate('page.heard');
const endOf = (tab: RawTab) => tab.evaluate('page.end()');

/** For a browser that freezes without a word. */
const untold = `for (const name of ['freeze', 'resume'])
  document.addEventListener(name, (event) => event.stopImmediatePropagation(), true);`;

const port = await freePort();

describe('tabs that are frozen or hidden', () => {
  const { it } = browserOfTests({ args: [`--remote-debugging-port=${port}`] });
  let server: PolledServer;
  let context: RawContext;
  beforeEach(async () => {
    server = await polledServer();
    context = await rawContext(port);
  });
  afterEach(async () => {
    await context.close();
    await server.close();
  });

  async function open(names: string, query = 'scope=user', before = ''): Promise<RawTab[]> {
    const tabs: RawTab[] = [];
    for (const name of names) {
      const tab = await context.open(`${server.url}/?tab=${name}&${query}`, before);
      await expect.poll(() => heardBy(tab)).toEqual(['in_progress 10']);
      tabs.push(tab);
    }
    return tabs;
  }

  async function endAll(tabs: readonly RawTab[]): Promise<void> {
    server.says = { status: 'completed' };
    for (const tab of tabs) await expect.poll(() => endOf(tab), { timeout: 15_000 }).toBe('complete');
  }

  it.for([
    ['told of it', ''],
    ['not told of it', untold],
  ] as const)(
    'are replaced, and follow when they come back: %s',
    { timeout: 60_000 },
    async ([, before], { annotate }) => {
      const tabs = await open('abc', 'scope=user', before);
      const [frozen, , follower] = tabs as [RawTab, RawTab, RawTab];
      expect(await soleAsker(server)).toBe('a');
      await frozen.freeze();
      const frozenMs = performance.now();
      const asker = await soleAsker(server, 8, 'a');
      const first = server.asked.find(({ tab, atMs }) => tab === asker && atMs > frozenMs);
      await annotate(`replaced after ${Math.round((first?.atMs ?? 0) - frozenMs)} ms`);
      server.says = { status: 'in_progress', progress: 60 };
      await expect.poll(() => heardBy(follower)).toContain('in_progress 60');

      const before_ = server.asked.length;
      await frozen.resume();
      await expect.poll(() => heardBy(frozen)).toEqual(['in_progress 10', 'in_progress 60']);
      expect(await soleAsker(server, 8, 'a')).toBe(asker);
      expect(server.asked.slice(before_).filter(({ tab }) => tab === 'a').length).toBeLessThanOrEqual(1);
      for (const tab of tabs) expect(await heardBy(tab)).toEqual(['in_progress 10', 'in_progress 60']);
      await endAll(tabs);
    },
  );

  it.for([
    ['told of it', ''],
    ['not told of it', untold],
  ] as const)('hear of the end when they come back: %s', { timeout: 60_000 }, async ([, before]) => {
    const [frozen, other] = (await open('ab', 'scope=user', before)) as [RawTab, RawTab];
    await frozen.freeze();
    await endAll([other]);
    await frozen.resume();
    await expect.poll(() => endOf(frozen), { timeout: 15_000 }).toBe('complete');
    expect(await heardBy(frozen)).toEqual(['in_progress 10', 'completed']);
  });

  it('wake a wait when they become visible', { timeout: 60_000 }, async () => {
    const [tab] = (await open('a', 'every=3600000')) as [RawTab];
    await tab.hide();
    await expect.poll(() => tab.evaluate('document.visibilityState')).toBe('hidden');
    server.says = { status: 'in_progress', progress: 60 };
    expect(server.asked).toHaveLength(1);
    await tab.show();
    await expect.poll(() => heardBy(tab)).toEqual(['in_progress 10', 'in_progress 60']);
    expect(server.asked).toHaveLength(2);
  });

  it('wake a wait when they run again', { timeout: 60_000 }, async () => {
    const [tab] = (await open('a', 'every=3600000')) as [RawTab];
    await tab.freeze();
    server.says = { status: 'in_progress', progress: 60 };
    await tab.resume();
    await expect.poll(() => heardBy(tab)).toEqual(['in_progress 10', 'in_progress 60']);
    expect(server.asked).toHaveLength(2);
  });

  it('ask nothing while hidden where that is wanted, and leave it to a tab that is seen', {
    timeout: 60_000,
  }, async () => {
    const tabs = (await open('ab', 'scope=user&pause')) as [RawTab, RawTab];
    const [hidden, seen] = tabs;
    expect(await soleAsker(server)).toBe('a');
    await hidden.hide();
    expect(await soleAsker(server, 8, 'a')).toBe('b');
    server.says = { status: 'in_progress', progress: 60 };
    await expect.poll(() => heardBy(seen)).toEqual(['in_progress 10', 'in_progress 60']);
    expect(await heardBy(hidden)).toEqual(['in_progress 10']);
    await seen.hide();
    await hidden.show();
    await expect.poll(() => heardBy(hidden)).toEqual(['in_progress 10', 'in_progress 60']);
    expect(await soleAsker(server, 8, 'b')).toBe('a');
    server.says = { status: 'completed' };
    await expect.poll(() => endOf(hidden)).toBe('complete');
    await seen.show();
    await expect.poll(() => endOf(seen)).toBe('complete');
  });
});
