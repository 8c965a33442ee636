import { NEVER, Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type Activity, cometapi, createClient, type Provider, pollEvery } from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { Reporter } from '../../src/watch/activity.js';
import { body, canary, provider, ref, refused, said } from './scripted.js';
import { held, stage } from './stage.js';
import { Viewer } from './viewer.js';

const cadence = pollEvery(1_000);
const asked = {
  kind: 'asked',
  task: ref,
  request: { method: 'GET', origin: 'https://api.cometapi.com', path: '/v1/videos/{id}' },
};

describe('activity', () => {
  it('tells of each request, answer and wait, in order', async () => {
    const { clock, client, listen, activity } = stage([said('queued'), said('completed')], { cadence });
    listen();
    const viewer = new Viewer(client.watch(ref));
    expect(activity).toEqual([]);
    await clock.advance(5_000);
    const [queued, completed] = viewer.heard;
    expect(activity).toEqual([
      asked,
      { kind: 'answered', task: ref, status: 200, snapshot: queued },
      { kind: 'waiting', task: ref, waitMs: 1_000 },
      asked,
      { kind: 'answered', task: ref, status: 200, snapshot: completed },
    ]);
    for (const act of activity) expect(Object.isFrozen(act)).toBe(true);
  });

  it('tells how old an answer from a cache is', async () => {
    const answers = [refused(200, body('queued'), { age: '30' }), refused(200, body('completed'), { age: 'old' })];
    const { clock, client, listen, activity } = stage(answers, { cadence });
    listen();
    new Viewer(client.watch(ref));
    await clock.advance(5_000);
    const ages = activity.filter(({ kind }) => kind === 'answered');
    expect(ages.map((act) => 'ageSeconds' in act && act.ageSeconds)).toEqual([30, false]);
  });

  it('tells of passing trouble, and when it is tried again', async () => {
    const { clock, client, listen, activity } = stage([refused(502), said('completed')], { cadence });
    listen();
    new Viewer(client.watch(ref));
    await clock.advance(5_000);
    expect(activity).toMatchObject([
      asked,
      { kind: 'retrying', task: ref, error: { code: 'UNAVAILABLE', task: ref }, waitMs: 500 },
      asked,
      { kind: 'answered' },
    ]);
  });

  it.each([
    [429, 'RATE_LIMITED'],
    [503, 'UNAVAILABLE'],
  ])('tells of a pause that a %i asks for', async (status, code) => {
    const busy = refused(status, '', { 'retry-after': '5' });
    const { clock, client, listen, activity } = stage([busy, said('completed')], { cadence });
    listen();
    new Viewer(client.watch(ref));
    await clock.advance(10_000);
    expect(activity).toMatchObject([
      asked,
      { kind: 'throttled', provider: 'cometapi', origin: 'https://api.cometapi.com', pauseMs: 5_000 },
      { kind: 'retrying', error: { code, retryAfterMs: 5_000 }, waitMs: 5_500 },
      asked,
      { kind: 'answered' },
    ]);
  });

  it.each([
    [429, {}],
    [500, { 'retry-after': '5' }],
    [502, { 'retry-after': '5' }],
  ] as const)('tells of no pause at a %i with %j', async (status, headers) => {
    const { clock, client, listen, kinds } = stage([refused(status, '', headers), said('completed')]);
    listen();
    new Viewer(client.watch(ref));
    await clock.advance(10_000);
    expect(kinds()).toEqual(['asked', 'retrying', 'asked', 'answered']);
  });

  it('tells of a wait that was ended, once, however often it is ended', async () => {
    const wake = new Subject<void>();
    const { clock, client, listen, activity, kinds } = stage([said('queued')], { cadence, wake });
    listen();
    new Viewer(client.watch(ref));
    await clock.advance(500);
    for (let i = 0; i < 5; i++) wake.next();
    await clock.advance(50);
    expect(kinds()).toEqual(['asked', 'answered', 'waiting', 'woken', 'asked']);
    expect(activity[3]).toEqual({ kind: 'woken', task: ref });
  });

  it('tells of no wake where there is nothing to end: a pause, a read', async () => {
    const wake = new Subject<void>();
    const { clock, client, listen, kinds } = stage([refused(200, body('queued'), { 'retry-after': '5' })], { wake });
    listen();
    new Viewer(client.watch(ref));
    await clock.advance(50);
    wake.next();
    await clock.advance(100);
    wake.next();
    await clock.advance(100);
    expect(kinds()).toEqual(['asked', 'answered', 'waiting']);
  });

  it('tells of a lost watch, once for all who watch', async () => {
    const { clock, client, listen, activity } = stage([said('queued'), refused(401)], { cadence });
    listen();
    const viewers = [new Viewer(client.watch(ref)), new Viewer(client.watch(ref))];
    await clock.advance(5_000);
    const lost = activity.filter(({ kind }) => kind === 'lost');
    expect(lost).toEqual([{ kind: 'lost', task: ref, error: viewers[0]?.error }]);
    expect(lost[0]).toMatchObject({ error: { code: 'UNAUTHORIZED', task: ref, lastSnapshot: { status: 'queued' } } });
  });

  it('tells nothing of a task that is known to have ended', () => {
    const { client, listen, activity } = stage([]);
    listen();
    new Viewer(client.watch(held('completed')));
    expect(activity).toEqual([]);
  });

  it('is that of its client only', async () => {
    const { clock, client, listen, kinds } = stage([said('completed')]);
    listen();
    new Viewer(client.with({}).watch(ref));
    await clock.advance(100);
    expect(kinds()).toEqual([]);
  });

  it('over a backend is silent', () => {
    const activity: Activity[] = [];
    const client = createClient(() => NEVER);
    client.activity.subscribe((act) => activity.push(act));
    new Viewer(client.watch(ref));
    expect(activity).toEqual([]);
  });
});

describe('what activity may not tell', () => {
  it('is the key, a query or an id in a path, whatever the server echoes', async () => {
    const echo = JSON.stringify({
      error: { message: `bad key ${canary} Bearer ${canary} https://u:p@h.test/x?sig=1` },
    });
    const answers = [
      refused(500, echo),
      refused(429, echo, { 'retry-after': '1' }),
      said('queued'),
      refused(403, echo),
    ];
    const over = cometapi({ apiKey: canary, baseUrl: 'https://gateway.test/tenant' });
    const { clock, client, listen, activity, kinds } = stage(answers, { over, cadence });
    listen();
    new Viewer(client.watch('task_1'));
    await clock.advance(10_000);
    expect(kinds()).toContain('lost');
    const { inspect } = await import('node:util');
    const shown = inspect(activity, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(activity);
    for (const secret of [canary, btoa(canary), 'sig=1', 'u:p@']) expect(shown).not.toContain(secret);
    const requests = activity.flatMap((act) => (act.kind === 'asked' ? [act.request] : []));
    expect(new Set(requests.map((line) => JSON.stringify(line)))).toEqual(
      new Set(['{"method":"GET","origin":"https://gateway.test","path":"/v1/videos/{id}"}']),
    );
  });
});

describe('a listener', () => {
  it('that comes late hears nothing old', async () => {
    const { clock, client, listen, kinds } = stage([said('queued')], { cadence });
    new Viewer(client.watch(ref));
    await clock.advance(500);
    listen();
    expect(kinds()).toEqual([]);
    await clock.advance(700);
    expect(kinds()).toEqual(['asked', 'answered', 'waiting']);
  });

  it('is one of many, and may leave', async () => {
    const { clock, client, listen, kinds } = stage([said('queued')], { cadence });
    const heard: Activity[] = [];
    client.activity.subscribe((act) => heard.push(act));
    const subscription = listen();
    new Viewer(client.watch(ref));
    await clock.advance(50);
    subscription.unsubscribe();
    await clock.advance(500);
    expect([kinds(), heard.length]).toEqual([['asked'], 3]);
  });

  it('that there is none of costs nothing', async () => {
    const reporter = new Reporter();
    const make = vi.fn(() => ({ kind: 'woken', task: ref }) as const);
    reporter.report(make);
    expect(make).not.toHaveBeenCalled();
    reporter.activity.subscribe().unsubscribe();
    reporter.report(make);
    expect(make).not.toHaveBeenCalled();

    const comet = provider();
    const ask = vi.fn(comet.ask);
    const { clock, client } = stage([said('completed')], { over: { ...comet, ask } as Provider });
    new Viewer(client.watch(ref));
    await clock.advance(100);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('cannot speak itself', () => {
    const { activity } = createClient(() => NEVER, { scheduler: createClock() });
    expect('next' in activity).toBe(false);
  });
});
