import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RushesError, type Snapshot, type TaskRef } from '../../../src/index.js';
import { toNodeListener } from '../../../src/node.js';
import { allEndedId, endId, lostId, snapshotId } from '../../../src/sse/wire/event-id.js';
import { eventsPath } from '../../../src/sse/wire/task-address.js';
import { isTerminal } from '../../../src/task/snapshot.js';
import { statuses } from '../../task/snapshots.js';
import { aTask, at, messagesIn, snapshotOf, stage, statusesIn, taskUrl, Viewer } from './stage.js';

const other: TaskRef = { provider: 'ark', id: 'a/b?c' };
const many = at(eventsPath([aTask, other]));
const lastSeen = (id: string) => ({ headers: { 'last-event-id': id } });

describe('the events of a task', () => {
  it('are one unnamed message each, then an end', async () => {
    const { handle, news, clock } = stage();
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    viewer.all();
    const said = [
      snapshotOf('queued'),
      snapshotOf('in_progress', { progress: 50 }),
      snapshotOf('completed', { videoUrl: 'https://cdn.test/1' }),
    ];
    for (const snapshot of said) {
      news.say(snapshot);
      await clock.advance(1);
    }
    expect(viewer.outcome).toBe('closed');
    const shown = [said[0], said[1], snapshotOf('completed')] as Snapshot[];
    expect(viewer.messages).toEqual([
      ...shown.map((snapshot) => ({ event: 'message', id: snapshotId(snapshot), data: JSON.stringify(snapshot) })),
      { event: 'end', id: '', data: '{}' },
    ]);
    expect(viewer.text.startsWith('retry: 2500\n\n')).toBe(true);
    expect(viewer.messages.at(-2)?.id).toBe(endId(aTask));
  });

  it('say that the task was lost, with the error, and then close', async () => {
    const { handle, news, clock } = stage();
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    viewer.all();
    news.say(snapshotOf('queued'));
    await clock.advance(1);
    news.lose(aTask, new RushesError('DEADLINE', 'too long'));
    await clock.advance(1);
    expect(viewer.outcome).toBe('closed');
    expect(viewer.messages.at(-1)).toEqual({
      event: 'lost',
      id: lostId(aTask),
      data: JSON.stringify({ code: 'DEADLINE', message: 'too long', task: aTask, status: 'queued' }),
    });
    expect(viewer.text).not.toContain('event: end');
  });

  it('of many are task events, a lost one too; the last one stands for all, and then comes the end', async () => {
    const { handle, news, clock } = stage();
    const viewer = new Viewer(await handle(new Request(many)));
    viewer.all();
    news.say(snapshotOf('queued'));
    await clock.advance(1);
    news.lose(other, new RushesError('NOT_FOUND', 'no such task'));
    await clock.advance(1);
    news.say(snapshotOf('failed'));
    await clock.advance(1);
    expect(viewer.outcome).toBe('closed');
    const event = (status: 'queued' | 'failed') => ({ kind: 'snapshot', task: aTask, snapshot: snapshotOf(status) });
    expect(viewer.messages.map(({ data }) => JSON.parse(data))).toEqual([
      event('queued'),
      { kind: 'lost', task: other, error: { code: 'NOT_FOUND', message: 'no such task', task: other } },
      event('failed'),
      {},
    ]);
    expect(viewer.messages.map(({ id }) => id)).toEqual([
      snapshotId(snapshotOf('queued')),
      lostId(other),
      allEndedId([other, aTask]),
      '',
    ]);
    expect(viewer.messages.map(({ event: name }) => name)).toEqual(['message', 'message', 'message', 'end']);
  });

  it('of a task that is named twice come once', async () => {
    const { handle, news } = stage();
    news.say(snapshotOf('completed'));
    const response = await handle(new Request(at(eventsPath([aTask, aTask]))));
    expect(messagesIn(await response.text())).toHaveLength(2);
  });

  it('are over for whoever has seen the end, at any instance and without a request upstream', async () => {
    for (const [url, id] of [
      [`${taskUrl()}/events`, endId(aTask)],
      [`${taskUrl()}/events`, lostId(aTask)],
      [many, allEndedId([other, aTask])],
      [at(eventsPath([aTask])), allEndedId([aTask])],
    ] as const) {
      const { handle, news, clock } = stage();
      const response = await handle(new Request(url, lastSeen(id)));
      expect([response.status, response.body, news.asked, clock.pending]).toEqual([204, null, [], 0]);
    }
  });

  it.each([
    ['of a live snapshot', `${taskUrl()}/events`, snapshotId(snapshotOf('completed', {})).replace('end', 'live')],
    ['of another task', `${taskUrl()}/events`, endId(other)],
    ['of a set of one', `${taskUrl()}/events`, allEndedId([aTask])],
    ['of one of many', many, endId(aTask)],
    ['of another set', many, allEndedId([aTask])],
    ['that nobody gave', many, 'end-'],
    ['that is empty', many, ''],
  ])('come to whoever names an id %s', async (_, url, id) => {
    const { handle, news } = stage();
    for (const task of [aTask, other]) news.say(snapshotOf('completed', { task }));
    const response = await handle(new Request(url, lastSeen(id)));
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('event: end')]);
  });

  it('are not said again when a projection makes them the same', async () => {
    const { handle, news, clock } = stage();
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    viewer.all();
    for (const raw of [1, 2, 3]) {
      news.say(snapshotOf('in_progress', { raw }));
      await clock.advance(1);
    }
    expect(viewer.messages).toHaveLength(1);
  });

  it('have a comment between them when nothing happens', async () => {
    const { handle, news, clock } = stage();
    news.say(snapshotOf('queued'));
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    viewer.all();
    await clock.advance(10_000);
    news.say(snapshotOf('in_progress'));
    await clock.advance(14_999);
    expect(viewer.text).not.toMatch(/^:/m);
    await clock.advance(1);
    expect(viewer.text.endsWith('\n\n:\n\n')).toBe(true);
    await clock.advance(15_000);
    expect(viewer.text.endsWith('\n\n:\n\n:\n\n')).toBe(true);
    expect(viewer.messages).toHaveLength(2);
    await viewer.leave();
  });

  it('have those comments too while all that happens is projected away', async () => {
    const { handle, news, clock } = stage();
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    viewer.all();
    for (let raw = 0; raw < 24; raw++) {
      news.say(snapshotOf('in_progress', { raw }));
      await clock.advance(5_000);
    }
    expect(viewer.messages).toHaveLength(1);
    expect(viewer.text.match(/^:$/gm)).toHaveLength(8);
    await viewer.leave();
  });

  it('have an id that says how the task stands, not how it is shown', async () => {
    const project = (): Snapshot => snapshotOf('completed');
    const { handle, news, clock } = stage({ project });
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    viewer.all();
    news.say(snapshotOf('queued'));
    await clock.advance(1);
    expect(viewer.messages.map(({ id }) => id)).toEqual([expect.stringMatching(/^live-/)]);
    await viewer.leave();
  });

  it.each([
    ['one task', `${taskUrl()}/events`],
    ['many', many],
  ])('of %s that wait to be read are not shown to whoever may no longer see them', async (_, url) => {
    for (const how of ['revoked', 'closed', 'aborted'] as const) {
      let may = true;
      const [stop, gone] = [new AbortController(), new AbortController()];
      const { handle, news, clock } = stage({
        ...{ authorize: () => may, reauthorizeMs: 10_000, stallTimeoutMs: 600_000, signal: stop.signal },
      });
      const viewer = new Viewer(await handle(new Request(url, { signal: gone.signal })));
      await viewer.once();
      for (const task of [aTask, other]) news.say(snapshotOf('completed', { task }));
      await clock.advance(1_000);
      if (how === 'revoked') may = false;
      else (how === 'closed' ? stop : gone).abort();
      await clock.advance(10_000);
      expect([how, (await viewer.all()).outcome, viewer.messages]).toEqual([how, 'closed', []]);
      await clock.advance(60_000);
      expect([news.watched.size, clock.pending]).toEqual([0, 0]);
    }
  });

  it('close within the hour, without an end, and not for all at once', async () => {
    for (const [random, ms] of [
      [0, 3_600_000],
      [0.999, 2_880_720],
    ] as const) {
      const { handle, clock, news } = stage({ random: () => random });
      const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
      viewer.all();
      news.say(snapshotOf('queued'));
      await clock.advance(ms - 1);
      expect(viewer.outcome).toBe('open');
      await clock.advance(1);
      expect(viewer.outcome).toBe('closed');
      expect(viewer.text).not.toContain('event:');
    }
  });

  it('break for a viewer who takes nothing for 30 s, which is then let go', async () => {
    const { handle, news, clock } = stage();
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    await viewer.once();
    await clock.advance(14_000);
    news.say(snapshotOf('queued'));
    await clock.advance(29_999);
    expect(news.watched.size).toBe(1);
    await clock.advance(1);
    expect((await viewer.all()).outcome).toBe('broken');
    await clock.advance(10_000);
    expect([news.watched.size, clock.pending]).toEqual([0, 0]);
  });

  it('break for a viewer who does not even take a comment', async () => {
    const { handle, news, clock } = stage();
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    await viewer.once();
    await clock.advance(44_999);
    expect(news.watched.size).toBe(1);
    await clock.advance(1);
    expect((await viewer.all()).outcome).toBe('broken');
    await clock.advance(10_000);
    expect([news.watched.size, clock.pending]).toEqual([0, 0]);
  });

  it('do not break for a viewer who is slow, but reads', async () => {
    const { handle, news, clock } = stage();
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    for (let i = 0; i < 10; i++) {
      await viewer.once();
      news.say(snapshotOf('in_progress', { progress: i }));
      await clock.advance(29_000);
    }
    expect(viewer.outcome).toBe('open');
    await viewer.leave();
  });

  it('leave nothing behind when the viewer goes', async () => {
    for (const leave of ['cancel', 'abort'] as const) {
      const { handle, news, clock } = stage();
      const gone = new AbortController();
      const viewer = new Viewer(await handle(new Request(many, { signal: gone.signal })));
      viewer.all();
      news.say(snapshotOf('queued'));
      await clock.advance(1);
      if (leave === 'abort') gone.abort();
      else await viewer.leave();
      await clock.advance(10_000);
      expect([news.watched.size, clock.pending]).toEqual([0, 0]);
    }
  });

  it('break when a projection throws, which only the application learns', async () => {
    const project = () => {
      throw new Error('secret');
    };
    const { handle, news, clock, errors } = stage({ project });
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    viewer.all();
    news.say(snapshotOf('queued'));
    await clock.advance(1);
    expect([viewer.outcome, viewer.text.includes('secret'), errors]).toEqual(['broken', false, [new Error('secret')]]);
    await clock.advance(10_000);
    expect(clock.pending).toBe(0);
  });
});

describe('a slow viewer', () => {
  const tasks: readonly TaskRef[] = [aTask, other, { provider: 'ark', id: 'third' }];
  const step = fc.oneof(
    fc.record({ task: fc.nat(2), status: fc.constantFrom(...statuses), progress: fc.nat(100) }),
    fc.record({ task: fc.nat(2), lost: fc.constant(true) }),
    fc.constant('read' as const),
  );

  it('is never owed more than the latest of each task, and misses no end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { handle, news, clock } = stage({ stallTimeoutMs: 600_000 });
        const viewer = new Viewer(await handle(new Request(at(eventsPath(tasks)))));
        const ended = new Map<TaskRef, string>();
        const unread = new Map<TaskRef, string>();
        await viewer.once();
        for (const each of steps) {
          if (each === 'read') {
            if (unread.size === 0) continue;
            const told = messagesIn(await viewer.once()).filter(({ event }) => event === 'message');
            expect(told.length).toBeLessThanOrEqual(unread.size);
            unread.clear();
            continue;
          }
          const task = tasks[each.task] as TaskRef;
          if (ended.has(task)) continue;
          if ('lost' in each) {
            news.lose(task, new RushesError('DEADLINE', 'lost'));
            ended.set(task, 'lost');
            unread.set(task, 'lost');
          } else {
            const snapshot = snapshotOf(each.status, { task, progress: each.progress });
            news.say(snapshot);
            if (isTerminal(snapshot)) ended.set(task, each.status);
            // The same as before is no news.
            if (JSON.stringify(snapshot) !== unread.get(task)) unread.set(task, JSON.stringify(snapshot));
          }
          await clock.advance(1);
        }
        const reading = viewer.all();
        await clock.advance(10);
        await viewer.leave().catch(() => undefined);
        await reading;
        const events = viewer.messages.filter(({ event }) => event === 'message').map(({ data }) => JSON.parse(data));
        for (const [task, how] of ended) {
          const own = events.filter((event) => event.task.id === task.id);
          const ends = own.filter(({ kind, snapshot }) => kind === 'lost' || isTerminal(snapshot));
          expect(ends).toHaveLength(1);
          expect(own.at(-1)).toBe(ends[0]);
          expect(ends[0].kind === 'lost' ? 'lost' : ends[0].snapshot.status).toBe(how);
        }
        expect(viewer.messages.some(({ event }) => event === 'end')).toBe(ended.size === tasks.length);
      }),
      { numRuns: 60 },
    );
  });

  it('gets the latest instead of all that was', async () => {
    const { handle, news, clock } = stage();
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    await viewer.once();
    for (let progress = 0; progress < 100; progress++) news.say(snapshotOf('in_progress', { progress }));
    news.say(snapshotOf('failed'));
    await clock.advance(1);
    expect(statusesIn((await viewer.all()).messages)).toEqual(['failed']);
  });
});

describe('an EventSource as browsers have it', () => {
  it('connects again after the end with the id of the last message, and is told by 204 to stop', async () => {
    const { handle, news } = stage();
    const second = stage();
    news.say(snapshotOf('completed'));
    let handler = handle;
    const server = createServer(toNodeListener((request) => handler(request)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const ask = (id = '') =>
      new Promise<string>((resolve) => {
        let text = '';
        const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () =>
          socket.write(
            `GET /tasks/cometapi/task_1/events HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${id && `Last-Event-ID: ${id}\r\n`}\r\n`,
          ),
        );
        socket.on('data', (data) => {
          text += data;
        });
        socket.on('close', () => resolve(text));
      });
    const first = await ask();
    expect(first).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    const ids = Array.from(first.matchAll(/^id: (.*)$/gm), ([, id]) => id);
    handler = second.handle;
    const again = await ask(ids.at(-1));
    expect(again).toMatch(/^HTTP\/1.1 204 No Content\r\n/);
    expect(second.news.asked).toEqual([]);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
