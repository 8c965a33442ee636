import { describe, expect, it } from 'vitest';
import type { TaskRef } from '../../../src/index.js';
import { Viewer } from '../../watch/viewer.js';
import { base, ref, type ScriptedRequest, stage } from './scripted-gateway.js';

const open = (request: ScriptedRequest) => void request.open();
const many = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ref(`t${from + i}`));

function watching(set = stage({ respond: open })) {
  const watch = (tasks: readonly TaskRef[]) => tasks.map((task) => new Viewer(set.remote.watch(task)));
  return { ...set, watch };
}

describe('the connections of a remote', () => {
  it('carry what is subscribed to within one macrotask, also after its microtasks', async () => {
    const { requests, watch, pass } = watching();
    watch([ref('a'), ref('b')]);
    await Promise.resolve().then(() => watch([ref('c')]));
    await pass();
    expect(requests.map(({ ids }) => ids)).toEqual([['a', 'b', 'c']]);
  });

  it('have at most 100 tasks each', async () => {
    const { requests, watch, pass, connected } = watching();
    const viewers = watch(many(0, 250));
    await pass();
    expect(requests.map(({ ids }) => ids.length)).toEqual([100, 100, 50]);
    for (const request of requests) for (const id of request.ids) request.say('completed', id);
    await pass();
    expect([viewers.every(({ end }) => end === 'complete'), connected()]).toEqual([true, []]);
  });

  it('have addresses of at most 8,000 characters', async () => {
    const { requests, watch, pass } = watching(stage({ respond: open, maxConnections: 10 }));
    watch(Array.from({ length: 20 }, (_, i) => ref(`${i}${'ö'.repeat(300)}`)));
    await pass();
    expect(Math.max(...requests.map(({ path }) => base.length + path.length))).toBeLessThanOrEqual(8_000);
    expect(new Set(requests.flatMap(({ ids }) => ids)).size).toBe(20);
    expect(requests.length).toBeLessThan(10);
  });

  it('are at most two for tasks that come one by one, and all news arrives', async () => {
    const { requests, watch, pass, connected } = watching();
    const viewers: Viewer[] = [];
    for (const task of many(0, 40)) {
      viewers.push(...watch([task]));
      await pass(10);
      for (const request of connected()) for (const id of request.ids) request.say('queued', id);
      await pass(10);
      expect(connected().length).toBeLessThanOrEqual(2);
    }
    expect(new Set(connected().flatMap(({ ids }) => ids)).size).toBe(40);
    expect(requests.length).toBe(40);
    for (const request of connected()) for (const id of request.ids) request.say('completed', id);
    await pass();
    expect(viewers.map(({ end, heard }) => [end, heard.at(-1)?.status])).toEqual(
      viewers.map(() => ['complete', 'completed']),
    );
    expect(connected()).toEqual([]);
  });

  it('are not one more for each task that comes while they are being opened', async () => {
    const { requests, watch, pass, connected } = watching(stage());
    for (const task of many(0, 20)) {
      watch([task]);
      await pass(1);
    }
    expect(requests.map(({ ids }) => ids.length)).toEqual([1, 1]);
    requests[0]?.open();
    requests[1]?.open();
    await pass();
    expect(requests.map(({ ids }) => ids.length)).toEqual([1, 1, 19]);
    requests[2]?.open();
    await pass();
    expect(
      connected()
        .map(({ ids }) => ids.length)
        .sort((a, b) => a - b),
    ).toEqual([1, 19]);
  });

  it('give way to a replacement only once that is open', async () => {
    const { nth, watch, pass } = watching(stage());
    const [a] = watch([ref('a')]) as [Viewer];
    await pass();
    nth(0).open();
    watch([ref('b')]);
    await pass();
    nth(1).open();
    await pass();
    const [c] = watch([ref('c')]) as [Viewer];
    await pass();
    expect(nth(2).ids).toEqual(['a', 'c']);
    nth(0).say('queued', 'a');
    await pass();
    expect([nth(0).state, a.heard.length]).toEqual(['open', 1]);
    nth(2).open();
    await pass();
    expect(nth(0).state).toBe('left');
    nth(2).say('completed', 'a').say('completed', 'c');
    await pass();
    expect([a.end, c.end, a.heard.length, nth(2).state]).toEqual(['complete', 'complete', 2, 'left']);
  });

  it('give way to a replacement that fails, too, so that it finds room', async () => {
    const { nth, watch, pass, connected } = watching(
      stage({
        respond: (request) => {
          // One seat for each viewer but one more.
          const taken = connectedBut(request);
          if (taken >= 2) request.answer(429, { code: 'RATE_LIMITED', message: 'no room' }, { 'retry-after': '1' });
          else request.open();
        },
      }),
    );
    function connectedBut(request: ScriptedRequest): number {
      return connected().filter((other) => other !== request).length;
    }
    watch([ref('a')]);
    await pass();
    watch([ref('b')]);
    await pass();
    watch([ref('c')]);
    await pass(5_000);
    expect(nth(2).ids.length).toBe(2);
    expect(new Set(connected().flatMap(({ ids }) => ids))).toEqual(new Set(['a', 'b', 'c']));
  });

  it('are replaced by smaller ones when more than half of their tasks are left, and not before', async () => {
    const { requests, nth, watch, pass } = watching();
    const viewers = watch(many(0, 10));
    await pass();
    for (const viewer of viewers.slice(0, 5)) viewer.leave();
    await pass();
    expect(requests.length).toBe(1);
    viewers[5]?.leave();
    await pass();
    expect(requests.map(({ ids }) => ids.length)).toEqual([10, 4]);
    expect(nth(0).state).toBe('left');
    nth(1).say('completed', 't9');
    await pass();
    expect(viewers[9]?.end).toBe('complete');
  });

  it('are not replaced when they empty because tasks end', async () => {
    const { requests, nth, watch, pass } = watching();
    watch(many(0, 10));
    await pass();
    for (const task of many(0, 9)) nth(0).say('completed', task.id);
    await pass(1_000);
    expect([requests.length, nth(0).state]).toEqual([1, 'open']);
  });

  it('ask only for what is still wanted when they are made anew', async () => {
    const { nth, watch, pass, last } = watching();
    const [first] = watch(many(0, 3)) as [Viewer];
    await pass();
    first.leave();
    nth(0).say('completed', 't1');
    await pass();
    nth(0).break();
    await pass(1_000);
    expect(last().path).toBe('/tasks/test/t2/events');
  });

  it('count anew who has left when they are made anew', async () => {
    const { requests, nth, watch, pass } = watching();
    const viewers = watch(many(0, 10));
    await pass();
    for (const viewer of viewers.slice(0, 3)) viewer.leave();
    nth(0).break();
    await pass(1_000);
    for (const viewer of viewers.slice(3, 6)) viewer.leave();
    await pass(1_000);
    expect(requests.map(({ ids }) => ids.length)).toEqual([10, 7]);
  });

  it.each(['break', 'close'] as const)('are not made anew while another is to take their place (%s)', async (how) => {
    const { nth, watch, pass, requests } = watching(stage({ respond: (request, n) => void (n < 2 && request.open()) }));
    watch([ref('a')]);
    await pass();
    watch([ref('b')]);
    await pass();
    nth(0).heartbeat();
    watch([ref('c')]);
    await pass();
    expect(nth(2).ids).toEqual(['a', 'c']);
    nth(0)[how]();
    await pass(20_000);
    expect(requests.length).toBe(3);
  });

  it('give way at once when they are in trouble themselves', async () => {
    const { watch, pass, requests } = watching(
      stage({
        respond: (request, n) => {
          if (n === 1) request.open();
          else if (n !== 2) request.break();
        },
      }),
    );
    watch([ref('a')]);
    await pass();
    watch([ref('b')]);
    await pass();
    watch([ref('c')]);
    await pass(29_000);
    expect(requests.map(({ ids }) => ids.join())).toEqual(['a', 'b', 'a,c']);
    await pass(60_000);
    expect(requests.filter(({ ids }) => ids.join() === 'a').length).toBe(1);
    expect(requests.filter(({ ids }) => ids.join() === 'a,c').length).toBeGreaterThan(3);
  });

  it('are one more where two are too full to take what comes', async () => {
    const { watch, pass, connected } = watching();
    for (const [from, to] of [
      [0, 95],
      [95, 190],
      [190, 200],
    ] as const) {
      watch(many(from, to));
      await pass();
    }
    expect(connected().map(({ ids }) => ids.length)).toEqual([95, 95, 10]);
  });

  it('are opened for those who wait when one that they waited for is left', async () => {
    const { watch, pass, requests } = watching(stage());
    const [a] = watch([ref('a')]) as [Viewer];
    await pass();
    watch([ref('b')]);
    await pass();
    watch([ref('c')]);
    await pass(100);
    expect(requests.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
    a.leave();
    await pass();
    expect(requests.map(({ ids }) => ids)).toEqual([['a'], ['b'], ['c']]);
  });

  it('end with what is left of them, at once', async () => {
    const { nth, watch, pass, clock } = watching();
    for (const viewer of watch(many(0, 3))) viewer.leave();
    const viewers = watch(many(0, 3));
    await pass();
    for (const viewer of viewers) viewer.leave();
    expect(clock.pending).toBe(0);
    await pass();
    expect(nth(0).state).toBe('left');
  });

  it('go on for the others when one task is lost', async () => {
    const { nth, watch, pass, requests } = watching();
    const [a, b] = watch([ref('a'), ref('b')]) as [Viewer, Viewer];
    await pass();
    const error = { code: 'NOT_FOUND', message: 'gone', task: ref('a') };
    nth(0)
      .send(`data: ${JSON.stringify({ kind: 'lost', task: ref('a'), error })}\n\n`)
      .say('completed', 'b');
    await pass();
    expect(a.error).toMatchObject({ code: 'NOT_FOUND', task: ref('a') });
    expect([b.end, requests.length]).toEqual(['complete', 1]);
  });

  it('give each watch its own error when there is no more hope', async () => {
    const { watch, pass, clock } = watching(stage({ respond: (request) => void request.break() }));
    const viewers = watch(many(0, 3));
    await pass(700_000);
    expect(viewers.map(({ error }) => error)).toMatchObject(many(0, 3).map((task) => ({ code: 'UNAVAILABLE', task })));
    expect(clock.pending).toBe(0);
  });

  it('take up a task again that is subscribed to where its news ends another watch', async () => {
    const { remote, nth, pass, last } = watching();
    let again: Viewer | undefined;
    const viewer = new Viewer(remote.watch(ref('a')), ({ status }) => {
      if (status === 'completed') again = new Viewer(remote.watch(ref('a')));
    });
    await pass();
    nth(0).say('completed', 'a');
    await pass();
    last().say('completed', 'a');
    await pass();
    expect([viewer.end, again?.end]).toEqual(['complete', 'complete']);
  });
});
