import { describe, expect, it } from 'vitest';
import { completed, finished, GENERATION, live, lostBy, ref, Scene, snapshot, watch, wordsOf } from './model/scene.js';

const told = (snap = snapshot()) => ({ kind: 'snapshot', task: ref, snapshot: snap }) as const;

/** The turn is ours until this happens. */
function fencedBy(scene: Scene, moment: 'at once' | 'reading' | 'asking' | 'publishing' | 'reading anew') {
  let isOurs = moment !== 'at once';
  scene.isHeld = () => isOurs;
  const lose = () => {
    isOurs = false;
  };
  if (moment === 'reading') scene.log.reading = lose;
  if (moment === 'asking') scene.asking = lose;
  if (moment === 'publishing') scene.log.meanwhile = lose;
  if (moment === 'reading anew') {
    scene.log.meanwhile = () => scene.log.add({ told: told(snapshot({ status: 'queued' })) });
    scene.log.reading = () => {
      if (scene.log.reads === 2) lose();
    };
  }
}

describe('a turn that is not surely ours any more', () => {
  it.each([
    ['at once', 0, 0, 0],
    ['reading', 1, 0, 0],
    ['asking', 1, 1, 0],
    ['publishing', 1, 1, 1],
    ['reading anew', 2, 1, 1],
  ] as const)('is let go, when that happens: %s', async (moment, reads, asked, published) => {
    for (const answer of [live(), finished, { lost: lostBy(), next: 'done' as const }]) {
      const scene = new Scene();
      fencedBy(scene, moment);
      expect(wordsOf(await scene.turn(answer))).toBe('left');
      expect(scene.said).toEqual([]);
      expect([scene.log.reads, scene.asked.length, scene.log.published.length]).toEqual([reads, asked, published]);
    }
  });

  it.each(['reading', 'publishing', 'reading anew'] as const)(
    'is let go where the order cannot be read: %s',
    async (moment) => {
      const scene = new Scene();
      fencedBy(scene, moment);
      expect(wordsOf(await scene.turn(undefined, { order: undefined } as object))).toBe('left');
      expect(scene.said).toEqual([]);
    },
  );

  it('is let go where there is no news, and where the budget had no room', async () => {
    for (const answer of [{ next: 5_000 }, undefined]) {
      const scene = new Scene();
      fencedBy(scene, 'asking');
      expect(wordsOf(await scene.turn(answer))).toBe('left');
      expect(scene.said).toEqual([]);
    }
  });

  it('counts no answer that came too late', async () => {
    const scene = new Scene();
    fencedBy(scene, 'asking');
    await scene.turn(live());
    expect(scene.memory.find(watch)?.polls).toBe(0);
  });
});

describe('news that others have come before', () => {
  it('is told once more, after theirs', async () => {
    const scene = new Scene();
    scene.log.meanwhile = () => {
      if (scene.log.stored.length === 0) scene.log.add({ told: told(snapshot({ status: 'queued' })) });
    };
    expect(wordsOf(await scene.turn(live()))).toBe('polled, told, goes on');
    expect(scene.log.published.map(({ after }) => after)).toEqual([0, 41]);
    expect(scene.said).toEqual(['nak 5000']);
  });

  it('is not told again, where theirs is the same', async () => {
    const scene = new Scene();
    scene.log.meanwhile = () => scene.log.add({ told: told() });
    expect(wordsOf(await scene.turn(live()))).toBe('polled, known, goes on');
    expect([scene.log.published.length, scene.said]).toEqual([1, ['nak 5000']]);
    scene.pass(5_000);
    expect(wordsOf(await scene.turn(live()))).toBe('polled, no news, goes on');
  });

  it.each([
    ['live', live(), 'polled, late, goes on', 'nak 5000'],
    ['an end', finished, 'polled, late, goes on', 'nak 2000'],
    ['a loss', { lost: lostBy(), next: 'done' as const }, 'polled, late, goes on', 'nak 2000'],
  ])('is dropped, where others always come before: %s', async (_, answer, words, said) => {
    const scene = new Scene();
    scene.log.meanwhile = () => scene.log.add({ told: told(snapshot({ progress: scene.log.stored.length })) });
    expect(wordsOf(await scene.turn(answer))).toBe(words);
    expect([scene.log.published.length, scene.log.reads, scene.said]).toEqual([2, 3, [said]]);
    expect(scene.memory.find(watch)?.seq).toBe(scene.log.stored.at(-1)?.seq);
  });

  it.each([
    ['the end', { told: told(completed) }],
    ['the loss of this watch', { told: { kind: 'lost', task: ref, error: lostBy() }, generation: GENERATION }],
  ] as const)('is dropped after %s, and the watch is over', async (_, theirs) => {
    for (const answer of [live(), finished, { lost: lostBy(), next: 'done' as const }]) {
      const scene = new Scene();
      scene.log.meanwhile = () => scene.log.add(theirs);
      expect(wordsOf(await scene.turn(answer))).toBe('polled, over, goes on');
      expect([scene.log.stored.length, scene.log.published.length, scene.said]).toEqual([1, 1, ['ack']]);
      expect(scene.memory.size).toBe(0);
    }
  });

  it('is told after the loss of an older watch', async () => {
    const scene = new Scene();
    const older = { told: { kind: 'lost', task: ref, error: lostBy() }, generation: GENERATION - 1 } as const;
    scene.log.meanwhile = () => {
      if (scene.log.stored.length === 0) scene.log.add(older);
    };
    expect(wordsOf(await scene.turn(live()))).toBe('polled, told, goes on');
    expect(scene.log.stored).toHaveLength(2);
  });

  it('is not told after news of a later watch: this one was forgotten, and nobody waits for its word', async () => {
    for (const answer of [live(), { lost: lostBy(), next: 'done' as const }]) {
      const scene = new Scene();
      const later = { told: told(snapshot({ status: 'queued' })), generation: GENERATION + 1 };
      scene.log.meanwhile = () => scene.log.add(later);
      expect(wordsOf(await scene.turn(answer))).toBe('left');
      expect([scene.log.stored.length, scene.log.published.length, scene.said]).toEqual([1, 1, []]);
    }
  });

  it('is put off as a whole where it is of an order that cannot be read', async () => {
    const scene = new Scene();
    scene.log.meanwhile = () => scene.log.add({ told: told(snapshot({ progress: scene.log.stored.length })) });
    expect(wordsOf(await scene.turn(undefined, { order: undefined } as object))).toBe('put-off');
    expect(scene.said).toEqual(['nak 250']);
  });

  it('is not told after what an earlier turn of the same worker has only now heard', async () => {
    const scene = new Scene();
    const known = scene.memory.note(ref, watch, { seq: 0 });
    const loss = { kind: 'lost', task: ref, error: lostBy() } as const;
    scene.asking = () => {
      scene.log.add({ told: loss, generation: GENERATION });
      known.take({ seq: 41, generation: GENERATION, told: loss });
    };
    expect(wordsOf(await scene.turn({ lost: lostBy(), next: 'done' }))).toBe('polled, over, goes on');
    expect([scene.log.stored.length, scene.said]).toEqual([1, ['ack']]);
  });
});
