import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClient, type TaskRef } from '../../../src/index.js';
import { remoteDefaults } from '../../../src/sse/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { Viewer } from '../../watch/viewer.js';
import { base, ref, type ScriptedRequest, stage } from './scripted-gateway.js';

const tasks = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ref(`t${from + i}`));
const most = remoteDefaults.maxConnections;

/** A remote whose requests are opened at once, and the most connections that it ever had. */
function crowd(options: Parameters<typeof stage>[0] = {}) {
  let peak = 0;
  const { respond = (request: ScriptedRequest) => void request.open(), ...more } = options;
  const set = stage({
    ...more,
    respond: (request, nth) => {
      respond(request, nth);
      peak = Math.max(peak, set.connected().length);
    },
  });
  const watch = (refs: readonly TaskRef[]) => refs.map((task) => new Viewer(set.remote.watch(task)));
  const carried = () => new Set(set.connected().flatMap(({ ids }) => ids));
  const finish = (ids: Iterable<string>) => {
    for (const id of ids)
      for (const request of set.connected()) if (request.ids.includes(id)) request.say('completed', id);
  };
  return { ...set, watch, carried, finish, peak: () => peak };
}

describe('more tasks than the connections of a remote can carry', () => {
  it('are 1,000 over four connections, in order of arrival, and all of them come to their end', async () => {
    const { watch, carried, finish, pass, requests, peak, connected, clock } = crowd();
    const viewers = watch(tasks(1_000));
    await pass();
    expect(requests.map(({ ids }) => ids.length)).toEqual([100, 100, 100, 100]);
    expect([...carried()]).toEqual(tasks(400).map(({ id }) => id));
    for (let round = 0; round < 2_000 && viewers.some(({ end }) => !end); round++) {
      finish([...carried()].filter((_, i) => i % 3 === round % 3));
      await pass();
    }
    expect(viewers.map(({ end, last }) => [end, last?.status])).toEqual(viewers.map(() => ['complete', 'completed']));
    expect([peak(), connected(), clock.pending]).toEqual([most, [], 0]);
  });

  it('wait for nothing but room: each end lets the next one in', async () => {
    const { watch, carried, finish, pass, peak } = crowd();
    watch(tasks(403));
    await pass();
    expect(['t400', 't401', 't402'].filter((id) => carried().has(id))).toEqual([]);
    finish(['t250']);
    await pass();
    expect(['t400', 't401', 't402'].filter((id) => carried().has(id))).toEqual(['t400']);
    finish(['t0', 't399']);
    await pass();
    expect(['t400', 't401', 't402'].filter((id) => carried().has(id))).toEqual(['t400', 't401', 't402']);
    expect(peak()).toBe(most);
  });

  it('let the next one in when one is left, or lost', async () => {
    const { watch, carried, connected, pass } = crowd();
    const viewers = watch(tasks(402));
    await pass();
    viewers[7]?.leave();
    await pass();
    expect([carried().has('t400'), carried().has('t401')]).toEqual([true, false]);
    const error = { code: 'NOT_FOUND', message: 'gone', task: ref('t300') };
    connected()
      .find(({ ids }) => ids.includes('t300'))
      ?.send(`data: ${JSON.stringify({ kind: 'lost', task: ref('t300'), error })}\n\n`);
    await pass();
    expect(viewers[300]?.error).toMatchObject({ code: 'NOT_FOUND' });
    expect(carried().has('t401')).toBe(true);
  });

  it('hear what comes while they move, and hear nothing twice', async () => {
    const { watch, connected, finish, pass } = crowd();
    const viewers = watch(tasks(401));
    await pass();
    finish(['t5']);
    await pass();
    for (const request of connected()) for (const id of request.ids) request.say('in_progress', id);
    await pass();
    const heard = viewers.map((viewer) => viewer.heard.map(({ status }) => status).join());
    expect(heard).toEqual(viewers.map((_, i) => (i === 5 ? 'completed' : 'in_progress')));
  });

  it('can be left while they wait, which asks for nothing', async () => {
    const { watch, carried, finish, pass, requests, clock } = crowd();
    const viewers = watch(tasks(410));
    await pass();
    for (const viewer of viewers.slice(400, 409)) viewer.leave();
    await pass(1_000);
    expect(requests.length).toBe(4);
    finish(['t0']);
    await pass();
    expect([requests.length, carried().has('t409'), carried().has('t400')]).toEqual([5, true, false]);
    for (const viewer of viewers) viewer.leave();
    expect(clock.pending).toBe(0);
  });

  it('get a last read at their deadline, also while they wait', async () => {
    const { remote, pass, clock } = crowd({
      respond: (request) =>
        void (request.path.includes('/events')
          ? request.open()
          : request.answer(200, snapshotOf('completed', { task: ref('t400') }))),
    });
    const client = createClient(remote, { scheduler: clock, deadlineMs: 30_000 });
    const viewers = tasks(401).map((task) => new Viewer(client.watch(task)));
    await pass(29_000);
    expect(viewers[400]?.heard).toEqual([]);
    await pass(2_000);
    expect([viewers[400]?.end, viewers[400]?.last?.status]).toEqual(['complete', 'completed']);
  });

  it('share a connection with whom it has room for, long names or short', async () => {
    const { watch, carried, finish, pass, requests, peak } = crowd();
    const long = Array.from({ length: 300 }, (_, i) => ref(`${i}-${'x'.repeat(196)}`));
    const all = [...long, ...tasks(50)];
    const viewers = watch(all);
    await pass();
    expect(requests.length).toBe(most);
    for (let round = 0; round < 1_000 && viewers.some(({ end }) => !end); round++) {
      const now = carried();
      const live = viewers.filter(({ end }) => !end).map((viewer) => all[viewers.indexOf(viewer)]?.id ?? '');
      finish(live.filter((id) => now.has(id)).slice(0, 20));
      await pass();
    }
    expect(viewers.every(({ end }) => end === 'complete')).toBe(true);
    expect(Math.max(...requests.map(({ path }) => base.length + path.length))).toBeLessThanOrEqual(8_000);
    expect(peak()).toBe(most);
  });

  it('take no further connection when those that stand are woken, and wake those that wait for nothing', async () => {
    const wake = new Subject<void>();
    const { watch, connected, carried, pass, requests, peak } = crowd({ wake });
    watch(tasks(450));
    await pass(30_000);
    wake.next();
    await pass();
    expect([requests.length, connected().length, peak(), carried().size]).toEqual([8, most, most, 400]);
    expect(carried().has('t400')).toBe(false);
  });

  it('give up connections that are deserted, and take their place', async () => {
    const { watch, connected, carried, pass, nth, peak } = crowd();
    const viewers = watch(tasks(450));
    await pass();
    for (const viewer of viewers.slice(0, 60)) viewer.leave();
    await pass();
    expect(carried()).toEqual(new Set(tasks(390, 60).map(({ id }) => id)));
    nth(1).break();
    await pass(2_000);
    expect([connected().length, peak(), carried().size]).toEqual([most, most, 390]);
  });

  it.each([1, 2, 3, 7])('have no more connections than they are given: %i', async (maxConnections) => {
    const { watch, carried, finish, pass, peak } = crowd({ maxConnections });
    const viewers: Viewer[] = [];
    for (let i = 0; i < 8; i++) {
      viewers.push(...watch(tasks(60, i * 100)), ...watch(tasks(40, i * 100 + 60)));
      await pass(5);
    }
    expect(carried().size).toBeLessThanOrEqual(maxConnections * 100);
    for (let round = 0; round < 100 && viewers.some(({ end }) => !end); round++) {
      finish(carried());
      await pass();
    }
    expect(viewers.every(({ end }) => end === 'complete')).toBe(true);
    expect(peak()).toBe(maxConnections);
  });

  it('come to their end before a gateway that takes fewer on one connection than are asked for', async () => {
    const { watch, carried, finish, pass, requests, peak } = crowd({
      respond: (request) => {
        if (request.ids.length > 30) request.answer(403, { code: 'UNAUTHORIZED', message: 'too many' });
        else request.open();
      },
    });
    const viewers = watch(tasks(500));
    await pass(1_000);
    expect(carried()).toEqual(new Set(tasks(120).map(({ id }) => id)));
    const refused = requests.filter(({ ids }) => ids.length > 30).length;
    for (let round = 0; round < 100 && viewers.some(({ end }) => !end); round++) {
      finish(carried());
      await pass();
    }
    expect(viewers.every(({ end }) => end === 'complete')).toBe(true);
    expect([refused < 40, requests.filter(({ ids }) => ids.length > 30).length, peak()]).toEqual([true, refused, most]);
    watch(tasks(100));
    await pass(1_000);
    expect(requests.some(({ ids }, nth) => nth > refused && ids.length === 100)).toBe(true);
  });

  it('go by the fewest that a gateway took together', async () => {
    const { watch, pass, connected, requests } = crowd({
      respond: (request) => {
        const limit = request.ids.some((id) => id.length < 4) ? 15 : 30;
        if (request.ids.length > limit) request.answer(400, { code: 'INVALID_ARGUMENT', message: 'too many' });
        else request.open();
      },
    });
    watch(tasks(200));
    await pass(1_000);
    expect([connected().map(({ ids }) => ids.length), requests.length]).toEqual([[15, 15, 15, 15], 23]);
  });

  it('push nobody off a connection that stands, whatever the gateway takes by now', async () => {
    const { watch, pass, carried } = crowd({
      maxConnections: 2,
      respond: (request, nth) => {
        if (nth > 0 && request.ids.length > 1) request.answer(403, { code: 'UNAUTHORIZED', message: 'too many' });
        else request.open();
      },
    });
    watch(tasks(3));
    await pass();
    watch([ref('b0'), ref('b1')]);
    await pass(1_000);
    watch([ref('t0'), ref('t0'), ref('t0')]);
    await pass(1_000);
    expect(carried()).toEqual(new Set(['t0', 't1', 't2', 'b0']));
  });
});
