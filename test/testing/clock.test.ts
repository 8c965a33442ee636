import { asyncScheduler, interval, of, repeat, take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClock } from '../../src/testing/clock.js';

describe('createClock', () => {
  it('starts at a plausible time and moves only when it is told to', async () => {
    const clock = createClock();
    expect(clock.now()).toBe(1_800_000_000_000);
    await clock.advance(1_500);
    expect(clock.now()).toBe(1_800_000_001_500);
    expect(createClock({ startMs: 7 }).now()).toBe(7);
  });

  it('runs what is due in order of due time, first come first served', async () => {
    const clock = createClock({ startMs: 0 });
    const seen: string[] = [];
    const at = (name: string, ms: number) => clock.schedule(() => seen.push(`${name}@${clock.now()}`), ms);
    at('late', 30);
    at('first', 10);
    at('second', 10);
    at('never', 31);
    await clock.advance(30);
    expect(seen).toEqual(['first@10', 'second@10', 'late@30']);
    expect(clock.pending).toBe(1);
  });

  it('runs what is scheduled on the way', async () => {
    const clock = createClock({ startMs: 0 });
    const seen: number[] = [];
    clock.schedule(
      function tick(state?: number) {
        seen.push(clock.now());
        if (state !== undefined && state > 0) this.schedule(state - 1, 10);
      },
      10,
      2,
    );
    await clock.advance(1_000);
    expect(seen).toEqual([10, 20, 30]);
    expect(clock.pending).toBe(0);
  });

  it('lets promise chains of any length settle before time moves on', async () => {
    const clock = createClock({ startMs: 0 });
    const seen: string[] = [];
    const chain = async () => {
      for (let link = 0; link < 1_000; link++) await undefined;
      await new Response(new Blob(['text'])).text();
      seen.push(`settled@${clock.now()}`);
    };
    clock.schedule(() => void chain(), 10);
    clock.schedule(() => seen.push(`next@${clock.now()}`), 11);
    await clock.advance(20);
    expect(seen).toEqual(['settled@10', 'next@11']);
  });

  it('forgets what is unsubscribed', async () => {
    const clock = createClock();
    const seen: string[] = [];
    const action = clock.schedule(() => seen.push('ran'), 10);
    expect(clock.pending).toBe(1);
    action.unsubscribe();
    expect(clock.pending).toBe(0);
    await clock.advance(10);
    expect(seen).toEqual([]);
  });

  it('drives RxJS', async () => {
    const clock = createClock({ startMs: 0 });
    const seen: string[] = [];
    const log = (name: string) => seen.push(`${name}@${clock.now()}`);
    interval(100, clock)
      .pipe(take(3))
      .subscribe((n) => log(`interval ${n}`));
    timer(150, clock).subscribe(() => log('timer'));
    of('again')
      .pipe(repeat({ count: 2, delay: () => timer(60, clock) }))
      .subscribe(log);
    await clock.advance(1_000);
    expect(seen).toEqual(['again@0', 'again@60', 'interval 0@100', 'timer@150', 'interval 1@200', 'interval 2@300']);
    expect(clock.pending).toBe(0);
  });

  it('passes an error of an action on to whoever moves time', async () => {
    const clock = createClock();
    clock.schedule(() => {
      throw new Error('broken');
    });
    await expect(clock.advance(0)).rejects.toThrow('broken');
  });

  it('leaves real time alone', async () => {
    const before = asyncScheduler.now();
    await createClock().advance(86_400_000);
    expect(asyncScheduler.now() - before).toBeLessThan(5_000);
  });
});
