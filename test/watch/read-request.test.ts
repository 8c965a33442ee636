import { NEVER, Observable, of } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  createBudget,
  createClient,
  type HttpResponse,
  isRushesError,
  pollEvery,
  type SentRequest,
  type Transport,
} from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { body, provider, ref, refused, said, scripted } from './scripted.js';
import { stage } from './stage.js';
import { Viewer } from './viewer.js';

const answer = (text: string, status = 200): HttpResponse => ({ status, text, url: '', header: () => null });
const over = (send: (request: SentRequest) => Observable<HttpResponse>): Transport =>
  Object.assign(send, { open: () => NEVER });

describe('requestTimeoutMs', () => {
  it('is 30 s, after which the request is aborted and asked again', async () => {
    const { clock, client, server, askedAt } = stage((nth) => (nth === 0 ? { kind: 'hang' } : said('completed')));
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(29_999);
    expect(server.requests[0]?.outcome).toBe('in flight');
    await clock.advance(1);
    expect(server.requests[0]?.outcome).toBe('aborted');
    await clock.advance(10_000);
    expect([askedAt(), viewer.end]).toEqual([[0, 30_500], 'complete']);
  });

  it('ends one look at a task', async () => {
    const { clock, client } = stage([{ kind: 'hang' }], { requestTimeoutMs: 5_000 });
    const reason = client.read(ref).catch((error: unknown) => error);
    await clock.advance(5_000);
    expect(await reason).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'no answer came within 5000 ms',
      retryable: true,
      task: ref,
    });
    expect(clock.pending).toBe(0);
  });

  it('of Infinity waits for any time', async () => {
    const { clock, client, server } = stage([{ kind: 'hang' }], {
      requestTimeoutMs: Number.POSITIVE_INFINITY,
      deadlineMs: Number.POSITIVE_INFINITY,
    });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(86_400_000);
    expect([server.inFlight, server.requests.length, viewer.end]).toEqual([1, 1, undefined]);
    expect(clock.pending).toBe(0);
  });

  it('does not count the wait for a permit', async () => {
    const clock = createClock();
    const server = scripted(clock, () => refused(200, '{"status":"completed"}', {}, 25_000));
    const budget = createBudget({ concurrency: 1, scheduler: clock });
    const client = createClient(provider(), { transport: server.transport, scheduler: clock, budget });
    const viewers = ['a', 'b', 'c'].map((id) => new Viewer(client.watch(id)));
    await clock.advance(75_000);
    expect(viewers.map(({ end }) => end)).toEqual(['complete', 'complete', 'complete']);
    expect(server.requests.map(({ outcome }) => outcome)).toEqual(['answered', 'answered', 'answered']);
  });
});

describe('a transport', () => {
  it('that completes without an answer is asked again', async () => {
    let asked = 0;
    const transport = over(() =>
      asked++ === 0 ? new Observable((to) => to.complete()) : of(answer(body('completed'))),
    );
    const { clock, client } = stage([], { transport });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(500);
    expect([viewer.end, asked]).toEqual(['complete', 2]);
    const mute = stage([], { transport: over(() => new Observable((to) => to.complete())) });
    await expect(mute.client.read(ref)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the request could not be completed: no answer',
      retryable: true,
    });
  });

  it('that answers twice is heard once', async () => {
    const transport = over(() => of(answer(body('queued')), answer(body('completed'))));
    const { clock, client } = stage([], { transport, cadence: pollEvery(1_000) });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(5_000);
    expect(viewer.heard.map(({ status }) => status)).toEqual(['queued']);
  });

  it('that never completes after its answer is left alone', async () => {
    let left = 0;
    const transport = over(
      () =>
        new Observable((to) => {
          to.next(answer(body('completed')));
          return () => left++;
        }),
    );
    const { clock, client } = stage([], { transport });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(0);
    expect([viewer.end, left, clock.pending]).toEqual(['complete', 1, 0]);
  });

  it('that throws is asked again', async () => {
    let asked = 0;
    const transport = over(() => {
      if (asked++ === 0) throw new TypeError('not ready');
      return of(answer(body('completed')));
    });
    const { clock, client } = stage([], { transport });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(500);
    expect([viewer.end, asked]).toEqual(['complete', 2]);
    asked = 0;
    await expect(stage([], { transport }).client.read(ref)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the request could not be completed: not ready',
    });
  });

  it('is given a GET that bypasses caches, with the key', async () => {
    const { clock, client, server } = stage([said('completed')]);
    new Viewer(client.watch(ref));
    await clock.advance(0);
    expect(server.requests[0]?.request).toMatchObject({
      method: 'GET',
      url: 'https://api.cometapi.com/v1/videos/task_1',
      headers: { 'cache-control': 'no-cache', authorization: expect.stringMatching(/^Bearer sk-canary/) },
      maxBodyBytes: 1_048_576,
    });
  });
});

describe('a body', () => {
  it('that is too large says so, how large it may be, and where the video may be had', async () => {
    const text = body('completed', { video_url: `data:video/mp4;base64,${'A'.repeat(3_000_000)}` });
    const fetch = async () => new Response(text);
    const options = { fetch, scheduler: createClock() };
    const tooLarge = {
      code: 'BAD_RESPONSE',
      message: "the answer is too large: more than 1048576 bytes; a video may be had from the provider's content route",
      retryable: true,
      task: ref,
    };
    await expect(createClient(provider(), options).read(ref)).rejects.toMatchObject(tooLarge);
    const roomy = createClient(provider(), { ...options, maxBodyBytes: 4_000_000 });
    const snapshot = await roomy.read(ref);
    expect(snapshot.status).toBe('completed');
    expect(JSON.stringify(snapshot).length).toBeLessThan(1_000);
    const clock = createClock();
    const watch = createClient(provider(), { fetch, scheduler: clock, retry: { giveUpAfterMs: 1_000 } }).watch(ref);
    const viewer = new Viewer(watch);
    await clock.advance(60_000);
    expect(viewer.error).toMatchObject(tooLarge);
  });

  it('is kept in the snapshot, frozen, with raw only', async () => {
    const text = { metadata: { deep: [{ er: 1 }] }, progress: 7 };
    const { clock, client } = stage([said('in_progress', text)]);
    const plain = new Viewer(client.watch(ref));
    const raw = new Viewer(client.with({ raw: true }).watch(ref));
    await clock.advance(100);
    expect(plain.last).not.toHaveProperty('raw');
    expect(raw.last).toEqual({ ...plain.last, raw: JSON.parse(body('in_progress', text)) });
    const kept = raw.last?.raw as { metadata: { deep: [object] } };
    for (const part of [raw.last, kept, kept.metadata, kept.metadata.deep, kept.metadata.deep[0]])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it('that stays as it was is understood once, and answered each time', async () => {
    const comet = provider();
    const hear = vi.fn(comet.hear);
    const answers = [said('queued'), said('queued'), said('queued'), said('in_progress'), said('in_progress')];
    const { clock, client, listen, kinds } = stage([...answers, said('completed')], {
      over: { ...comet, hear },
      cadence: pollEvery(1_000),
    });
    listen();
    new Viewer(client.watch(ref));
    await clock.advance(10_000);
    expect(hear).toHaveBeenCalledTimes(3);
    expect(kinds().filter((kind) => kind === 'answered')).toHaveLength(6);
  });

  it('that stays as it was is understood again where its status was not 200', async () => {
    const comet = provider();
    const hear = vi.fn(comet.hear);
    const { clock, client } = stage([refused(203, body('queued')), said('queued'), refused(404, body('queued'))], {
      over: { ...comet, hear },
      cadence: pollEvery(1_000),
    });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(10_000);
    expect(hear).toHaveBeenCalledTimes(3);
    expect(viewer.error).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('on which a dialect throws is passing trouble', async () => {
    const hear = () => {
      throw new TypeError('never seen that');
    };
    const { clock, client } = stage([said('queued')], { over: { ...provider(), hear } });
    const reason = client.read(ref).catch((error: unknown) => error);
    await clock.advance(100);
    expect(await reason).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the source of the task failed: never seen that',
      retryable: true,
    });
  });

  it('that a dialect takes for good without saying how the task stands is no answer', async () => {
    const { clock, client } = stage([said('queued')], { over: { ...provider(), hear: () => ({ kind: 'done' }) } });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(100);
    expect(viewer.error).toMatchObject({ code: 'BAD_RESPONSE', message: 'the answer says nothing of the task' });
    expect(isRushesError(viewer.error) && viewer.error.retryable).toBe(false);
  });
});
