import { describe, expect, it } from 'vitest';
import type { LastEvent } from '../../src/fleet/events.js';
import {
  completed,
  finished,
  GENERATION,
  live,
  lostBy,
  ref,
  Scene,
  snapshot,
  troubleBy,
  watch,
  wordsOf,
} from './model/scene.js';

const snapshotTold = (told = snapshot()) => ({ kind: 'snapshot', task: ref, snapshot: told }) as const;
const lossTold = { kind: 'lost', task: ref, error: lostBy() } as const;

describe('a turn', () => {
  it('publishes what is new after the last news, in the name of its watch, and says when the next is', async () => {
    const scene = new Scene();
    scene.log.add({ told: snapshotTold(snapshot({ status: 'queued' })) });
    scene.random = 0.5;
    expect(wordsOf(await scene.turn(live()))).toBe('polled, told, goes on');
    expect(scene.log.published).toEqual([{ type: 'rushes.task.in_progress', generation: GENERATION, after: 41 }]);
    expect(scene.said).toEqual(['nak 5250']);
  });

  it('publishes nothing where nothing is new, and asks with what was told last', async () => {
    const scene = new Scene();
    scene.log.add({ told: snapshotTold(snapshot({ status: 'queued', createdAt: 1 })) });
    const same = { snapshot: snapshot({ status: 'queued', createdAt: 2 }), next: 5_000 };
    expect(wordsOf(await scene.turn(same))).toBe('polled, no news, goes on');
    expect(scene.log.published).toEqual([]);
    expect(scene.asked[0]?.seed).toEqual(snapshot({ status: 'queued', createdAt: 1 }));
    expect(scene.said).toEqual(['nak 5000']);
  });

  it('reads the last news once, and then knows it, also what it told itself', async () => {
    const scene = new Scene();
    for (const progress of [1, 2, 3]) {
      expect(wordsOf(await scene.turn(live({ progress })))).toBe('polled, told, goes on');
      scene.pass(5_000);
    }
    expect(scene.log.reads).toBe(1);
    expect(scene.log.published.map(({ after }) => after)).toEqual([0, 41, 42]);
    expect(scene.asked.map(({ seed }) => seed?.progress)).toEqual([undefined, 1, 2]);
  });

  it('publishes an end, then acknowledges, and forgets the task', async () => {
    const scene = new Scene();
    scene.memory.note(ref, watch, { seq: 0 });
    expect(wordsOf(await scene.turn(finished))).toBe('polled, told, finished');
    expect(scene.log.published.map(({ type }) => type)).toEqual(['rushes.task.completed']);
    expect([scene.said, scene.memory.size]).toEqual([['ack'], 0]);
  });

  it('is not over before the server knows', async () => {
    const scene = new Scene();
    const ack = () => Promise.reject(new Error('TIMEOUT'));
    await expect(scene.turn(finished, { ack })).rejects.toThrow('TIMEOUT');
    expect(scene.log.published).toHaveLength(1);
  });

  it('publishes a loss, then acknowledges', async () => {
    const scene = new Scene();
    expect(wordsOf(await scene.turn({ lost: lostBy(), next: 'done' }))).toBe('polled, told, lost');
    expect(scene.log.stored[0]?.told).toMatchObject({ kind: 'lost', error: { code: 'NOT_FOUND' } });
    expect([scene.said, scene.memory.size]).toEqual([['ack'], 0]);
  });

  it('tells nobody of passing trouble, and counts it', async () => {
    const scene = new Scene();
    const trouble = { trouble: troubleBy('UNAVAILABLE'), next: 700 };
    for (const answer of [trouble, trouble, live(), trouble]) {
      await scene.turn(answer);
      scene.pass(5_000);
    }
    expect(scene.asked.map(({ failures, polls }) => [failures, polls])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [0, 1],
    ]);
    expect(scene.log.published).toHaveLength(1);
    expect(scene.said).toEqual(['nak 700', 'nak 700', 'nak 5000', 'nak 700']);
  });

  it('is put off where the budget has no room', async () => {
    const scene = new Scene();
    scene.random = 0.5;
    expect(wordsOf(await scene.turn(undefined))).toBe('put-off');
    expect([scene.asked.length, scene.said]).toEqual([1, ['nak 1000']]);
  });

  it.each<[string, Omit<LastEvent, 'seq'>, string]>([
    ['its end', { told: snapshotTold(completed) }, 'over'],
    ['its end, of an older watch', { told: snapshotTold(completed), generation: 3 }, 'over'],
    ['the loss of this watch', { told: lossTold, generation: GENERATION }, 'over'],
    ['the loss of a later watch', { told: lossTold, generation: GENERATION + 1 }, 'over'],
    ['the loss of an older watch', { told: lossTold, generation: GENERATION - 1 }, 'polled, told, goes on'],
    ['the loss of a watch outside the fleet', { told: lossTold }, 'polled, told, goes on'],
    ['live news of this watch', { told: snapshotTold(), generation: GENERATION }, 'polled, no news, goes on'],
    ['what cannot be read', { generation: GENERATION }, 'polled, told, goes on'],
  ])('whose last news is %s', async (_, last, words) => {
    const scene = new Scene();
    scene.log.add(last);
    expect(wordsOf(await scene.turn(live()))).toBe(words);
    expect(scene.said).toEqual([words === 'over' ? 'ack' : 'nak 5000']);
    expect(scene.asked).toHaveLength(words === 'over' ? 0 : 1);
    if (words === 'over') expect(scene.memory.size).toBe(0);
  });

  it('takes what this version cannot read out of the queue, and says so', async () => {
    const scene = new Scene();
    expect(wordsOf(await scene.turn(undefined, { order: undefined } as object))).toBe('lost');
    expect(scene.log.stored[0]?.told).toMatchObject({ kind: 'lost', error: { code: 'INVALID_ARGUMENT' } });
    expect([scene.said, scene.asked, scene.memory.size]).toEqual([['term'], [], 0]);
  });

  it('says nothing more of an order that it cannot read, where the end is known', async () => {
    const scene = new Scene();
    scene.log.meanwhile = () => {
      if (scene.log.stored.length === 0) scene.log.add({ told: snapshotTold(completed) });
    };
    expect(wordsOf(await scene.turn(undefined, { order: undefined } as object))).toBe('over');
    expect([scene.said, scene.log.stored.length]).toEqual([['ack'], 1]);
  });

  it('asks with how long it has been watched, has said the same, and how old a new task is', async () => {
    const scene = new Scene();
    scene.pass(3_000);
    await scene.turn({ trouble: troubleBy('UNAVAILABLE'), next: 500 }, { orderWith: { isNew: true } });
    scene.pass(500);
    await scene.turn(live(), { orderWith: { isNew: true } });
    scene.pass(5_000);
    await scene.turn(live(), { orderWith: { isNew: true } });
    const times = scene.asked.map(({ ageMs, elapsedMs, sinceChangeMs }) => [ageMs, elapsedMs, sinceChangeMs]);
    expect(times).toEqual([
      [3_000, 3_000, 3_000],
      [3_500, 3_500, 3_500],
      [undefined, 8_500, 5_000],
    ]);
  });

  it('knows no age of a task that was not submitted as new', async () => {
    const scene = new Scene();
    await scene.turn(live());
    expect(scene.asked[0]?.ageMs).toBeUndefined();
  });

  it('counts no time before its submit, and no news after now, whatever the clocks say', async () => {
    const scene = new Scene();
    scene.serverNow = 999_000;
    scene.log.add({ told: snapshotTold(), storedMs: 9_999_500 });
    await scene.turn(live());
    expect(scene.asked[0]).toMatchObject({ elapsedMs: 0, sinceChangeMs: 0 });
  });
});

describe('what NATS or the key breaks off', () => {
  it.each(['read', 'publish'])('is thrown, and nothing is said of the turn: a failed %s', async (what) => {
    const scene = new Scene();
    if (what === 'publish') scene.memory.note(ref, watch, { seq: 0 });
    scene.log.failure = new Error('TIMEOUT');
    await expect(scene.turn(live())).rejects.toThrow('TIMEOUT');
    expect(scene.said).toEqual([]);
  });

  it('is thrown where the key is refused', async () => {
    const scene = new Scene();
    await expect(scene.turn(lostBy())).rejects.toThrow('gone');
    expect([scene.said, scene.log.published]).toEqual([[], []]);
  });
});
