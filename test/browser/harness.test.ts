import { afterAll, beforeAll, describe, expect } from 'vitest';
import { browserOfTests } from './open-browser.js';
import { type ServedPage, servePage } from './serve-page.js';

describe('the browser of these tests', () => {
  const { it, context } = browserOfTests();
  let served: ServedPage;
  beforeAll(async () => {
    served = await servePage('pages/hello.ts');
  });
  afterAll(() => served.kill());

  it('has what browsers have where they trust a page', async () => {
    const page = await (await context()).newPage();
    await page.goto(served.url);
    await page.getByText('hello').waitFor();
    const has = await page.evaluate(() => [isSecureContext, 'locks' in navigator, 'indexedDB' in window]);
    expect(has).toEqual([true, true, true]);
  });
});
