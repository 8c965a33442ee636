import { describe, it } from 'vitest';
import { ledgerChecks } from '../ledger-checks.js';
import { everything, ledgers } from './stage.js';

const home = ledgers();

describe('a ledger in files', () => {
  it.each(Object.entries(ledgerChecks))('%s', async (_, check) => {
    const path = await home.path();
    await check({
      open: ({ nowMs, ...options } = {}) =>
        home.open(path, { ...options, ...(nowMs !== undefined && { now: () => nowMs }) }),
      everything: () => everything(path),
    });
  });
});
