import { describe, expect, inject, it, vi } from 'vitest';
import { isEnd, life, overlaps, patience, scenes, task } from './fleet-scene.js';

const ACK_WAIT_MS = 5_500;
const ANSWER_MS = 300;

describe.skipIf(!inject('brokers').includes('nats-server'))('a worker that was stopped too long', () => {
  const open = scenes();

  const ways = ['inside a poll', 'with a delivery in its socket', 'by a loop of its own'] as const;

  it('speaks of nothing that it held, and works on', { timeout: 120_000 }, async () => {
    const { begin, found } = overlaps();
    const onRead = new Map<string, () => void>();
    const {
      sim,
      process: start,
      events,
      left,
      idle,
      work,
      fleetOf,
    } = await open({
      cadenceMs: 100,
      faults: ({ id = '' }) => {
        begin(sim, id);
        onRead.get(id)?.();
        return { kind: 'delay', ms: ANSWER_MS };
      },
    });
    const asked = (id: string, key: string) =>
      sim.requests.filter(({ id: of, headers }) => of === id && headers['authorization'] === `Bearer ${key}`).length;

    await Promise.all(
      ways.map(async (way, nth) => {
        const name = `fleet-${nth}`;
        // What looks like the key is taken out of all that a provider says.
        const key = `key of the stale ${nth}`.replaceAll(' ', '/');
        const fleet = fleetOf({ name });
        const ids = [0, 1, 2, 3, 4, 5].map((i) => `${name}-task-${i}`);
        const add = (id: string, endsMs: number) => sim.add('cometapi', { id, timeline: life(endsMs) });
        for (const [i, id] of ids.entries()) add(id, i < 2 ? 9_000 : 16_000);
        const stale = await start({ name, apiKey: key, cadenceMs: 100 });
        await idle(name);
        const submitAll = (all: readonly string[]) => Promise.all(all.map((id) => fleet.submit(task(id))));
        if (way === 'with a delivery in its socket') {
          // Its request for work has to be with the server before it is stopped.
          await fleet.submit(task(add(`${name}-first`, 0)));
          await vi.waitFor(async () => expect((await left(name)).messages, stale.output.text).toBe(0), patience);
          stale.child.kill('SIGSTOP');
          await submitAll(ids);
          await vi.waitFor(async () => expect((await left(name)).handedOut).toBe(ids.length), patience);
        } else {
          await submitAll(ids);
          await vi.waitFor(() => expect(Math.min(...ids.map((id) => asked(id, key)))).toBeGreaterThan(1), patience);
          await new Promise<void>((resolve) => {
            onRead.set(ids[5] ?? '', () => {
              onRead.delete(ids[5] ?? '');
              if (way === 'inside a poll') stale.child.kill('SIGSTOP');
              else stale.child.send(10_000);
              resolve();
            });
          });
        }
        // What it had sent has come before this is answered.
        await fetch(sim.url);
        const stoppedAt = sim.requests.length;
        await work({ concurrency: 8 }, { name });
        if (way === 'by a loop of its own') await new Promise((resolve) => setTimeout(resolve, 10_000));
        else {
          await new Promise((resolve) => setTimeout(resolve, 2 * ACK_WAIT_MS));
          expect(
            sim.requests.slice(stoppedAt).filter(({ headers }) => headers['authorization'] === `Bearer ${key}`),
          ).toEqual([]);
          stale.child.kill('SIGCONT');
        }
        await idle(name);
        const stored = await events(name);
        for (const id of ids) {
          const its = stored.filter((event) => event.id === id);
          expect(its.map(isEnd), id).toEqual([...its.slice(1).map(() => false), true]);
          expect(its.at(-1)?.type).toBe('completed');
        }
        const more = Array.from({ length: 20 }, (_, i) => add(`${name}-more-${i}`, 2_000));
        await submitAll(more);
        await vi.waitFor(() => expect(more.some((id) => asked(id, key) > 0)).toBe(true), patience);
        await idle(name);
        expect(stale.output.text).not.toContain('error');
      }),
    );
    expect(found()).toEqual([]);
  });
});
