import { getEventListeners } from 'node:events';
import { NEVER, Observable, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/index.js';
import { result, until } from '../../src/watch/result.js';
import { ref, refused, said } from './scripted.js';
import { held, stage } from './stage.js';

const completed = held('completed', { videoUrl: 'https://cdn.test/v.mp4' });

describe('the result of a task', () => {
  it('is its completed snapshot', async () => {
    const { clock, client } = stage([said('queued'), said('completed')], { cadence: () => 1_000 });
    const made = client.result(ref);
    await clock.advance(1_200);
    expect(await made).toMatchObject({ status: 'completed', task: ref });
    expect(clock.pending).toBe(0);
  });

  it.each(['failed', 'error', 'cancelled', 'expired'] as const)('is TASK_FAILED when it ends as %s', async (status) => {
    const { clock, client } = stage([said(status, { error: { code: 'nsfw', message: 'not allowed' } })]);
    const reason = client.result(ref).catch((error: unknown) => error);
    await clock.advance(100);
    expect(await reason).toMatchObject({
      code: 'TASK_FAILED',
      message: `the task ended as ${status}: not allowed`,
      task: ref,
      lastSnapshot: { status },
      retryable: false,
    });
  });

  it('is the error of the watch when that is lost', async () => {
    const { clock, client } = stage([said('queued'), refused(401)], { cadence: () => 1_000 });
    const reason = client.result(ref).catch((error: unknown) => error);
    await clock.advance(2_000);
    expect(await reason).toMatchObject({ code: 'UNAUTHORIZED', task: ref, lastSnapshot: { status: 'queued' } });
  });

  it('has a deadline of its own', async () => {
    const { clock, client } = stage([said('queued')]);
    const reason = client.result(ref, { deadlineMs: 5_000 }).catch((error: unknown) => error);
    await clock.advance(5_100);
    expect(await reason).toMatchObject({ code: 'DEADLINE' });
  });

  it('of a task that is known to have ended asks nobody', async () => {
    const { client, server } = stage([]);
    expect(await client.result(completed)).toEqual(completed);
    expect(server.requests).toEqual([]);
  });

  it('has its arguments checked at the call', () => {
    const { client } = stage([]);
    expect(() => client.result('..')).toThrow('task.id: expected');
    expect(() => client.result(ref, { deadlineMs: -1 })).toThrow('deadlineMs: expected');
  });
});

describe('a signal', () => {
  it('that was aborted before rejects with its reason, and nothing is asked', async () => {
    const reason = new Error('closed the page');
    const { clock, client, server } = stage([said('completed')]);
    const signal = AbortSignal.abort(reason);
    await expect(client.result(ref, { signal })).rejects.toBe(reason);
    await expect(client.read(ref, { signal })).rejects.toBe(reason);
    await clock.advance(1_000);
    expect([server.requests.length, clock.pending]).toEqual([0, 0]);
  });

  it.each(['result', 'read'] as const)(
    'that aborts during a %s rejects with its reason, and leaves nothing',
    async (call) => {
      for (const reason of [new Error('closed the page'), 'closed', null, { code: 'mine' }]) {
        const { clock, client, server } = stage([{ kind: 'hang' }]);
        const controller = new AbortController();
        const rejected = client[call](ref, { signal: controller.signal }).catch((error: unknown) => error);
        await clock.advance(5_000);
        expect(server.inFlight).toBe(1);
        expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
        controller.abort(reason);
        expect(await rejected).toBe(reason);
        expect([server.requests[0]?.outcome, clock.pending]).toEqual(['aborted', 0]);
        expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
      }
    },
  );

  it('is left when the task has ended, or was lost', async () => {
    for (const answer of [said('completed'), said('failed'), refused(401)]) {
      const { clock, client } = stage([answer]);
      const { signal } = new AbortController();
      const settled = client.result(ref, { signal }).catch(() => undefined);
      await clock.advance(100);
      await settled;
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    }
  });

  it('ends one result only', async () => {
    const { clock, client } = stage([said('queued', {}, 1_000), said('completed')], { cadence: () => 1_000 });
    const controller = new AbortController();
    const given = client.result(ref, { signal: controller.signal }).catch((error: unknown) => error);
    const made = client.result(ref);
    await clock.advance(500);
    controller.abort('enough');
    await clock.advance(5_000);
    expect([await given, (await made).status]).toEqual(['enough', 'completed']);
  });

  it('subscribes to nothing when it was aborted before', () => {
    let subscribed = 0;
    const source = new Observable<Snapshot>(() => {
      subscribed++;
    });
    let heard: unknown;
    until(AbortSignal.abort('early'), source).subscribe({
      error: (error: unknown) => {
        heard = error;
      },
    });
    expect([heard, subscribed]).toEqual(['early', 0]);
  });

  it('that there is none of changes nothing', async () => {
    expect(until(undefined, NEVER)).toBe(NEVER);
    expect(await result(of(held('queued'), completed))).toBe(completed);
  });

  it('is left by whoever unsubscribes', () => {
    const { signal } = new AbortController();
    const source = new Subject<number>();
    const subscription = until(signal, source).subscribe();
    expect([source.observed, getEventListeners(signal, 'abort').length]).toEqual([true, 1]);
    subscription.unsubscribe();
    expect([source.observed, getEventListeners(signal, 'abort').length]).toEqual([false, 0]);
  });
});
