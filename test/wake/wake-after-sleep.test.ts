import type { SchedulerLike } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type WakeAfterSleepOptions, wakeAfterSleep } from '../../src/browser.js';
import { createClock } from '../../src/testing/index.js';
import { fakePage, withoutPageAfterwards } from './fake-page.js';

withoutPageAfterwards();

/** A machine whose timers stand still while its clock goes on, and who waits for it to wake. */
function machine(options: WakeAfterSleepOptions = {}) {
  const clock = createClock();
  let sleptMs = 0;
  const scheduler = {
    now: () => clock.now() + sleptMs,
    schedule: ((...args: Parameters<typeof clock.schedule>) => clock.schedule(...args)) as SchedulerLike['schedule'],
  };
  const startMs = clock.now();
  const wokenAt: number[] = [];
  const subscription = wakeAfterSleep({ scheduler, ...options }).subscribe(() => wokenAt.push(clock.now() - startMs));
  return {
    clock,
    wokenAt,
    subscription,
    sleep: (ms: number) => {
      sleptMs += ms;
    },
  };
}

describe('wakeAfterSleep', () => {
  it('is silent while time passes as it should', async () => {
    const { clock, wokenAt } = machine();
    await clock.advance(3_600_000);
    expect(wokenAt).toEqual([]);
  });

  it('speaks once, within an interval after the clock has jumped', async () => {
    const { clock, wokenAt, sleep } = machine();
    await clock.advance(12_000);
    sleep(3_600_000);
    await clock.advance(100_000);
    expect(wokenAt).toEqual([15_000]);
    sleep(5_001);
    await clock.advance(100_000);
    expect(wokenAt).toEqual([15_000, 115_000]);
  });

  it('takes a tick that is a little late for a busy page, and a clock that is set back for no sleep', async () => {
    const { clock, wokenAt, sleep } = machine();
    await clock.advance(2_000);
    sleep(5_000);
    await clock.advance(20_000);
    sleep(-3_600_000);
    await clock.advance(20_000);
    expect(wokenAt).toEqual([]);
    sleep(60_000);
    await clock.advance(5_000);
    expect(wokenAt).toHaveLength(1);
  });

  it('looks as often as it is told to', async () => {
    const { clock, wokenAt, sleep } = machine({ everyMs: 100 });
    await clock.advance(50);
    sleep(101);
    await clock.advance(1_000);
    expect(wokenAt).toEqual([100]);
  });

  it.each(['browser first', 'clock first'])(
    'says a sleep once that both the browser and the clock tell of: %s',
    async (who) => {
      const page = fakePage();
      const { clock, wokenAt, sleep } = machine();
      await clock.advance(2_000);
      sleep(60_000);
      if (who === 'clock first') await clock.advance(3_000);
      page.tell('document', 'resume');
      page.tell('window', 'pageshow', { persisted: true });
      expect(wokenAt).toEqual([who === 'clock first' ? 5_000 : 2_000]);
      await clock.advance(60_000);
      expect(wokenAt).toHaveLength(1);
      page.tell('document', 'freeze');
      page.tell('document', 'resume');
      expect(wokenAt).toHaveLength(2);
    },
  );

  it('says a sleep once that begins right after a look at the clock', async () => {
    const page = fakePage();
    const { clock, wokenAt, sleep } = machine();
    await clock.advance(5_000);
    sleep(60_000);
    page.tell('document', 'resume');
    await clock.advance(60_000);
    expect(wokenAt).toEqual([5_000]);
  });

  it('leaves neither timer nor listener behind, also when it is left from inside', async () => {
    const page = fakePage();
    const { clock, subscription } = machine();
    expect([clock.pending, page.listeners]).toEqual([1, 4]);
    subscription.unsubscribe();
    expect([clock.pending, page.listeners]).toEqual([0, 0]);

    let nowMs = 0;
    const jumpy = { now: () => nowMs, schedule: clock.schedule };
    const inside = wakeAfterSleep({ scheduler: jumpy }).subscribe(() => inside.unsubscribe());
    nowMs = 60_000;
    await clock.advance(20_000);
    expect([inside.closed, clock.pending, page.listeners]).toEqual([true, 0, 0]);
  });

  it.each([
    [{ everyMs: 0 }, /everyMs: expected more than 0/],
    [{ everyMs: -1 }, /everyMs/],
    [{ everyMs: Number.NaN }, /everyMs/],
    [{ scheduler: 1 }, /wakeAfterSleep.scheduler: expected an RxJS scheduler, received 1/],
    [{ every: 1 }, /no other options/],
  ])('refuses %j', (options, message) => {
    expect(() => wakeAfterSleep(options as WakeAfterSleepOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });
});
