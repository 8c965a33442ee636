import { describe, expect, it, vi } from 'vitest';
import type { TaskRef } from '../../../src/index.js';
import { gateway } from '../../../src/sse/index.js';
import { aTask, at, snapshotOf, stage, taskUrl, Viewer } from './stage.js';

const json = { 'content-type': 'application/json' };
const denials: readonly (readonly [string, string, RequestInit])[] = [
  ['a known task', '/tasks/cometapi/task_1', {}],
  ['an unknown task', '/tasks/nobody/never', {}],
  ['its events', '/tasks/cometapi/task_1/events', {}],
  ['its events once more', '/tasks/cometapi/task_1/events', { headers: { 'last-event-id': 'end-x' } }],
  ['its video', '/tasks/cometapi/task_1/content', {}],
  ['many', '/events?task=cometapi/task_1&task=ark/other', {}],
  [
    'a create',
    '/tasks',
    { method: 'POST', headers: { ...json, 'idempotency-key': 'k' }, body: '{"model":"m","prompt":"p"}' },
  ],
  ['a create from elsewhere', '/tasks', { method: 'POST', headers: { origin: 'https://evil.test' } }],
  ['a cancel', '/tasks/cometapi/task_1', { method: 'DELETE', headers: json }],
  [
    'a cancel from elsewhere',
    '/tasks/cometapi/task_1',
    { method: 'DELETE', headers: { 'sec-fetch-site': 'same-site' } },
  ],
];

async function bytesOf(response: Response): Promise<string> {
  return JSON.stringify([response.status, [...response.headers], await response.text()]);
}

const never = () => new Promise<boolean>(() => undefined);

describe('authorize', () => {
  it.each([
    ['false', () => false],
    ['undefined', () => undefined],
    ['1', () => 1],
    ['"true"', () => 'true'],
    ['an object', () => ({ ok: true })],
    ['a Boolean object', () => Object(true)],
    ['a Response', () => new Response('yes')],
    ['a promise of 1', async () => 1],
    ['a throw', () => Promise.reject(new Error('database is down: postgres://u:pw@db'))],
    [
      'a rejection',
      () => {
        throw new Error('no session');
      },
    ],
    [
      'an error that is none',
      () => {
        throw undefined;
      },
    ],
    ['an Observable of true', () => ({ subscribe: () => undefined })],
  ])('does not grant with %s, and nothing is asked upstream', async (_, authorize) => {
    const { handle, news } = stage({ authorize: authorize as never });
    news.say(snapshotOf('queued'));
    for (const path of ['', '/events', '/content']) {
      expect((await handle(new Request(taskUrl() + path))).status).toBe(403);
    }
    expect(news.asked).toEqual([]);
  });

  it.each([
    ['true', () => true],
    ['a promise of true', async () => true],
  ])('grants with %s', async (_, authorize) => {
    const { handle, news } = stage({ authorize: authorize as never });
    news.say(snapshotOf('queued'));
    expect((await handle(new Request(taskUrl()))).status).toBe(200);
  });

  it('denies in the same bytes on every route, whatever there is and whoever asks', async () => {
    const options = { authorize: () => false, authorizeCreate: () => false, authorizeCancel: () => true };
    const { handle, news } = stage(options);
    news.say(snapshotOf('completed'));
    const answers = await Promise.all(
      denials.map(async ([, path, init]) => bytesOf(await handle(new Request(at(path), init)))),
    );
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('[403,');
    expect(news.asked).toEqual([]);
  });

  it('denies a known and remembered task as it denies any other', async () => {
    let may = true;
    const { handle, news } = stage({ authorize: () => may });
    news.say(snapshotOf('completed'));
    const known = await handle(new Request(`${taskUrl()}/events`));
    await known.text();
    may = false;
    const first = await bytesOf(await handle(new Request(taskUrl())));
    expect(await bytesOf(await handle(new Request(taskUrl({ provider: 'cometapi', id: 'other' }))))).toBe(first);
    expect(first).toContain('403');
  });

  it('denies when it has not answered in time, and says so to the application only', async () => {
    const { handle, clock, news, errors } = stage({ authorize: never });
    let response: Response | undefined;
    handle(new Request(taskUrl())).then((answered) => {
      response = answered;
    });
    await clock.advance(4_999);
    expect(response).toBeUndefined();
    await clock.advance(1);
    expect(response && (await bytesOf(response))).toBe(
      await bytesOf(await stage({ authorize: () => false }).handle(new Request(taskUrl()))),
    );
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('5000 ms') })]);
    expect([news.asked, clock.pending]).toEqual([[], 0]);
  });

  it('is asked about all of 50 tasks, and one denial refuses them all', async () => {
    const tasks = Array.from({ length: 50 }, (_, i) => `cometapi/task_${i}`);
    const asked: string[] = [];
    const authorize = (_: Request, { id }: TaskRef) => asked.push(id) > 0 && id !== 'task_37';
    const { handle, news } = stage({ authorize });
    const url = (list: readonly string[]) => at(`/events?${list.map((task) => `task=${task}`).join('&')}`);
    expect((await handle(new Request(url(tasks)))).status).toBe(403);
    expect(asked).toHaveLength(50);
    expect(news.asked).toEqual([]);
    const allowed = await handle(new Request(url(tasks.filter((task) => !task.endsWith('_37')))));
    expect(allowed.status).toBe(200);
    await allowed.body?.cancel();
  });

  it('is asked before a viewer is told that it has seen the end, or that there is no room', async () => {
    const endId = 'end-c6c12bde04e8b0ca';
    const { handle, news } = stage({ authorize: (request) => !request.headers.has('x-no'), limits: { tasks: 1 } });
    news.say(snapshotOf('completed'));
    const open = await handle(new Request(`${taskUrl()}/events`));
    const id = /id: (end-\w+)/.exec(await open.text())?.[1] ?? endId;
    const seen = { 'last-event-id': id };
    expect((await handle(new Request(`${taskUrl()}/events`, { headers: seen }))).status).toBe(204);
    expect((await handle(new Request(`${taskUrl()}/events`, { headers: { ...seen, 'x-no': '1' } }))).status).toBe(403);
    const other = taskUrl({ provider: 'ark', id: 'x' });
    expect((await handle(new Request(other))).status).toBe(503);
    expect((await handle(new Request(other, { headers: { 'x-no': '1' } }))).status).toBe(403);
  });

  it('is asked again on open streams, and its denial closes them without an end', async () => {
    let may = true;
    const { handle, news, clock } = stage({ authorize: () => may });
    news.say(snapshotOf('in_progress', { progress: 1 }));
    const viewers = await Promise.all(
      [`${taskUrl()}/events`, at('/events?task=cometapi/task_1&task=ark/x')].map(
        async (url) => new Viewer(await handle(new Request(url))),
      ),
    );
    const reading = viewers.map((viewer) => viewer.all());
    await clock.advance(60_000);
    expect(viewers.map(({ outcome }) => outcome)).toEqual(['open', 'open']);
    may = false;
    await clock.advance(30_000);
    expect(viewers.map(({ outcome }) => outcome)).toEqual(['open', 'open']);
    await clock.advance(30_000);
    expect(viewers.map(({ outcome }) => outcome)).toEqual(['closed', 'closed']);
    news.say(snapshotOf('completed'));
    await Promise.all(reading);
    for (const { text } of viewers) expect(text).not.toMatch(/end|completed/);
    await clock.advance(60_000);
    expect([news.watched.size, clock.pending]).toEqual([0, 0]);
  });

  it('keeps what still waits from a viewer who may no longer see it', async () => {
    let may = true;
    const { handle, news, clock } = stage({ authorize: () => may, reauthorizeMs: 10_000 });
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    await viewer.once();
    await clock.advance(9_000);
    news.say(snapshotOf('in_progress'));
    may = false;
    await clock.advance(1_000);
    expect((await viewer.all()).messages).toEqual([]);
    expect(viewer.outcome).toBe('closed');
  });

  it('closes an open stream when it does not answer in time', async () => {
    let hangs = false;
    const { handle, news, clock } = stage({ authorize: () => (hangs ? never() : true) });
    news.say(snapshotOf('in_progress'));
    const viewer = new Viewer(await handle(new Request(`${taskUrl()}/events`)));
    viewer.all();
    hangs = true;
    await clock.advance(64_999);
    expect(viewer.outcome).toBe('open');
    await clock.advance(1);
    expect(viewer.outcome).toBe('closed');
  });

  it('denies when nobody knows who asks', async () => {
    for (const principal of [() => Promise.reject(new Error('no')), () => undefined, never]) {
      const { handle, clock, news, errors } = stage({ principal: principal as never });
      const asking = handle(new Request(taskUrl()));
      await clock.advance(5_000);
      expect((await asking).status).toBe(403);
      expect([news.asked, errors.length]).toEqual([[], 1]);
    }
  });

  it('has what it throws told on the console, scrubbed, where nobody else is told', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const authorize = () => {
      throw new Error('no row for Bearer sk-secret at https://u:pw@db.test/x?token=1');
    };
    const { client } = stage();
    await gateway({ client, authorize })(new Request(`${taskUrl(aTask)}?session=secret`));
    const line = said.mock.calls.flat().join();
    said.mockRestore();
    expect(line).toContain('no row for');
    expect(line).toContain('/tasks/cometapi/task_1');
    expect(line).not.toMatch(/secret|pw|token/);
  });
});
