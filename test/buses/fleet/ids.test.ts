import { describe, expect, inject, it, vi } from 'vitest';
import { createClient } from '../../../src/index.js';
import { Viewer } from '../../watch/viewer.js';
import { strangeIds } from '../nats/strange-ids.js';
import { life, patience, scenes, task } from './fleet-scene.js';

describe.skipIf(!inject('brokers').includes('nats-server'))('tasks with odd ids', () => {
  const open = scenes();

  const odd = [...strangeIds, 'a/b', '%2F', '=', '=41', 'é', '🎬', '"{}"', '-'];

  it('are watched like all others', { timeout: 60_000 }, async () => {
    const { sim, fleet, work, events, idle } = await open();
    await work();
    await idle();
    const plain = Array.from({ length: 300 - odd.length }, () => sim.add('cometapi', { timeline: life(2_000) }));
    const ids = [...plain, ...odd.map((id) => sim.add('cometapi', { id, timeline: life(6_000) }))];
    const kept = ['>', 'a.>'].map((id) => new Viewer(createClient(fleet.source).watch(task(id))));
    for (const id of ids) expect(await fleet.submit(task(id)), id).toBe('submitted');
    for (const id of odd) expect(await fleet.submit(task(id)), id).toBe('already-watched');
    expect(await fleet.forget(task('*'))).toBe('forgotten');
    await idle();
    const ends = (await events()).filter(({ type }) => type === 'completed').map(({ id }) => id);
    expect(ends.sort()).toEqual(ids.filter((id) => id !== '*').sort());
    await vi.waitFor(() => expect(kept.map(({ end }) => end)).toEqual(['complete', 'complete']), patience);
    expect(kept.map(({ last }) => last?.task.id)).toEqual(['>', 'a.>']);
    for (const id of odd.filter((one) => one !== '*')) {
      expect(await fleet.submit(task(id)), id).toBe('already-finished');
      expect(await fleet.forget(task(id)), id).toBe('already-finished');
    }
  });

  it.each([
    ['too long', '€'.repeat(512)],
    ['longer than an id may be', 'a'.repeat(513)],
    ['a way up', '..'],
    ['half a character', '\ud800'],
    ['nothing', ''],
    ['a control character', 'a\u0000'],
  ])('are refused at once where they are %s', async (_, id) => {
    const { fleet } = await open();
    for (const doing of [() => fleet.submit(task(id)), () => fleet.forget(task(id))])
      await expect(doing()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('are watched where they are as long as the longest: 512 é', { timeout: 60_000 }, async () => {
    const { sim, fleet, work, events, idle } = await open();
    await work();
    await idle();
    const id = sim.add('cometapi', { id: 'é'.repeat(512), timeline: life(300) });
    const viewer = new Viewer(createClient(fleet.source).watch(task(id)));
    expect(await fleet.submit(task(id))).toBe('submitted');
    await vi.waitFor(() => expect(viewer.end).toBe('complete'), patience);
    expect((await events()).at(-1)).toMatchObject({ id, type: 'completed' });
  });
});
