import { describe, expect, it } from 'vitest';
import { RushesError, type TaskRef } from '../../../src/index.js';
import type { RemoteHeaders } from '../../../src/sse/index.js';
import { Viewer } from '../../watch/viewer.js';
import { ref, stage } from './scripted-gateway.js';

const many = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ref(`t${from + i}`));
const denial = { code: 'UNAUTHORIZED', message: 'not allowed' };

function watching(set: ReturnType<typeof stage>) {
  const watch = (tasks: readonly TaskRef[]) => tasks.map((task) => new Viewer(set.remote.watch(task)));
  return { ...set, watch };
}

describe('several tasks of which some are refused', () => {
  const gateway = (refused: ReadonlySet<string>, limit = 100) =>
    watching(
      stage({
        respond: (request) => {
          const isDenied = request.ids.some((id) => refused.has(id)) || request.ids.length > limit;
          if (isDenied) request.answer(403, denial);
          else request.open();
        },
      }),
    );

  it.each([[['t0']], [['t7', 't63', 't99']], [['t1', 't2', 't3', 't4', 't5']]])('lose %j only', async (refused) => {
    const { watch, pass, connected, requests } = gateway(new Set(refused));
    const viewers = watch(many(0, 100));
    await pass(1_000);
    const lost = viewers.filter(({ error }) => error);
    expect(lost.map(({ error }) => (error as { task: TaskRef }).task.id)).toEqual(refused);
    expect(connected().map(({ ids }) => ids.length)).toEqual([100 - refused.length]);
    expect(requests.length).toBeLessThan(60);
    for (const id of connected()[0]?.ids ?? []) connected()[0]?.say('completed', id);
    await pass();
    expect(viewers.filter(({ end }) => end === 'complete').length).toBe(100 - refused.length);
  });

  it('are all lost when all are refused, with little more than one request for each', async () => {
    const { watch, pass, clock, requests } = gateway(new Set(many(0, 100).map(({ id }) => id)));
    const viewers = watch(many(0, 100));
    await pass(1_000);
    expect(viewers.map(({ error }) => error)).toMatchObject(
      many(0, 100).map((task) => ({ code: 'UNAUTHORIZED', task })),
    );
    expect([clock.pending, requests.length]).toEqual([0, 107]);
  });

  it('are not tried one by one after a 401, which is about who asks', async () => {
    const { watch, pass, clock, requests } = watching(
      stage({ headers: () => ({ authorization: 'old' }), respond: (request) => void request.answer(401) }),
    );
    const viewers = watch(many(0, 100));
    await pass(1_000);
    expect(viewers.map(({ error }) => error)).toMatchObject(
      many(0, 100).map((task) => ({ code: 'UNAUTHORIZED', task, retryable: false })),
    );
    expect([clock.pending, requests.map(({ ids }) => ids.length)]).toEqual([0, [100, 100]]);
  });

  it('are no longer tried when a 401 comes meanwhile, and comes again with new headers', async () => {
    let session = 1;
    const { watch, pass, requests, clock } = watching(
      stage({
        headers: () => ({ authorization: `session-${session}` }),
        respond: (request, nth) => {
          if (nth === 3) session = 2;
          if (nth < 3) request.answer(403, denial);
          else request.answer(401);
        },
      }),
    );
    const viewers = watch(many(0, 8));
    await pass(1_000);
    expect(viewers.map(({ error }) => (error as RushesError).code)).toEqual(viewers.map(() => 'UNAUTHORIZED'));
    const asked = requests.map(({ ids, headers }) => `${ids.length} in ${headers['authorization']}`);
    expect(asked).toEqual(['8 in session-1', '8 in session-1', '4 in session-1', '2 in session-1', '2 in session-2']);
    expect(clock.pending).toBe(0);
  });

  it.each<[string, () => Promise<RemoteHeaders>]>([
    ['UNAUTHORIZED', () => Promise.reject(new RushesError('UNAUTHORIZED', 'signed out'))],
    ['INVALID_ARGUMENT', async () => ({ 'a b': 'c' })],
  ])('are not tried when there are no headers to ask with: %s', async (code, headersNow) => {
    let asked = 0;
    const headers = () => {
      asked++;
      return headersNow();
    };
    const { watch, pass, requests } = watching(stage({ headers }));
    const viewers = watch(many(0, 100));
    await pass(1_000);
    expect(viewers.map(({ error }) => (error as RushesError).code)).toEqual(viewers.map(() => code));
    expect([asked, requests.length]).toEqual([1, 0]);
  });

  it.each([
    [302, '', 'BAD_RESPONSE'],
    [501, { code: 'UNSUPPORTED', message: 'no' }, 'UNSUPPORTED'],
  ])('are no longer tried when the address turns out to be wrong: %i', async (status, body, code) => {
    const { watch, pass, requests } = watching(
      stage({ respond: (request, nth) => void (nth < 2 ? request.answer(403) : request.answer(status, body)) }),
    );
    const viewers = watch(many(0, 8));
    await pass(1_000);
    expect(viewers.map(({ error }) => (error as RushesError).code)).toEqual(viewers.map(() => code));
    expect(requests.length).toBe(3);
  });

  it.each([
    [403, denial],
    [400, { code: 'INVALID_ARGUMENT', message: 'at most 30 tasks on one connection' }],
    [414, ''],
  ])('go over as few connections as can be when they are refused only together: %i', async (status, body) => {
    const { watch, pass, connected, requests } = watching(
      stage({
        respond: (request) => void (request.ids.length > 30 ? request.answer(status, body) : request.open()),
      }),
    );
    const viewers = watch(many(0, 100));
    await pass(1_000);
    expect(viewers.every(({ end }) => end === undefined)).toBe(true);
    expect([connected().map(({ ids }) => ids.length), requests.length]).toEqual([[30, 30, 30, 10], 14]);
  });

  it('are parted and sifted when some are refused and there are too many, too', async () => {
    const { watch, pass, connected, requests } = gateway(new Set(['t3', 't71']), 30);
    const viewers = watch(many(0, 100));
    await pass(1_000);
    expect(viewers.flatMap(({ error }, i) => (error ? [i] : []))).toEqual([3, 71]);
    expect([new Set(connected().flatMap(({ ids }) => ids)).size, requests.length]).toEqual([98, 38]);
  });

  it('are on one connection again when the refusal has passed, and no fewer than before', async () => {
    const { watch, pass, connected } = watching(
      stage({ respond: (request, nth) => void (nth < 3 ? request.answer(403, denial) : request.open()) }),
    );
    const viewers = watch(many(0, 80));
    await pass(1_000);
    expect(connected().map(({ ids }) => ids.length)).toEqual([80]);
    for (const viewer of viewers.slice(0, 41)) viewer.leave();
    watch(many(100, 150));
    await pass(1_000);
    expect(connected().map(({ ids }) => ids.length)).toEqual([39, 50]);
  });

  it('keep nobody else waiting while they wait for a refusal to pass that may come back', async () => {
    const { watch, pass, requests } = watching(
      stage({ respond: (request, nth) => void (nth < 2 ? request.answer(403, denial) : request.open()) }),
    );
    watch(many(0, 4));
    await pass(1);
    watch([ref('a')]);
    await pass(1);
    watch([ref('b')]);
    await pass(1);
    const opened = requests.filter(({ isOpen }) => isOpen).map(({ ids }) => ids.join());
    expect(opened).toEqual(['a,b']);
  });

  it('are asked for ever less often where the refusal comes and goes', async () => {
    let wholes = 0;
    const { watch, pass, requests } = watching(
      stage({
        respond: (request) => {
          const isDenied = request.ids.length === 8 && wholes++ % 2 === 0;
          if (isDenied) request.answer(403, denial);
          else request.open();
        },
      }),
    );
    const viewers = watch(many(0, 8));
    await pass(600_000);
    expect(viewers.every(({ end }) => end === undefined)).toBe(true);
    expect(requests.length).toBeGreaterThan(50);
    expect(requests.length).toBeLessThan(400);
  });

  it('take nothing from those that are watched already', async () => {
    const { watch, pass, connected } = gateway(new Set(['bad']));
    const good = [];
    for (const task of many(0, 2)) {
      good.push(...watch([task]));
      await pass();
    }
    const [bad] = watch([ref('bad')]) as [Viewer];
    await pass(1_000);
    expect(bad.error).toMatchObject({ code: 'UNAUTHORIZED', task: ref('bad') });
    expect(new Set(connected().flatMap(({ ids }) => ids))).toEqual(new Set(['t0', 't1']));
    for (const request of connected()) for (const id of request.ids) request.say('completed', id);
    await pass();
    expect(good.map(({ end }) => end)).toEqual(['complete', 'complete']);
  });

  it('keep others waiting only until it is known who is refused', async () => {
    const { watch, pass, requests, nth } = watching(stage());
    watch([ref('x'), ref('y')]);
    await pass();
    nth(0).answer(403);
    watch([ref('a')]);
    await pass();
    watch([ref('c')]);
    await pass();
    nth(1).answer(403);
    const ids = () => requests.map((request) => request.ids.join());
    await pass(10);
    expect(ids()).toEqual(['x,y', 'x', 'a', 'y']);
    nth(2).open();
    await pass(10);
    expect(ids().length).toBe(4);
    nth(3).answer(403);
    await pass(10);
    expect(ids()).toEqual(['x,y', 'x', 'a', 'y', 'c']);
  });

  it('let go of everything when they are left meanwhile', async () => {
    const { watch, pass, clock, connected } = watching(
      stage({ respond: (request, nth) => void (nth === 0 ? request.answer(403) : undefined) }),
    );
    const viewers = watch(many(0, 8));
    await pass();
    expect(connected().length).toBe(1);
    for (const viewer of viewers) viewer.leave();
    expect([clock.pending, connected()]).toEqual([0, []]);
  });
});
