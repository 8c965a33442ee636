import { existsSync } from 'node:fs';
import bundled from '@sparticuz/chromium';
import { type Browser, type BrowserContext, chromium, type LaunchOptions } from 'playwright-core';
import { afterAll, beforeAll, type TestAPI, test } from 'vitest';

/** Where a Chromium may be: named by hand, Debian's, or the one that npm brought. */
async function places(): Promise<string[]> {
  const named = process.env['CHROMIUM'];
  if (named !== undefined) return [named];
  return [...['/usr/bin/chromium', '/usr/bin/google-chrome'].filter(existsSync), await bundled.executablePath()];
}

async function launched(options: LaunchOptions): Promise<Browser> {
  const troubles: string[] = [];
  for (const executablePath of await places()) {
    try {
      return await chromium.launch({ ...options, executablePath, args: ['--no-sandbox', ...(options.args ?? [])] });
    } catch (error) {
      troubles.push(`${executablePath}: ${String(error).split('\n')[0]}`);
    }
  }
  throw new Error(`no Chromium could be started:\n${troubles.join('\n')}`);
}

/** A headless Chromium for the tests of one file. */
export interface TestBrowser {
  /** Like vitest's `it`; it skips, and says so, where there is no Chromium. With CI=true that is a failure. */
  readonly it: TestAPI;
  /** A profile of its own, closed with the browser: no storage, lock or cookie is shared with another. */
  context(): Promise<BrowserContext>;
}

/** Starts a headless Chromium before the tests of this file and ends it after them. */
export function browserOfTests(options: LaunchOptions = {}): TestBrowser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    try {
      browser = await launched(options);
    } catch (error) {
      if (process.env['CI']) throw error;
      console.warn(`Skipped, since ${String(error)}`);
    }
  }, 120_000);
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
