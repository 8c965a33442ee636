import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { wakeOnOnline, wakeOnVisible } from '../../src/browser.js';
import { pageLife } from '../../src/wake/page-life.js';
import { fakePage, withoutPageAfterwards } from './fake-page.js';

withoutPageAfterwards();

function heard<T>(source: Observable<T>) {
  const news: T[] = [];
  let end: string | undefined;
  const subscription = source.subscribe({
    next: (value) => news.push(value),
    error: () => {
      end = 'error';
    },
    complete: () => {
      end = 'complete';
    },
  });
  return { news, leave: () => subscription.unsubscribe(), end: () => end };
}

describe('a wake made of a page event', () => {
  it.each([
    ['visible', wakeOnVisible],
    ['online', wakeOnOnline],
    ['life', pageLife],
  ] as const)('is silent where there is no page: %s', (_, make) => {
    const { news, end, leave } = heard<unknown>(make());
    leave();
    expect([news, end()]).toEqual([[], undefined]);
  });

  it.each([
    ['visible', wakeOnVisible],
    ['online', wakeOnOnline],
  ] as const)('is silent where a window is no browser’s: %s', (_, make) => {
    Object.assign(globalThis, { window: {}, document: {} });
    expect(heard<unknown>(make()).end()).toBeUndefined();
  });

  it('looks for the page when it is subscribed to, and listens no longer', () => {
    for (const make of [wakeOnVisible, wakeOnOnline, pageLife]) {
      const wake: Observable<unknown> = make();
      const page = fakePage();
      expect(page.listeners).toBe(0);
      const listeners = [heard(wake), heard(wake)];
      expect(page.listeners).toBe(make === pageLife ? 8 : 2);
      for (const { leave } of listeners) leave();
      expect(page.listeners).toBe(0);
    }
  });

  it('says that the tab became visible, not that it was hidden', () => {
    const page = fakePage();
    const { news } = heard(wakeOnVisible());
    page.show('hidden');
    expect(news).toHaveLength(0);
    page.show('visible');
    expect(news).toHaveLength(1);
  });

  it('says that the network is back, not that it went', () => {
    const page = fakePage();
    const { news } = heard(wakeOnOnline());
    page.tell('window', 'offline');
    expect(news).toHaveLength(0);
    page.tell('window', 'online');
    expect(news).toHaveLength(1);
  });

  it('says when a page is put away and comes back, not when it is first shown', () => {
    const page = fakePage();
    const { news } = heard(pageLife());
    page.tell('window', 'pageshow', { persisted: false });
    page.tell('document', 'freeze');
    page.tell('document', 'resume');
    page.tell('window', 'pagehide', { persisted: true });
    page.tell('window', 'pageshow', { persisted: true });
    page.tell('window', 'pagehide', { persisted: false });
    expect(news).toEqual(['suspended', 'resumed', 'suspended', 'resumed', 'suspended']);
  });
});
