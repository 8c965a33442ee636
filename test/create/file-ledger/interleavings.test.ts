import fc from 'fast-check';
import { describe, it } from 'vitest';
import { LedgerModel, steps } from '../ledger-model.js';
import { ledgers } from './stage.js';

const home = ledgers();

describe('several ledgers over one folder', () => {
  it('stand, whatever they do in whatever order, as one simple model does', async () => {
    const property = fc.asyncProperty(steps, async (plan) => {
      const path = await home.path();
      let now = 0;
      const open = () => home.open(path, { now: () => ++now });
      const team = [await open(), await open(), await open()];
      // A file stays fresh for a while.
      const model = new LedgerModel(false);
      for (const step of plan) await model.take(step, team, open);
      for (const ledger of [...team, await open()]) await model.check(ledger);
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
