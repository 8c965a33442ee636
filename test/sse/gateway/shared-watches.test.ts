import { describe, expect, it } from 'vitest';
import { RushesError, type TaskRef } from '../../../src/index.js';
import { ConnectionCounts } from '../../../src/sse/gateway/connection-counts.js';
import { eventsPath } from '../../../src/sse/wire/task-address.js';
import { aTask, at, snapshotOf, stage, taskUrl, Viewer } from './stage.js';

const nth = (i: number): TaskRef => ({ provider: 'cometapi', id: `task_${i}` });
const notFound = new RushesError('NOT_FOUND', 'no such task');
const principal = (request: Request) => request.headers.get('x-user') ?? '';
const as = (user: string) => ({ headers: { 'x-user': user } });

describe('the tasks of a gateway', () => {
  it('are each watched once, however many look, and on whichever route', async () => {
    const { handle, news, clock } = stage();
    news.say(snapshotOf('in_progress'));
    const viewers = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const url = i % 2 ? `${taskUrl()}/events` : at(eventsPath([aTask]));
        return new Viewer(await handle(new Request(url)));
      }),
    );
    for (let i = 0; i < 10; i++) expect((await handle(new Request(taskUrl()))).status).toBe(200);
    expect(news.asked).toEqual(['cometapi/task_1']);
    await Promise.all(viewers.map((viewer) => viewer.leave()));
    await clock.advance(10_000);
    expect([news.watched.size, clock.pending]).toEqual([0, 0]);
  });

  it('are held for whoever comes again soon', async () => {
    const { handle, news, clock } = stage();
    news.say(snapshotOf('in_progress'));
    for (let i = 0; i < 20; i++) {
      await handle(new Request(taskUrl()));
      await clock.advance(9_999);
    }
    expect(news.asked).toHaveLength(1);
    await clock.advance(1);
    expect(news.watched.size).toBe(0);
    await handle(new Request(taskUrl()));
    expect(news.asked).toHaveLength(2);
  });

  it('count for a viewer who came back in time, for as long as it looks', async () => {
    const { handle, news, clock } = stage({ principal, limits: { tasksPerPrincipal: 1 } });
    news.say(snapshotOf('in_progress'));
    await handle(new Request(taskUrl(), as('alice')));
    await clock.advance(5_000);
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`, as('alice'))));
    viewer.all();
    await clock.advance(20_000);
    news.say(snapshotOf('queued', { task: nth(2) }));
    expect((await handle(new Request(taskUrl(nth(2)), as('alice')))).status).toBe(429);
    expect(news.asked).toHaveLength(1);
    await viewer.leave();
    await clock.advance(10_000);
    expect([news.watched.size, clock.pending]).toEqual([0, 0]);
  });

  it('are remembered for a minute once they have ended, or are known not to be', async () => {
    const { handle, news, clock } = stage();
    news.say(snapshotOf('completed'));
    expect((await handle(new Request(taskUrl()))).status).toBe(200);
    const missing = taskUrl(nth(2));
    const first = handle(new Request(missing));
    await clock.advance(0);
    news.lose(nth(2), notFound);
    expect((await first).status).toBe(404);
    for (let i = 0; i < 5; i++) {
      await clock.advance(10_000);
      expect((await handle(new Request(taskUrl()))).status).toBe(200);
      expect((await handle(new Request(missing))).status).toBe(404);
    }
    expect(news.asked).toHaveLength(2);
    await clock.advance(10_000);
    await handle(new Request(taskUrl()));
    expect(news.asked).toHaveLength(3);
    await clock.advance(60_000);
    expect([news.watched.size, clock.pending]).toEqual([0, 0]);
  });

  it('are remembered too when nobody was there to see the end', async () => {
    const { handle, news, clock } = stage();
    news.say(snapshotOf('queued'));
    await handle(new Request(taskUrl()));
    await clock.advance(5_000);
    news.say(snapshotOf('completed'));
    await clock.advance(59_000);
    expect(await (await handle(new Request(taskUrl()))).json()).toEqual(snapshotOf('completed'));
    expect(news.asked).toHaveLength(1);
    await clock.advance(120_000);
    expect(clock.pending).toBe(0);
  });

  it('go on past the deadline of the first viewer for whoever came later, and for nobody else', async () => {
    const { handle, news, clock } = stage();
    news.say(snapshotOf('in_progress'));
    const first = new Viewer(await handle(new Request(`${taskUrl()}/events`))).all();
    await clock.advance(1_000);
    const later = new Viewer(await handle(new Request(`${taskUrl()}/events`))).all();
    await clock.advance(1_000);
    news.lose(aTask, new RushesError('DEADLINE', 'late', { task: aTask, retryable: true }));
    await clock.advance(0);
    expect((await first).messages.at(-1)?.event).toBe('lost');
    expect(news.asked).toHaveLength(2);
    news.say(snapshotOf('completed'));
    await clock.advance(0);
    expect((await later).messages.map(({ event }) => event)).toEqual(['message', 'message', 'end']);
  });

  it('are asked about anew after what may pass', async () => {
    const { handle, news, clock } = stage();
    const first = handle(new Request(taskUrl()));
    await clock.advance(0);
    news.lose(aTask, new RushesError('UNAVAILABLE', 'down', { retryable: true }));
    expect((await first).status).toBe(502);
    news.say(snapshotOf('queued'));
    expect((await handle(new Request(taskUrl()))).status).toBe(200);
    expect(news.asked).toHaveLength(2);
  });

  it('are not asked about more than a viewer may have, though it makes up 10,000 ids', async () => {
    const asked: string[] = [];
    const { handle, clock } = stage(
      { principal, limits: { tasksPerPrincipal: 200 } },
      {
        watch: ({ id }) => {
          asked.push(id);
          throw notFound;
        },
      },
    );
    const count = new Map<number, number>();
    for (let i = 0; i < 10_000; i++) {
      const path = i % 3 === 0 ? '' : i % 3 === 1 ? '/events' : '/content';
      const response = await handle(new Request(taskUrl(nth(i)) + path, as('mallory')));
      await response.text();
      count.set(response.status, (count.get(response.status) ?? 0) + 1);
      if (response.status === 429) expect(response.headers.get('retry-after')).toBe('60');
    }
    expect(asked).toHaveLength(200);
    expect(count.get(429)).toBe(9_800);
    expect((await handle(new Request(taskUrl(nth(0)), as('mallory')))).status).toBe(404);
    expect((await handle(new Request(taskUrl(nth(99_999)), as('alice')))).status).toBe(404);
    expect(asked).toHaveLength(201);
    await clock.advance(60_000);
    expect((await handle(new Request(taskUrl(nth(5_000)), as('mallory')))).status).toBe(404);
    await clock.advance(60_000);
    expect(clock.pending).toBe(0);
  });

  it('are limited only in total where nobody says who asks', async () => {
    const { handle, news } = stage({ limits: { tasksPerPrincipal: 1, connectionsPerPrincipal: 1 } });
    for (const i of [1, 2, 3]) news.say(snapshotOf('queued', { task: nth(i) }));
    const viewers = await Promise.all(
      [[nth(1), nth(2)], [nth(3)]].map((tasks) => handle(new Request(at(eventsPath(tasks))))),
    );
    expect(viewers.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('leave the others their turn', async () => {
    const { handle, news, clock } = stage({ principal, limits: { tasksPerPrincipal: 2 } });
    const alice = new Viewer(await handle(new Request(`${taskUrl()}/events`, as('alice'))));
    alice.all();
    for (let i = 0; i < 50; i++) handle(new Request(taskUrl(nth(i)), as('mallory')));
    await clock.advance(0);
    news.say(snapshotOf('completed'));
    await clock.advance(0);
    expect(alice.outcome).toBe('closed');
    expect(news.asked).toHaveLength(2);
  });

  it('are limited in total, and those that are there already take no further room', async () => {
    const { handle, news, clock } = stage({ limits: { tasks: 2 } });
    for (const i of [1, 2, 3]) news.say(snapshotOf('queued', { task: nth(i) }));
    const statuses = [];
    for (const i of [1, 2, 3, 1]) {
      const response = await handle(new Request(taskUrl(nth(i))));
      statuses.push([response.status, response.headers.get('retry-after')]);
    }
    expect(statuses).toEqual([
      [200, null],
      [200, null],
      [503, '60'],
      [200, null],
    ]);
    expect((await handle(new Request(at(eventsPath([nth(1), nth(3)]))))).status).toBe(503);
    await clock.advance(10_000);
    expect((await handle(new Request(taskUrl(nth(3))))).status).toBe(200);
  });
});

describe('the connections of a gateway', () => {
  it('are limited for each principal and in total, and free when they end, however they end', async () => {
    const { handle, news, clock } = stage({ principal, limits: { connections: 3, connectionsPerPrincipal: 2 } });
    news.say(snapshotOf('queued'));
    const open = async (user: string, signal?: AbortSignal) =>
      handle(new Request(`${taskUrl()}/events`, { ...as(user), ...(signal && { signal }) }));
    const gone = new AbortController();
    const mine = [await open('alice'), await open('alice', gone.signal)];
    const refused = await open('alice');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
    const his = new Viewer(await open('bob'));
    expect((await open('carol')).status).toBe(503);
    gone.abort();
    await mine[0]?.body?.cancel();
    expect((await open('alice')).status).toBe(200);
    expect((await open('carol')).status).toBe(200);
    expect((await open('carol')).status).toBe(503);
    his.all();
    news.say(snapshotOf('completed'));
    await clock.advance(0);
    expect(his.outcome).toBe('closed');
    expect((await open('carol')).status).toBe(200);
  });

  it('are given back once, however often they are left', () => {
    const counts = new ConnectionCounts({ connections: 1, connectionsPerPrincipal: 1 });
    const leave = counts.take('alice');
    for (let i = 0; i < 2; i++) if (typeof leave !== 'string') leave();
    expect([typeof counts.take('bob'), counts.take('carol'), counts.take('bob')]).toEqual([
      'function',
      'all',
      'principal',
    ]);
  });
});
