import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { ledgerChecks } from '../create/ledger-checks.js';
import { type Closable, LedgerModel, steps } from '../create/ledger-model.js';
import { browserOfTests } from './open-browser.js';
import { type ServedPage, servePage } from './serve-page.js';
import { openIn, tab } from './storage-ledger-stage.js';

describe('a ledger in the storage of a browser', () => {
  const { it, context } = browserOfTests();
  let served: ServedPage;
  beforeAll(async () => {
    served = await servePage('pages/storage-ledger.ts');
  });
  afterAll(() => served.kill());

  it.each(Object.entries(ledgerChecks))('%s', async (_, check) => {
    const profile = await context();
    await check({
      open: async (options) => openIn(await tab(profile, served.url), options),
      everything: async () => (await tab(profile, served.url)).evaluate(() => ledgerPage.dump()),
    });
    await profile.close();
  });

  it('stands in three tabs, whatever they do in whatever order, as one simple model does', async () => {
    const profile = await context();
    const pages = await Promise.all([0, 1, 2].map(() => tab(profile, served.url)));
    let run = 0;
    const property = fc.asyncProperty(steps, async (plan) => {
      const scope = `run-${++run}`;
      const open = (seat: number) => openIn(pages[seat] as Page, { scope });
      const team: Closable[] = [await open(0), await open(1), await open(2)];
      const model = new LedgerModel(true);
      for (const step of plan) await model.take(step, team, open);
      for (const ledger of [...team, await open(0)]) await model.check(ledger);
    });
    await fc.assert(property, { numRuns: 25 });
    await profile.close();
  }, 120_000);
});
