import { jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { describe, expect, inject, it, vi } from 'vitest';
import { toCloudEvent } from '../../../src/bridges/index.js';
import { RushesError } from '../../../src/errors.js';
import { generationHeader } from '../../../src/fleet/events.js';
import { Layout } from '../../../src/fleet/layout.js';
import { encodeOrder } from '../../../src/fleet/watch-order.js';
import { createClient } from '../../../src/index.js';
import { Viewer } from '../../watch/viewer.js';
import { isEnd, life, patience, type Scene, scenes, task } from './fleet-scene.js';

const layout = new Layout('rushes');

describe.skipIf(!inject('brokers').includes('nats-server'))('a watch that is forgotten, or was lost', () => {
  const open = scenes();

  const phases = ['unbegun', 'between', 'asking'] as const;
  const tellings = { news: 'in_progress', end: 'completed', loss: 'lost' } as const;
  const cuts = (['before', 'after'] as const).flatMap((when) =>
    (['news', 'end', 'loss'] as const).map((telling) => ({ id: `${when}-${telling}`, when, telling })),
  );

  /** A worker that is interrupted once before, or after, each of some events is stored. */
  async function interrupted(scene: Scene, doing: (id: string) => Promise<unknown>) {
    const connection = await scene.dial();
    const ask = connection.request.bind(connection);
    const undone = new Set(cuts);
    connection.request = async (subject, payload, options) => {
      const cut = [...undone].find(
        ({ id, telling }) =>
          subject === layout.eventSubject(task(id)) && String(payload).includes(`rushes.task.${tellings[telling]}`),
      );
      if (cut) undone.delete(cut);
      if (cut?.when === 'before') await doing(cut.id);
      const answer = await ask(subject, payload, options);
      if (cut?.when === 'after') await doing(cut.id);
      return answer;
    };
    return scene.work({}, { connection });
  }

  it('has one end for each time it was submitted, at whatever moment, and harms no other', {
    timeout: 60_000,
  }, async () => {
    const hooks = new Map<string, () => void>();
    const begun = new Set<string>();
    const scene = await open({
      cadenceMs: 300,
      faults: ({ id = '', nth }) => {
        // A busy machine may give a request up.
        if (id.endsWith('-loss') && nth >= 2 && !begun.has(id)) return { kind: 'notFound' };
        if (nth !== 2 || !hooks.has(id)) return undefined;
        hooks.get(id)?.();
        return { kind: 'delay', ms: 300 };
      },
    });
    const { sim, fleet, work, events, left, reads } = scene;
    const first = await work({ concurrency: 4 });
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    first.stop();
    const others = Array.from({ length: 20 }, () => sim.add('cometapi', { timeline: life(9_000) }));
    for (const id of others) await fleet.submit(task(id));

    const answers = new Map<string, unknown[]>();
    const anew = async (id: string) => {
      begun.add(id);
      const answer = [await fleet.forget(task(id)), await fleet.submit(task(id))];
      answers.set(id, answer);
    };
    const add = (id: string, endsMs = 3_000) => sim.add('cometapi', { id, timeline: life(endsMs) });
    for (const phase of phases) await fleet.submit(task(add(phase)));
    for (const { id, telling } of cuts) await fleet.submit(task(add(id, telling === 'end' ? 200 : 3_000)));
    await anew('unbegun');
    hooks.set('asking', () => void anew('asking'));
    const { told } = await interrupted(scene, anew);
    await vi.waitFor(() => expect(reads('between')).toBeGreaterThan(1), patience);
    await anew('between');

    const ids = [...phases, ...cuts.map(({ id }) => id)];
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    expect([...answers.keys()].sort()).toEqual([...ids].sort());
    const stored = await events();
    for (const id of [...ids, ...others]) {
      const its = stored.filter((event) => event.id === id);
      const ends = its.filter(isEnd);
      expect(new Set(ends.map(({ generation }) => generation)).size, `${id}: ${JSON.stringify(its)}`).toBe(ends.length);
      expect(its.at(-1)?.type, id).toBe('completed');
      expect(
        its.filter(({ type }) => type === 'completed'),
        id,
      ).toHaveLength(1);
    }
    expect(answers.get('after-end')).toEqual(['already-finished', 'already-finished']);
    for (const id of ids.filter((one) => one !== 'after-end' && one !== 'after-loss'))
      expect(answers.get(id), id).toEqual(['forgotten', 'submitted']);
    expect(answers.get('after-loss')).toEqual(['not-watched', 'submitted']);
    for (const id of others) expect(reads(id)).toBeGreaterThan(3);
    expect(await left()).toEqual({ messages: 0, handedOut: 0, untouched: 0 });
    expect(told.end).toBeUndefined();
  });

  it('ends those who listen, and not those who listen to what was submitted after', { timeout: 30_000 }, async () => {
    const { sim, fleet, work, events, left } = await open();
    const worker = await work();
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    const watch = (id: string) => new Viewer(createClient(fleet.source).watch(task(id)));
    const id = sim.add('cometapi', { timeline: life(60_000) });
    const listening = watch(id);
    await fleet.submit(task(id));
    await vi.waitFor(() => expect(listening.last?.status).toBe('in_progress'), patience);
    expect(await fleet.forget(task(id))).toBe('forgotten');
    await vi.waitFor(() => expect(listening.error).toMatchObject({ code: 'SOURCE_ENDED' }), patience);
    expect(await fleet.forget(task(id))).toBe('not-watched');
    worker.stop();

    expect(await fleet.submit(task(id))).toBe('submitted');
    const again = watch(id);
    const other = sim.add('cometapi', { timeline: life(0) });
    const elsewhere = watch(other);
    await work();
    await fleet.submit(task(other));
    await vi.waitFor(() => expect(elsewhere.end).toBe('complete'), patience);
    await vi.waitFor(() => expect(again.last?.status).toBe('in_progress'), patience);
    expect(again.error).toBeUndefined();
    const types = (await events()).filter((event) => event.id === id).map(({ type }) => type);
    expect(types.slice(-3)).toEqual(['in_progress', 'forgotten', 'in_progress']);
  });

  it('can be submitted again once it is lost, also over what a killed server brought back', {
    timeout: 30_000,
  }, async () => {
    const { sim, fleet, connection, manager, work, events, left } = await open();
    const first = await work();
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    expect(await fleet.submit(task('nobody-knows'))).toBe('submitted');
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    first.stop();
    expect((await events()).at(-1)).toMatchObject({ id: 'nobody-knows', type: 'lost', code: 'NOT_FOUND' });

    sim.add('cometapi', { id: 'nobody-knows', timeline: life(0) });
    const js = jetstream(connection);
    const ref = task('nobody-knows');
    const { seq: zombie } = await js.publish(
      layout.pollSubject(ref),
      encodeOrder({ ref, deadlineMs: 1e6, isNew: false }),
    );
    const error = new RushesError('DEADLINE', 'over', { task: ref });
    const fields = headers();
    fields.set(generationHeader, String(zombie));
    await js.publish(layout.eventSubject(ref), JSON.stringify(toCloudEvent({ kind: 'lost', task: ref, error })), {
      headers: fields,
    });
    expect(await fleet.forget(ref)).toBe('not-watched');
    await js.publish(layout.pollSubject(ref), encodeOrder({ ref, deadlineMs: 1e6, isNew: false }));
    const { seq } =
      (await manager.streams.getMessage(layout.pollStream, { last_by_subj: layout.pollSubject(ref) })) ?? {};
    fields.set(generationHeader, String(seq));
    await js.publish(layout.eventSubject(ref), JSON.stringify(toCloudEvent({ kind: 'lost', task: ref, error })), {
      headers: fields,
    });
    const both = await Promise.all([fleet.submit(ref), fleet.submit(ref)]);
    expect(both).toContain('submitted');
    expect(await fleet.submit(ref)).toBe('already-watched');
    expect((await left()).messages).toBe(1);
    await work();
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    expect((await events()).map(({ type }) => type)).toEqual(['lost', 'lost', 'lost', 'completed']);
    expect(await fleet.submit(ref)).toBe('already-finished');
  });
});
