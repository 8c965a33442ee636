import { describe, expect, it } from 'vitest';
import { ADMISSION_MS, ackWaitMs, BEAT_MS, holdMs, STOP_MS } from '../../src/fleet/hold.js';

describe.each([1, 500, 30_000])('the time of a task that was handed out, with requests of at most %i ms', (ms) => {
  const settings = { requestTimeoutMs: ms };

  it('is over for the worker before it is for the server, however long a stop went unnoticed', () => {
    expect(BEAT_MS + STOP_MS + holdMs(settings)).toBeLessThan(ackWaitMs(settings));
  });

  it('is long enough for the longest wait for room, and a request after it', () => {
    expect(ADMISSION_MS + ms).toBeLessThan(holdMs(settings));
  });

  it('is what a request may take and 5 s, as consumers are made with', () => {
    expect(ackWaitMs(settings)).toBe(ms + 5_000);
  });
});
