import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/fleet/worker/pace.js';
import { finished, live, lostBy, ref, Scene, snapshot, troubleBy, watch, wordsOf } from './model/scene.js';

const told = { kind: 'snapshot', task: ref, snapshot: snapshot() } as const;
const within = (deadlineMs: number) => ({ orderWith: { deadlineMs } });

describe('a turn that comes early', () => {
  it('is put off by what is left of the wait that this worker said', async () => {
    const scene = new Scene();
    await scene.turn(live());
    scene.pass(4_500);
    expect(wordsOf(await scene.turn(live()))).toBe('put-off');
    expect(scene.said).toEqual(['nak 5000', 'nak 500']);
    expect([scene.asked.length, scene.late]).toEqual([1, []]);
  });

  it('is taken where it is hardly early, and lateness is counted from when it was due', async () => {
    const scene = new Scene();
    await scene.turn(live());
    scene.pass(4_900);
    expect(wordsOf(await scene.turn(live()))).toBe('polled, no news, goes on');
    scene.pass(5_300);
    await scene.turn(live());
    expect(scene.late).toEqual([0, 300]);
  });

  it('is put off where another worker told news within half of a usual wait', async () => {
    const scene = new Scene();
    scene.log.add({ told, storedMs: scene.serverNow - 300 });
    expect(wordsOf(await scene.turn(live()))).toBe('put-off');
    expect([scene.asked, scene.said]).toEqual([[], ['nak 700']]);
    scene.pass(700);
    expect(wordsOf(await scene.turn(live()))).toBe('polled, no news, goes on');
    expect(scene.late).toEqual([]);
  });

  it('is not counted by what this worker said, where another had a turn since', async () => {
    const scene = new Scene();
    await scene.turn({ next: 60_000 }, { count: 3 });
    scene.pass(5_000);
    expect(wordsOf(await scene.turn({ next: 60_000 }, { count: 4 }))).toBe('put-off');
    expect(wordsOf(await scene.turn({ next: 60_000 }, { count: 6 }))).toBe('polled, no news, goes on');
    expect(scene.late).toEqual([]);
  });

  it('is taken where nobody said when it is due', async () => {
    const scene = new Scene();
    expect(wordsOf(await scene.turn(live()))).toBe('polled, told, goes on');
  });

  it('is counted by our own clock, however far it is from the server’s', async () => {
    const scene = new Scene();
    scene.now = -1e12;
    await scene.turn(live());
    scene.now += 5_000;
    expect(wordsOf(await scene.turn(live()))).toBe('polled, no news, goes on');
    expect(scene.late).toEqual([0]);
  });
});

describe('a deadline', () => {
  it.each([
    ['live news', live({ progress: 9 }), 'polled, told, lost', 'DEADLINE'],
    ['nothing new', { next: 5_000 }, 'polled, told, lost', 'DEADLINE'],
    ['trouble', { trouble: troubleBy('UNAVAILABLE'), next: 1 }, 'polled, told, lost', 'DEADLINE'],
    ['a loss of its own', { lost: lostBy(), next: 'done' as const }, 'polled, told, lost', 'NOT_FOUND'],
  ])('that has come is decided by one last read: %s', async (_, answer, words, code) => {
    const scene = new Scene();
    scene.pass(60_000);
    expect(wordsOf(await scene.turn(answer, within(60_000)))).toBe(words);
    expect(scene.asked).toHaveLength(1);
    expect(scene.log.stored).toHaveLength(1);
    expect(scene.log.stored[0]?.told).toMatchObject({ kind: 'lost', error: { code, task: ref } });
    expect(scene.said).toEqual(['ack']);
  });

  it('that has come is no matter where the last read tells the end', async () => {
    const scene = new Scene();
    scene.pass(60_000);
    expect(wordsOf(await scene.turn(finished, within(60_000)))).toBe('polled, told, finished');
    expect(scene.log.published.map(({ type }) => type)).toEqual(['rushes.task.completed']);
  });

  it('says what it was, and how the task stood last', async () => {
    const scene = new Scene();
    scene.log.add({ told, storedMs: 0 });
    scene.pass(60_001);
    await scene.turn({ next: 1 }, within(60_000));
    const message = 'the task did not end within 60000 ms of its submit';
    expect(scene.log.payloads[0]?.data).toMatchObject({ error: { message, status: 'in_progress' } });
    const heard = new Scene();
    heard.log.add({ told, storedMs: 0 });
    heard.pass(60_001);
    await heard.turn(live({ status: 'queued' }), within(60_000));
    expect(heard.log.payloads[0]?.data).toMatchObject({ error: { status: 'queued' } });
  });

  it('has not come a millisecond before', async () => {
    const scene = new Scene();
    scene.pass(59_999);
    expect(wordsOf(await scene.turn(live(), within(60_000)))).toBe('polled, told, goes on');
    expect(scene.said).toEqual(['nak 1']);
  });

  it('is looked at where a turn is early', async () => {
    const early = new Scene();
    await early.turn(live());
    early.pass(1_000);
    expect(wordsOf(await early.turn(live({ progress: 1 }), within(1_000)))).toBe('polled, told, lost');
  });

  it('loses no task that nobody could ask about: when it is asked at last, its end is told', async () => {
    const scene = new Scene();
    scene.random = 0.5;
    scene.pace.pause(60_000);
    expect(wordsOf(await scene.turn(finished, within(0)))).toBe('put-off');
    scene.pass(65_000);
    expect(wordsOf(await scene.turn(undefined, within(0)))).toBe('put-off');
    scene.random = 0;
    expect(wordsOf(await scene.turn(undefined, within(0)))).toBe('put-off');
    expect([scene.said, scene.log.stored]).toEqual([['nak 65000', 'nak 1000', 'nak 250'], []]);
    expect(wordsOf(await scene.turn(finished, within(0)))).toBe('polled, told, finished');
  });

  it('is told unasked after an hour in which this worker would have asked, and could not', async () => {
    const scene = new Scene();
    scene.pass(24 * 3_600_000);
    expect(wordsOf(await scene.turn(undefined, within(60_000)))).toBe('put-off');
    scene.pass(3_600_000);
    expect(wordsOf(await scene.turn(undefined, within(60_000)))).toBe('put-off');
    scene.pass(1);
    scene.pace.pause(60_000);
    expect(wordsOf(await scene.turn(undefined, within(60_000)))).toBe('lost');
    expect(scene.log.stored[0]?.told).toMatchObject({ kind: 'lost', error: { code: 'DEADLINE' } });
    expect(scene.said.at(-1)).toBe('ack');
  });

  it('loses no task whose last read is refused for a pause: it is asked again after that, for an hour', async () => {
    const limited = { trouble: troubleBy('RATE_LIMITED'), next: 4_000 };
    const scene = new Scene();
    expect(wordsOf(await scene.turn(limited, within(0)))).toBe('polled, no news, goes on');
    expect([scene.said, scene.log.stored]).toEqual([['nak 4000'], []]);
    scene.pass(4_000);
    expect(wordsOf(await scene.turn(finished, within(0)))).toBe('polled, told, finished');

    const refused = new Scene();
    await refused.turn(limited, within(0));
    refused.pass(3_600_001);
    expect(wordsOf(await refused.turn(limited, within(0)))).toBe('polled, told, lost');
    expect(refused.log.stored[0]?.told).toMatchObject({ error: { code: 'DEADLINE' } });
  });

  it('is a loss where the last read fails, and no pause is asked for', async () => {
    const scene = new Scene();
    const broken = { trouble: troubleBy('UNAVAILABLE', 9_000), next: 9_000 };
    expect(wordsOf(await scene.turn(broken, within(0)))).toBe('polled, told, lost');
  });

  it('is the longest that anything is put off', async () => {
    const waits = new Scene();
    await waits.turn({ ...live(), next: 90_000 }, within(1_200));
    expect(waits.said).toEqual(['nak 1200']);
    waits.pass(200);
    await waits.turn(live(), within(700));
    expect(waits.said.at(-1)).toBe('nak 500');

    const paused = new Scene();
    paused.pace.pause(60_000);
    await paused.turn(live(), within(1_500));
    const full = new Scene();
    full.random = 0.9;
    await full.turn(undefined, within(100));
    const ahead = new Scene();
    ahead.random = 0.9;
    await ahead.turn(live(), { ...within(300), isAheadOfNew: true });
    expect([paused.said, full.said, ahead.said]).toEqual([['nak 1500'], ['nak 100'], ['nak 300']]);
  });

  it('is not lost for news that always came before: the last read is done again soon', async () => {
    const scene = new Scene();
    scene.log.meanwhile = () => scene.log.add({ told: { ...told, snapshot: snapshot({ progress: scene.log.reads }) } });
    expect(wordsOf(await scene.turn({ next: 60_000 }, within(0)))).toBe('polled, late, goes on');
    expect(scene.said).toEqual(['nak 2000']);
  });

  it('is not told where the end came first', async () => {
    const scene = new Scene();
    const end = {
      kind: 'snapshot',
      task: ref,
      snapshot: snapshot({ status: 'expired', error: { message: 'x' } }),
    } as const;
    scene.log.meanwhile = () => scene.log.add({ told: end });
    expect(wordsOf(await scene.turn({ next: 60_000 }, within(0)))).toBe('polled, over, goes on');
    expect([scene.log.stored.length, scene.said]).toEqual([1, ['ack']]);
  });
});

describe('a turn among many', () => {
  it('gives turns up for a task that was never asked about until one has come, each time after one of its own', async () => {
    const scene = new Scene();
    scene.random = 0.25;
    const turn = async (given: object) => {
      const words = wordsOf(await scene.turn({ next: 1_000 }, { count: 7, ...given }));
      scene.pass(2_000);
      scene.now -= 1_900;
      return words === 'put-off' ? 'gives way' : 'polls';
    };
    const ahead = { isAheadOfNew: true };
    const words: string[] = [];
    for (const given of [ahead, ahead, ahead, { count: 1 }, ahead, ahead]) {
      scene.memory.forget(watch);
      words.push(await turn(given));
    }
    expect(words).toEqual(['polls', 'gives way', 'gives way', 'polls', 'polls', 'gives way']);
    expect(scene.said).toContain('nak 500');
  });

  it('gives up none for ten seconds where no new task came for one, as a consumer may be full', async () => {
    let now = 0;
    const pace = new Pace(() => now);
    const heard = [0, 1, 999, 1_000, 1_001, 10_999, 11_000, 11_001].map((ms) => {
      now = ms;
      return pace.makesWay();
    });
    expect(heard).toEqual([false, true, true, false, false, false, false, true]);
    pace.newCame();
    expect([pace.makesWay(), pace.makesWay()]).toEqual([false, true]);
  });

  it.each([
    ['a 429', 'RATE_LIMITED', 4_000],
    ['no other trouble', 'UNAVAILABLE', 0],
  ] as const)('waits for all of a provider’s tasks after %s', async (_, code, pausedMs) => {
    const scene = new Scene();
    await scene.turn({ trouble: troubleBy(code, 3_000), next: 4_000 });
    expect(scene.pace.pausedMs).toBe(pausedMs);
    expect(scene.said).toEqual(['nak 4000']);
  });

  it('is paused by refusals for twice as long each time, where they go on', async () => {
    let now = 0;
    const pace = new Pace(() => now);
    const pauses = () =>
      Array.from({ length: 7 }, () => {
        for (const ms of [10, 300, 0]) pace.refused(ms);
        const { pausedMs } = pace;
        now += pausedMs;
        return pausedMs;
      });
    expect(pauses()).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    pace.accepted();
    expect(pauses().slice(0, 2)).toEqual([1_000, 2_000]);
    pace.refused(45_000);
    expect(pace.pausedMs).toBe(45_000);
  });

  it('begins with short pauses again once the provider has answered', async () => {
    const scene = new Scene();
    const limited = { trouble: troubleBy('RATE_LIMITED'), next: 0 };
    for (const pausedMs of [1_000, 2_000]) {
      await scene.turn(limited);
      expect(scene.pace.pausedMs).toBe(pausedMs);
      scene.pass(pausedMs + 5_000);
    }
    await scene.turn(live());
    scene.pass(5_000);
    await scene.turn(limited);
    expect(scene.pace.pausedMs).toBe(1_000);
  });

  it.each([
    [4_000, 0, 4_000],
    [4_000, 0.5, 6_000],
    [60_000, 0.5, 65_000],
  ])('is put off beyond a pause of %i ms, spread over as long again, at most 10 s', async (pauseMs, random, ms) => {
    const scene = new Scene();
    scene.random = random;
    scene.pace.pause(pauseMs);
    expect(wordsOf(await scene.turn(live()))).toBe('put-off');
    expect([scene.asked, scene.said]).toEqual([[], [`nak ${ms}`]]);
    scene.pass(ms);
    expect(wordsOf(await scene.turn(live()))).toBe('polled, told, goes on');
    expect(scene.late).toEqual([0]);
  });

  it('waits longer where turns come late', async () => {
    const scene = new Scene();
    for (let nth = 0; nth < 1_000; nth++) scene.pace.late(1_250);
    await scene.turn(live());
    expect(Number(scene.said[0]?.slice(4))).toBeCloseTo(8_000, -1);
    expect(scene.memory.find(watch)?.dueMs).toBeCloseTo(8_000, -1);
  });
});
