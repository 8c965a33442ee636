import type { SchedulerLike } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Waits } from '../../src/cadence/waits.js';
import { Patience } from '../../src/tabs/patience.js';
import { createClock } from '../../src/testing/index.js';

/** Looks at a leader that is silent, in a tab whose clock may jump. */
function patient(random: number) {
  const clock = createClock();
  let sleptMs = 0;
  const scheduler: SchedulerLike = { now: () => clock.now() + sleptMs, schedule: clock.schedule };
  const startMs = clock.now();
  const silentAt: number[] = [];
  const patience = new Patience({
    intervalMs: 1_000,
    waits: new Waits(scheduler),
    random: () => random,
    onLook: (isSilent) => {
      if (isSilent) silentAt.push(clock.now() - startMs);
    },
  });
  patience.start();
  return {
    clock,
    patience,
    silentAt,
    sleep: (ms: number) => {
      sleptMs += ms;
    },
  };
}

describe('the patience of a follower', () => {
  it.each([
    [0, 1_500],
    [0.5, 1_750],
    [0.999, 1_999.5],
  ])('lasts from one and a half to two intervals: by chance %d for %d ms', async (chance, lastsMs) => {
    const { clock, silentAt } = patient(chance);
    await clock.advance(lastsMs - 1);
    expect(silentAt).toEqual([]);
    await clock.advance(2);
    expect(silentAt.map(Math.round)).toEqual([Math.round(lastsMs)]);
  });

  it('begins anew with each sign of life, and each time it has ended', async () => {
    const { clock, patience, silentAt } = patient(0);
    await clock.advance(1_000);
    patience.renew();
    await clock.advance(1_499);
    expect(silentAt).toEqual([]);
    await clock.advance(2);
    expect(silentAt).toEqual([2_500]);
    await clock.advance(1_499);
    expect(silentAt).toEqual([2_500, 4_000]);
    patience.stop();
    expect(clock.pending).toBe(0);
  });

  it('has one more try after a sleep of its own, and another one after the next sign of life', async () => {
    const { clock, patience, silentAt, sleep } = patient(0);
    for (let time = 1; time <= 2; time++) {
      sleep(60_000);
      await clock.advance(1_500);
      expect(silentAt).toHaveLength(time - 1);
      sleep(60_000);
      await clock.advance(1_500);
      expect(silentAt).toHaveLength(time);
      patience.renew();
    }
  });
});
