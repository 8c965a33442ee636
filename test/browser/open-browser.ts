import { type Browser, type BrowserContext, chromium, type LaunchOptions } from 'playwright-core';
import { afterAll, beforeAll, inject, type TestAPI, test } from 'vitest';

/** A headless Chromium for the tests of one file. */
export interface TestBrowser {
  /** Like vitest's `it`; it skips where there is no Chromium. */
  readonly it: TestAPI;
  /** A profile of its own, closed with the browser: no storage, lock or cookie is shared with another. */
  context(): Promise<BrowserContext>;
}

/** Starts a headless Chromium before the tests of this file and ends it after them. */
export function browserOfTests(options: LaunchOptions = {}): TestBrowser {
  const executablePath = inject('chromium');
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (executablePath === '') return;
    browser = await chromium.launch({ ...options, executablePath, args: ['--no-sandbox', ...(options.args ?? [])] });
  });
  afterAll(() => browser?.close());
  return {
    it: test.extend<{ needsChromium: undefined }>({
      needsChromium: [
        async ({ skip }, use) => {
          if (!browser) skip('there is no Chromium');
          await use(undefined);
        },
        { auto: true },
      ],
    }) as unknown as TestAPI,
    context: async () => {
      if (!browser) throw new Error('the browser has not started');
      return browser.newContext();
    },
  };
}
