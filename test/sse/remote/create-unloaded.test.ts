import { describe, expect, it, vi } from 'vitest';
import { createClock } from '../../../src/testing/index.js';
import { MemoryLedger } from '../../create/memory-ledger.js';
import { reasonOf } from '../../create/studio.js';
import { stage } from './scripted-gateway.js';

vi.mock('../../../src/sse/remote/create-at-gateway.js', () => {
  throw new TypeError('Failed to fetch dynamically imported module');
});

describe('a create whose code cannot be loaded', () => {
  it('is neither noted nor sent, and may be tried again', async () => {
    const ledger = new MemoryLedger(createClock());
    const { client, requests, clock } = stage({ ledger });
    const error = await reasonOf(client.create({ model: 'sora-2', prompt: 'a calm sea' }, { provider: 'test' }));
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('not sent'),
      cause: expect.anything(),
    });
    expect([requests, ledger.creates.size, clock.pending]).toEqual([[], 0, 0]);
  });
});
