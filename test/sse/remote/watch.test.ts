import { from, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { isLost } from '../../../src/index.js';
import { remote, remoteDefaults } from '../../../src/sse/index.js';
import { headerScrubber, scrubJson } from '../../../src/sse/remote/headers.js';
import { createClock, snapshotOf } from '../../../src/testing/index.js';
import { Viewer } from '../../watch/viewer.js';
import { eventOf, ref, stage } from './scripted-gateway.js';

const opened = (more = {}) => stage({ respond: (request) => void request.open(), ...more });

describe('a watch over a gateway', () => {
  it('asks for one task at its own address, tells its news, and lets go after the end', async () => {
    const { remote, last, pass, requests, clock } = opened();
    const viewer = new Viewer(remote.watch(ref('a/b ö')));
    expect(requests).toEqual([]);
    await pass();
    expect([last().method, last().path]).toEqual(['GET', '/tasks/test/a%2Fb%20%C3%B6/events']);
    expect(last().headers['accept']).toBe('text/event-stream');
    expect('last-event-id' in last().headers).toBe(false);
    last().say('queued', 'a/b ö').say('in_progress', 'a/b ö', { progress: 40 });
    await pass();
    expect(viewer.heard.map(({ status, progress }) => [status, progress])).toEqual([
      ['queued', undefined],
      ['in_progress', 40],
    ]);
    last().say('completed', 'a/b ö').say('in_progress', 'a/b ö').end();
    await pass();
    expect([viewer.last?.status, viewer.end, viewer.offence]).toEqual(['completed', 'complete', undefined]);
    expect([last().state === 'left' || last().state === 'closed', clock.pending, requests.length]).toEqual([
      true,
      0,
      1,
    ]);
  });

  it('takes a failure for a value', async () => {
    const { remote, last, pass } = opened();
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass();
    last().say('failed', 'a', { error: { message: 'no' } });
    await pass();
    expect([viewer.last?.status, viewer.end]).toEqual(['failed', 'complete']);
  });

  it('reads news that comes in single bytes, in any line ends, over comments and unknown fields', async () => {
    const { remote, last, pass } = opened();
    const viewer = new Viewer(remote.watch(ref('ö')));
    await pass();
    const text = `\uFEFF: hello\r\nretry: 5\r\nfoo: bar\r\nid: x1\r\ndata: ${JSON.stringify(snapshotOf('queued', { task: ref('ö') }))}\r\n\r\n`;
    for (const byte of new TextEncoder().encode(text)) last().send(Uint8Array.of(byte));
    last().send('\n');
    await pass(10);
    expect(viewer.heard.map(({ status }) => status)).toEqual(['queued']);
  });

  it('stops at once when the last has left, whatever it was doing, and leaves no timer', async () => {
    const waits = opened();
    const leaver = new Viewer(waits.remote.watch(ref('a')));
    leaver.leave();
    expect(waits.clock.pending).toBe(0);
    await waits.pass(1_000);
    expect(waits.requests).toEqual([]);

    const asks = stage();
    const asking = new Viewer(asks.remote.watch(ref('a')));
    await asks.pass();
    asking.leave();
    expect([asks.last().state, asks.clock.pending]).toEqual(['left', 0]);

    const listens = opened();
    const listening = new Viewer(listens.remote.watch(ref('a')));
    await listens.pass();
    listens.last().say('queued', 'a');
    await listens.pass();
    listening.leave();
    expect(listens.clock.pending).toBe(0);
    await listens.pass();
    expect(listens.last().state).toBe('left');

    const recovers = stage({ respond: (request) => void request.break() });
    const recovering = new Viewer(recovers.remote.watch(ref('a')));
    await recovers.pass(100);
    expect(recovers.clock.pending).toBe(1);
    recovering.leave();
    expect(recovers.clock.pending).toBe(0);
  });

  it('sends cookies as it is told, and follows no redirect', async () => {
    for (const credentials of [undefined, 'include'] as const) {
      const { remote, pass, last } = opened(credentials && { credentials });
      new Viewer(remote.watch(ref('a')));
      await pass();
      const { init } = last();
      expect([init.credentials, init.redirect, init.cache, init.referrerPolicy]).toEqual([
        credentials ?? 'same-origin',
        'manual',
        'no-store',
        'no-referrer',
      ]);
    }
  });

  it('is as good for two subscribers of one task, of which one leaves', async () => {
    const { remote, requests, last, pass } = opened();
    const [first, second] = [new Viewer(remote.watch(ref('a'))), new Viewer(remote.watch(ref('a')))];
    await pass();
    expect([requests.length, last().path]).toEqual([1, '/tasks/test/a/events']);
    last().say('queued', 'a');
    await pass();
    first.leave();
    last().say('completed', 'a');
    await pass();
    expect([first.heard.length, second.heard.length, second.end]).toEqual([1, 2, 'complete']);
  });
});

describe('a connection that fails', () => {
  it('is made anew after a break, from the message that was heard last', async () => {
    const { remote, last, pass, requests, askedAt } = opened();
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass();
    last().send(`id: id-1\ndata: ${JSON.stringify(snapshotOf('queued', { task: ref('a') }))}\n\n`);
    await pass(5_000);
    last().break();
    await pass(1_000);
    expect(askedAt()).toEqual([0, 5_500]);
    expect(last().headers['last-event-id']).toBe('id-1');
    last().say('completed', 'a');
    await pass();
    expect([viewer.heard.length, viewer.end, requests.length]).toEqual([2, 'complete', 2]);
  });

  it.each(['ümlaut', 'a b', 'x'.repeat(200), 'a\u2028'])('sends back no id that is none of ours (%s)', async (id) => {
    const { remote, last, pass, requests } = opened();
    new Viewer(remote.watch(ref('a')));
    await pass();
    last()
      .send(`id: ${id}\ndata: ${JSON.stringify(snapshotOf('queued', { task: ref('a') }))}\n\n`)
      .close();
    await pass(1_000);
    expect([requests.length, 'last-event-id' in last().headers]).toEqual([2, false]);
  });

  it('backs off with jitter, and gives up when nothing good came for long enough', async () => {
    const draws = [0.1, 0.9, 0.4, 1 - 2 ** -30];
    let drawn = 0;
    const { remote, pass, askedAt, clock } = stage({
      respond: (request) => void request.break(),
      random: () => draws[drawn++ % 4] as number,
      retry: { initialMs: 1_000, maxMs: 4_000, giveUpAfterMs: 20_000 },
    });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass(60_000);
    expect(askedAt().slice(0, 5)).toEqual([0, 100, 1_900, 3_500, 7_500]);
    expect(viewer.error).toMatchObject({ code: 'UNAVAILABLE', task: ref('a'), retryable: true });
    expect([isLost(viewer.error), clock.pending]).toEqual([true, 0]);
    expect(askedAt().at(-1)).toBeLessThanOrEqual(20_000);
  });

  it('is made anew when it was silent for three heartbeats, and heartbeats keep it', async () => {
    const { remote, last, pass, requests, nth } = opened();
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass();
    for (let i = 0; i < 100; i++) {
      last().heartbeat();
      await pass(remoteDefaults.silenceMs - 1);
    }
    expect([requests.length, viewer.end]).toEqual([1, undefined]);
    await pass(2);
    expect(nth(0).state).toBe('left');
    await pass(1_000);
    expect(requests.length).toBe(2);
  });

  it('may be silent for ever when it is told so', async () => {
    const { remote, pass, requests, clock } = opened({ silenceMs: Number.POSITIVE_INFINITY });
    new Viewer(remote.watch(ref('a')));
    await pass(10_000_000);
    expect([requests.length, clock.pending]).toEqual([1, 0]);
  });

  it('costs no patience when it lasted: heartbeats are good news', async () => {
    const { remote, last, pass, requests } = opened({ retry: { giveUpAfterMs: 60_000 } });
    const viewer = new Viewer(remote.watch(ref('a')));
    for (let i = 0; i < 50; i++) {
      await pass(5_000);
      last().heartbeat();
      await pass(40_000);
      last().break();
    }
    expect(viewer.end).toBeUndefined();
    expect(requests.length).toBeGreaterThan(45);
  });

  it.each([{}, { silenceMs: Number.POSITIVE_INFINITY }])(
    'is made anew soon, and without patience, when the gateway closes it in good order: %j',
    async (more) => {
      const { remote, last, pass, askedAt } = opened({ retry: { giveUpAfterMs: 0 }, ...more });
      const viewer = new Viewer(remote.watch(ref('a')));
      await pass();
      for (let i = 0; i < 3; i++) {
        for (let beat = 0; beat < 10; beat++) {
          last().heartbeat();
          await pass(10_000);
        }
        last().close();
        await pass(1_000);
      }
      expect([askedAt(), viewer.end]).toEqual([[0, 100_500, 201_500, 302_500], undefined]);
    },
  );

  it('is made anew ever later when the gateway closes it each time it has said something', async () => {
    const { remote, pass, requests } = stage({
      respond: (request) => void request.open().say('queued', 'a').close(),
    });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass(600_000);
    expect(viewer.end).toBeUndefined();
    expect(requests.length).toBeLessThan(60);
    expect(requests.length).toBeGreaterThan(10);
  });

  it('gives up on a gateway that closes it without a word, or never answers', async () => {
    for (const respond of [(request: { open(): { close(): void } }) => request.open().close(), () => undefined]) {
      const { remote, pass, clock } = stage({ respond });
      const viewer = new Viewer(remote.watch(ref('a')));
      await pass(700_000);
      expect(viewer.error).toMatchObject({ code: 'UNAVAILABLE', task: ref('a'), retryable: true });
      expect(clock.pending).toBe(0);
    }
  });

  it('is made anew at once by a wake, also in place of one that seems to stand', async () => {
    const wake = new Subject<void>();
    const { remote, nth, last, pass, requests, askedAt } = opened({ wake, random: () => 0.999 });
    expect(wake.observed).toBe(false);
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass(100);
    last().say('queued', 'a').break();
    await pass(10);
    wake.next();
    await pass();
    expect(askedAt()).toEqual([0, 110]);
    await pass(5_000);
    wake.next();
    wake.next();
    await pass();
    expect([requests.length, nth(1).state, nth(2).state]).toEqual([3, 'left', 'open']);
    last().say('completed', 'a');
    await pass();
    expect([viewer.offence, viewer.end, wake.observed]).toEqual([undefined, 'complete', false]);
  });

  it('is woken with one request, not two, and not when it was opened just now', async () => {
    const wake = new Subject<void>();
    const { remote, last, pass, requests } = opened({ wake, random: () => 0.999, retry: { initialMs: 4_000 } });
    new Viewer(remote.watch(ref('a')));
    await pass(10_000);
    last().heartbeat();
    await pass();
    last().break();
    await pass(10);
    wake.next();
    await pass(10_000);
    expect(requests.length).toBe(2);
    last().break();
    await pass(10_000);
    expect(requests.length).toBe(3);
    last().heartbeat();
    await pass();
    last().close();
    await pass(3_999);
    wake.next();
    await pass(100);
    expect(requests.length).toBe(4);
  });

  it('is not replaced by a wake while another one is being opened', async () => {
    const wake = new Subject<void>();
    const { remote, pass, requests, nth } = stage({
      wake,
      respond: (request, n) => void (n === 0 && request.open()),
    });
    new Viewer(remote.watch(ref('a')));
    await pass(20_000);
    new Viewer(remote.watch(ref('b')));
    await pass(1_000);
    wake.next();
    await pass(1_000);
    expect([requests.map(({ ids }) => ids.join()), nth(0).state]).toEqual([['a', 'b'], 'open']);
  });

  it('is not woken from a pause that the gateway asked for', async () => {
    const wake = new Subject<void>();
    const { remote, pass, askedAt } = stage({
      wake,
      respond: (request, nth) => void (nth === 0 ? request.answer(429, '', { 'retry-after': '20' }) : request.open()),
    });
    new Viewer(remote.watch(ref('a')));
    await pass(1_000);
    wake.next();
    await pass(18_000);
    wake.next();
    await pass(10_000);
    expect(askedAt()).toEqual([0, 20_500]);
  });

  it('survives a wake that errors or completes', async () => {
    const wake = new Subject<void>();
    const { remote, last, pass } = opened({ wake });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass();
    wake.error(new Error('no'));
    last().say('completed', 'a');
    await pass();
    expect(viewer.end).toBe('complete');
  });
});

describe('what a gateway says', () => {
  const refusals: [number, unknown, object][] = [
    [401, '', { code: 'UNAUTHORIZED', retryable: false }],
    [403, { code: 'UNAUTHORIZED', message: 'not allowed' }, { code: 'UNAUTHORIZED', retryable: false }],
    [404, { code: 'NOT_FOUND', message: 'no such task' }, { code: 'NOT_FOUND', message: 'no such task' }],
    [404, { detail: 'x' }, { code: 'NOT_FOUND', retryable: false }],
    [400, { code: 'INVALID_ARGUMENT', message: 'no' }, { code: 'INVALID_ARGUMENT' }],
    [501, { code: 'UNSUPPORTED', message: 'no' }, { code: 'UNSUPPORTED' }],
    [400, { error: { code: 'REJECTED', message: 'nested' } }, { code: 'REJECTED', message: 'nested' }],
    [422, {}, { code: 'REJECTED' }],
    [200, '<html>login</html>', { code: 'BAD_RESPONSE', retryable: false }],
    [302, '', { code: 'BAD_RESPONSE', retryable: false }],
  ];
  it.each(refusals)('ends a watch at once with %i %j', async (status, body, error) => {
    const { remote, pass, requests, clock } = stage({ respond: (request) => void request.answer(status, body) });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass(100);
    expect(viewer.error).toMatchObject({ ...error, task: ref('a') });
    expect([requests.length, clock.pending]).toEqual([1, 0]);
  });

  it.each([
    [500, ''],
    [502, { code: 'UNAVAILABLE', message: 'x' }],
    [503, '<html>'],
    [408, {}],
    [425, {}],
    [404, '<html>nginx</html>'],
    [200, { hello: 1 }],
  ])('asks again after %i %j', async (status, body) => {
    const { remote, pass, last } = stage({
      respond: (request, nth) => void (nth < 3 ? request.answer(status, body) : request.open()),
    });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass(10_000);
    last().say('completed', 'a');
    await pass();
    expect(viewer.end).toBe('complete');
  });

  it('honours Retry-After of a 503, too, without patience', async () => {
    const { remote, pass, askedAt } = stage({
      retry: { giveUpAfterMs: 1_000 },
      respond: (request, nth) => void (nth === 0 ? request.answer(503, {}, { 'retry-after': '60' }) : request.open()),
    });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass(61_000);
    expect([askedAt(), viewer.end]).toEqual([[0, 60_500], undefined]);
  });

  it('asks for the headers at each connection, once more after a 401 or 403, and then gives up', async () => {
    let asked = 0;
    const { remote, pass, requests, last } = stage({
      headers: async () => ({ Authorization: `Bearer token-${++asked}` }),
      respond: (request, nth) => void (nth === 0 || nth > 1 ? request.answer(nth % 2 ? 403 : 401) : request.open()),
    });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass();
    expect(requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer token-1', 'Bearer token-2']);
    last().say('queued', 'a').break();
    await pass(1_000);
    expect([asked, requests.length]).toEqual([4, 4]);
    expect(viewer.error).toMatchObject({ code: 'UNAUTHORIZED', task: ref('a'), retryable: false });
  });

  it('passes over what is no news, or news of others, and hears what follows', async () => {
    const { remote, last, pass } = opened();
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass();
    const deep = '['.repeat(100_000);
    for (const junk of [
      '{',
      '"x"',
      'null',
      '[]',
      '{"status":"completed"}',
      deep,
      '{"task":{"provider":"test","id":"a"}}',
    ]) {
      last().send(`data: ${junk}\n\n`);
    }
    last().say('completed', 'b').send('event: lost\ndata: {"code":"NOPE"}\n\n').send('event: fun\ndata: {}\n\n');
    last().send(`event: lost\ndata: {"code":"NOT_FOUND","task":{"provider":"test","id":"b"}}\n\n`);
    last().say('queued', 'a');
    await pass();
    expect([viewer.heard.map(({ status }) => status), viewer.end]).toEqual([['queued'], undefined]);
  });

  it.each(['data: garbage\n\n', `data: ${JSON.stringify(snapshotOf('queued', { task: ref('b') }))}\n\n`])(
    'gives a stream of nothing but garbage up in the end: %s',
    async (garbage) => {
      const { remote, pass, connected } = opened();
      const viewer = new Viewer(remote.watch(ref('a')));
      for (let i = 0; i < 700 && !viewer.end; i++) {
        await pass(1_000);
        for (const request of connected()) request.send(garbage);
      }
      expect(viewer.error).toMatchObject({ code: 'BAD_RESPONSE', task: ref('a'), retryable: true });
      expect(connected()).toEqual([]);
    },
  );

  it('calls a stream garbled that fell silent after garbage, though it gave a sign of life', async () => {
    const { remote, pass, last } = opened({ retry: { giveUpAfterMs: 0 } });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass();
    last().send('data: garbage\n\n').heartbeat();
    await pass(50_000);
    expect(viewer.error).toMatchObject({ code: 'BAD_RESPONSE', task: ref('a') });
  });

  it('breaks off a message that is too long, in whatever pieces it comes', async () => {
    for (const pieces of [1, 40]) {
      const { remote, last, nth, pass, requests } = opened();
      const viewer = new Viewer(remote.watch(ref('a')));
      await pass();
      const long = `data: "${'x'.repeat(1_100_000)}"\n\n`;
      for (let i = 0; i < pieces; i++)
        last().send(long.slice((i * long.length) / pieces, ((i + 1) * long.length) / pieces));
      await pass();
      expect([nth(0).state, viewer.end]).toEqual(['left', undefined]);
      await pass(1_000);
      expect(requests.length).toBe(2);
    }
  });

  it('is lost when the gateway has lost it', async () => {
    const { remote, last, pass, clock, requests } = opened();
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass();
    last()
      .say('queued', 'a')
      .send('event: lost\nid: lost-1\ndata: {"code":"DEADLINE","message":"too late"}\n\n')
      .close();
    await pass(60_000);
    expect(viewer.error).toMatchObject({ code: 'DEADLINE', message: 'too late', task: ref('a') });
    expect([clock.pending, requests.length]).toEqual([0, 1]);
  });

  it('asks anew, without an id, when all is said to have ended and it has not heard the end', async () => {
    const { remote, pass, requests, last } = stage({
      respond: (request, nth) => {
        if (nth === 0) request.open().say('queued', 'a').close();
        else if (nth === 1) request.answer(204);
        else if (nth === 2) request.open().say('in_progress', 'a').end();
        else request.open();
      },
    });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass(5_000);
    expect(requests.map(({ headers }) => 'last-event-id' in headers)).toEqual([false, true, false, false]);
    last().say('completed', 'a');
    await pass();
    expect([viewer.heard.map(({ status }) => status), viewer.end]).toEqual([
      ['queued', 'in_progress', 'completed'],
      'complete',
    ]);
  });

  it('asks anew after an end, though the gateway leaves the connection open', async () => {
    const { remote, pass, requests, last, nth } = opened();
    new Viewer(remote.watch(ref('a')));
    await pass();
    last().say('queued', 'a').send('event: end\ndata: {}\n\n');
    await pass(1_000);
    expect([requests.length, nth(0).state, 'last-event-id' in last().headers]).toEqual([2, 'left', false]);
  });

  it('takes a page for passing trouble once the gateway has answered well', async () => {
    const { remote, pass, last } = stage({
      respond: (request, nth) => {
        if (nth === 0) request.open().heartbeat().close();
        else if (nth === 1) request.answer(200, '<html>maintenance</html>');
        else if (nth === 2) request.answer(500, '', { 'content-type': 'text/event-stream' });
        else request.open();
      },
    });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass(10_000);
    last().say('completed', 'a');
    await pass();
    expect(viewer.end).toBe('complete');
  });

  it('gives up on a gateway that says for ever that all has ended', async () => {
    const { remote, pass } = stage({ respond: (request) => void request.answer(204) });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass(700_000);
    expect(viewer.error).toMatchObject({ code: 'UNAVAILABLE', task: ref('a') });
  });

  it('shows no credential in news', async () => {
    const secret = 'sk-canary-0123456789';
    const { remote, pass, last } = opened({ headers: { authorization: `Bearer ${secret}` } });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass();
    last().say('failed', 'a', { error: { message: `no ${secret}` } });
    await pass();
    expect(viewer.last).toMatchObject({ error: { message: 'no [redacted]' } });
  });

  it('shows no credential in an error, wherever the gateway repeats it', async () => {
    const secret = 'sk-canary-0123456789';
    const { remote, pass } = stage({
      headers: { authorization: `Bearer ${secret}`, 'x-api-key': secret },
      respond: (request) => void request.answer(400, { code: 'REJECTED', message: `bad key ${secret}` }),
    });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass();
    expect(viewer.error).toMatchObject({ code: 'REJECTED', message: 'bad key [redacted]' });
  });
});

describe('a client over a remote', () => {
  it('obeys the law, and tells many tasks as one stream', async () => {
    const { client, last, pass, clock } = opened();
    const events: unknown[] = [];
    client
      .watchAll(['a', 'b', 'c'].map(ref))
      .subscribe({ next: (event) => events.push(event), complete: () => events.push('over') });
    await pass();
    expect(last().path).toBe('/events?task=test%2Fa&task=test%2Fb&task=test%2Fc');
    last().say('queued', 'a').say('completed', 'b');
    last().send(
      `data: ${JSON.stringify({ kind: 'lost', task: ref('c'), error: { code: 'NOT_FOUND', message: 'x', task: ref('c') } })}\n\n`,
    );
    await pass();
    last().send(`data: ${JSON.stringify(eventOf(snapshotOf('failed', { task: ref('a') })))}\n\n`);
    await pass();
    expect(events.map((event) => (event as { kind?: string }).kind ?? event)).toEqual([
      'snapshot',
      'snapshot',
      'lost',
      'snapshot',
      'over',
    ]);
    expect(clock.pending).toBe(0);
  });
});

describe('the options of remote', () => {
  it.each([
    ['', {}],
    ['ftp://x/', {}],
    ['http://my.app/rushes', {}],
    ['https://u:p@my.app/', {}],
    ['https://my.app/?a=b', {}],
    [5 as never, {}],
    ['https://my.app', { header: {} } as never],
    ['https://my.app', { headers: { a: 5 } } as never],
    ['https://my.app', { headers: { 'a b': 'c' } }],
    ['https://my.app', { headers: { authorization: 'Bearer sk-SECRET\nline' } }],
    ['https://my.app', { headers: new Headers({ a: 'b' }) as never }],
    ['https://my.app', { headers: null as never }],
    ['https://my.app', { fetch: 5 as never }],
    ['https://my.app', { credentials: 'always' as never }],
    ['https://my.app', { wake: 5 as never }],
    ['https://my.app', { silenceMs: -1 }],
    ['https://my.app', { requestTimeoutMs: Number.NaN }],
    ['https://my.app', { createTimeoutMs: -1 }],
    ['https://my.app', { maxConnections: 0 }],
    ['https://my.app', { maxConnections: '4' as never }],
    ['https://my.app', { ledger: {} as never }],
    ['https://my.app', { retry: { maxMs: -1 } }],
    ['https://my.app', { scheduler: 5 as never }],
    ['https://my.app', { onLedgerFailed: 5 as never }],
  ])('are refused at the call when they cannot be: %s %j', (url, options) => {
    let thrown: unknown;
    try {
      remote(url, options);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(String(thrown)).not.toContain('SECRET');
  });

  it('may be a headers function whose answer is refused later, unseen', async () => {
    const { remote, pass, requests } = stage({ headers: () => ({ authorization: 'Bearer sk-SECRET\nline' }) });
    const viewer = new Viewer(remote.watch(ref('a')));
    await pass(10);
    expect(viewer.error).toMatchObject({ code: 'INVALID_ARGUMENT', task: ref('a') });
    expect([String(viewer.error).includes('SECRET'), requests.length]).toEqual([false, 0]);
  });

  it('take an address relative to the page, also over plain http', async () => {
    const page = globalThis as { document?: unknown };
    page.document = { baseURI: 'http://intranet:3000/app/page?x=1' };
    try {
      const url = (address: string) => remote(address, { scheduler: createClock() }).contentUrl(ref('a/b'));
      expect(url('/rushes/')).toBe('/rushes/tasks/test/a%2Fb/content');
      expect(url('rushes')).toBe('rushes/tasks/test/a%2Fb/content');
      expect(url('/')).toBe('/tasks/test/a%2Fb/content');
      expect(url('https://other.app/r')).toBe('https://other.app/r/tasks/test/a%2Fb/content');
      for (const bad of ['//other/r', 'http://other/r', '/r?x', '\\\\other', 'javascript:1', '/r#x']) {
        expect(() => url(bad)).toThrow(/remote\(url\)/);
      }
    } finally {
      delete page.document;
    }
  });

  it('wait with a relative address for a page, as on a server that renders one', async () => {
    const clock = createClock();
    const onServer = remote('/rushes', { scheduler: clock, fetch: async () => Response.json({}) });
    expect(onServer.contentUrl(ref('a'))).toBe('/rushes/tasks/test/a/content');
    const viewer = new Viewer(onServer.watch(ref('a')));
    const read = new Viewer(from(onServer.read(ref('a'))));
    await clock.advance(1);
    for (const { error } of [viewer, read]) expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('are scrubbed of what they say for people, not of which task it is and how it stands', () => {
    const scrub = headerScrubber({ 'x-auth-state': 'completed', authorization: 'Bearer cometapi' });
    const said = {
      task: { provider: 'cometapi', id: 'a' },
      status: 'completed',
      model: 'cometapi',
      error: { message: 'a cometapi b' },
    };
    const clean = JSON.parse(scrubJson(JSON.stringify(said), scrub));
    expect(clean).toMatchObject({ task: said.task, status: 'completed' });
    expect(JSON.stringify([clean.model, clean.error])).not.toContain('cometapi');
    expect(scrubJson('not JSON of cometapi', scrub)).not.toContain('cometapi');
    expect(scrubJson('{"a":1}', scrub)).toBe('{"a":1}');
  });
});
