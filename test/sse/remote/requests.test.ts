import { describe, expect, it } from 'vitest';
import { openVideo, recorded } from '../../../src/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { reasonOf } from '../../create/studio.js';
import { Viewer } from '../../watch/viewer.js';
import { ref, stage } from './scripted-gateway.js';

describe('a read through a gateway', () => {
  it('is one request', async () => {
    const { client, requests, last, pass, clock } = stage({
      respond: (request) => void request.answer(200, snapshotOf('in_progress', { task: ref('a/b'), progress: 3 })),
    });
    const read = client.read(ref('a/b'));
    await pass(10);
    expect(await read).toMatchObject({ status: 'in_progress', progress: 3 });
    expect([requests.length, last().method, last().path, clock.pending]).toEqual([1, 'GET', '/tasks/test/a%2Fb', 0]);
  });

  it.each<[number, unknown, object]>([
    [404, { code: 'NOT_FOUND', message: 'gone', task: ref('a') }, { code: 'NOT_FOUND', message: 'gone' }],
    [429, { code: 'RATE_LIMITED', message: 'x' }, { code: 'RATE_LIMITED', retryAfterMs: 3_000, retryable: true }],
    [502, { code: 'DEADLINE', message: 'x' }, { code: 'DEADLINE', retryable: true }],
    [502, '<html>', { code: 'UNAVAILABLE', retryable: true }],
    [403, { code: 'UNAUTHORIZED', message: 'x' }, { code: 'UNAUTHORIZED', retryable: false }],
    [200, snapshotOf('queued', { task: ref('b') }), { code: 'BAD_RESPONSE', retryable: true }],
    [200, { status: 'nonsense' }, { code: 'BAD_RESPONSE', retryable: true }],
  ])('is the error that the gateway tells: %i %j', async (status, body, error) => {
    const { client, pass } = stage({ respond: (request) => void request.answer(status, body, { 'retry-after': '3' }) });
    const read = reasonOf(client.read(ref('a')));
    await pass(10);
    expect(await read).toMatchObject({ ...error, task: ref('a') });
  });

  it('lets go of the answer that makes it ask for new headers', async () => {
    let letGo = 0;
    const unread = () => new ReadableStream({ cancel: () => void letGo++ });
    const answers = [
      new Response(unread(), { status: 401 }),
      Response.json(snapshotOf('in_progress', { task: ref('a') })),
    ];
    const { client, pass } = stage({
      headers: () => ({}),
      fetch: async () => answers.shift() ?? new Response(null, { status: 500 }),
    });
    const read = client.read(ref('a'));
    await pass(10);
    expect([(await read).status, letGo]).toEqual(['in_progress', 1]);
  });

  it('takes no longer than it may, in its head and in its body, and is aborted when it is left', async () => {
    for (const respond of [() => undefined, (request: { open(): void }) => request.open()]) {
      const { client, pass, last, clock } = stage({ respond });
      const read = reasonOf(client.read(ref('a')));
      await pass(30_000);
      expect(await read).toMatchObject({ code: 'UNAVAILABLE', retryable: true, task: ref('a') });
      await pass();
      expect([last().state, clock.pending]).toEqual(['left', 0]);

      const leaver = new AbortController();
      const left = reasonOf(client.read(ref('a'), { signal: leaver.signal }));
      await pass(10);
      leaver.abort(new Error('enough'));
      await pass();
      expect(await left).toMatchObject({ message: 'enough' });
      expect([last().state, clock.pending]).toEqual(['left', 0]);
    }
  });

  it('is given up when it is too large', async () => {
    const { client, pass } = stage({ respond: (request) => void request.answer(200, 'x'.repeat(1_100_000)) });
    const read = reasonOf(client.read(ref('a')));
    await pass(10);
    expect(await read).toMatchObject({
      code: 'BAD_RESPONSE',
      message: expect.stringContaining('too large'),
      task: ref('a'),
    });
  });
});

describe('a cancel through a gateway', () => {
  it.each(['cancelled', 'too-late', 'unsupported'])('says what it came to: %s', async (outcome) => {
    const { client, last, pass } = stage({ respond: (request) => void request.answer(200, { outcome }) });
    const cancelled = client.cancel(ref('a'));
    await pass(10);
    expect(await cancelled).toBe(outcome);
    expect([last().method, last().path, last().headers['content-type']]).toEqual([
      'DELETE',
      '/tasks/test/a',
      'application/json',
    ]);
  });

  it.each<[number, unknown, object]>([
    [405, 'not with this method', { code: 'UNSUPPORTED' }],
    [403, { code: 'UNAUTHORIZED' }, { code: 'UNAUTHORIZED' }],
    [200, { outcome: 'perhaps' }, { code: 'BAD_RESPONSE' }],
    [502, { code: 'UNAVAILABLE', message: 'x' }, { code: 'UNAVAILABLE', retryable: true }],
  ])('is sent once, and is the error that comes: %i', async (status, body, error) => {
    const { client, requests, pass } = stage({ respond: (request) => void request.answer(status, body) });
    const cancelled = reasonOf(client.cancel(ref('a')));
    await pass(60_000);
    expect(await cancelled).toMatchObject({ ...error, task: ref('a') });
    expect(requests.length).toBe(1);
  });
});

describe('a video through a gateway', () => {
  it('is opened where the gateway has it, whatever address is known', async () => {
    const { client, last, pass } = stage({
      respond: (request) => void request.answer(206, 'bytes', { 'content-type': 'video/mp4', etag: '"1"' }),
    });
    const opened = client.content(ref('a'), { url: 'https://cdn.test/v.mp4', range: 'bytes=0-4', ifRange: '"1"' });
    await pass(10);
    const { status, header, body } = await opened;
    expect([status, header('etag'), await new Response(body).text()]).toEqual([206, '"1"', 'bytes']);
    expect([last().path, last().headers['range'], last().headers['if-range']]).toEqual([
      '/tasks/test/a/content',
      'bytes=0-4',
      '"1"',
    ]);
  });

  it('can be opened like any other', async () => {
    const { client, pass } = stage({
      respond: (request) =>
        void (request.path.endsWith('/content')
          ? request.answer(200, 'bytes', { 'content-type': 'video/mp4', 'content-length': '5' })
          : request.answer(200, snapshotOf('completed', { task: ref('a') }))),
    });
    const opened = openVideo(client, ref('a'));
    await pass(10);
    const { body, totalBytes, contentType } = await opened;
    expect([await new Response(body).text(), totalBytes, contentType]).toEqual(['bytes', 5, 'video/mp4']);
  });

  it.each<[number, unknown, object]>([
    [404, { code: 'TASK_FAILED', message: 'no video' }, { code: 'TASK_FAILED' }],
    [403, {}, { code: 'UNAUTHORIZED' }],
    [409, { code: 'DOWNLOAD_FAILED', message: 'still queued' }, { code: 'DOWNLOAD_FAILED', message: 'still queued' }],
    [502, '<html>', { code: 'UNAVAILABLE', retryable: true }],
    [302, '', { code: 'BAD_RESPONSE' }],
  ])('is the error that comes instead: %i', async (status, body, error) => {
    const { client, pass, clock } = stage({ respond: (request) => void request.answer(status, body) });
    const opened = reasonOf(client.content(ref('a')));
    await pass(10);
    expect(await opened).toMatchObject({ ...error, task: ref('a') });
    expect(clock.pending).toBe(0);
  });

  it('is not opened when it is aborted', async () => {
    const { client, last, pass } = stage();
    const leaver = new AbortController();
    const opened = reasonOf(client.content(ref('a'), { signal: leaver.signal }));
    await pass(10);
    leaver.abort(new Error('enough'));
    await pass();
    expect(await opened).toMatchObject({ message: 'enough' });
    expect(last().state).toBe('left');
  });
});

describe('an address', () => {
  const video = { 'content-type': 'video/mp4' };

  it.each<[string, (set: ReturnType<typeof stage>) => Promise<unknown>, unknown, object, boolean]>([
    ['a cancel', ({ remote }) => remote.cancel(ref('b')), { outcome: 'cancelled' }, {}, true],
    ['a create', ({ remote }) => remote.create({ model: 'm', prompt: 'p' }), snapshotOf('queued'), {}, true],
    ['a video', ({ remote }) => remote.content(ref('b')), 'bytes', video, true],
    ['a page in place of a video', ({ remote }) => remote.content(ref('b')), '<html>', {}, false],
    ['nothing', ({ remote }) => reasonOf(remote.cancel(ref('b'))), '<html>', {}, false],
  ])(
    'is known for that of a gateway by a good answer, and by nothing else: %s',
    async (_, first, answer, headers, isKnown) => {
      const set = stage({
        respond: (request, nth) =>
          void (nth === 0
            ? request.answer(200, answer, headers as Record<string, string>)
            : request.answer(200, '<html>')),
      });
      const begun = first(set);
      await set.pass(10);
      await begun;
      const read = reasonOf(set.client.read(ref('a')));
      await set.pass(10);
      expect(await read).toMatchObject({ code: 'BAD_RESPONSE', retryable: isKnown });
    },
  );
});

describe('a task that a ledger says was created elsewhere', () => {
  it('is refused before anything is asked', async () => {
    const { client, requests, pass } = stage();
    const known = recorded(snapshotOf('queued', { task: ref('a') }) as never, {
      createdAt: 0,
      baseUrl: 'https://other.app',
    });
    const viewer = new Viewer(client.watch(known));
    await pass(10);
    expect(viewer.error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(requests).toEqual([]);
  });
});
