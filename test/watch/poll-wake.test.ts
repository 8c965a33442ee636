import { EMPTY, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClient, pollEvery } from '../../src/index.js';
import { type Answer, body, provider, ref, refused, said } from './scripted.js';
import { stage } from './stage.js';
import { Viewer } from './viewer.js';

const cadence = pollEvery(60_000);

/** A watch that can be woken. */
function sleeping(...answers: Answer[]) {
  const wake = new Subject<unknown>();
  const set = stage(answers, { cadence, wake });
  return { ...set, wake, viewer: new Viewer(set.client.watch(ref)) };
}

describe('a wake', () => {
  it('ends a wait', async () => {
    const { clock, wake, askedAt } = sleeping(said('queued'));
    await clock.advance(10_000);
    wake.next('tab visible');
    await clock.advance(0);
    expect(askedAt()).toEqual([0, 10_000]);
    await clock.advance(60_099);
    expect(askedAt()).toEqual([0, 10_000]);
    await clock.advance(1);
    expect(askedAt()).toEqual([0, 10_000, 70_100]);
  });

  it('ends the wait of every task', async () => {
    const wake = new Subject<void>();
    const { clock, client, askedAt } = stage([refused(200, '{"status":"queued"}')], { cadence, wake });
    for (const id of ['task_1', 'task_2']) new Viewer(client.watch(id));
    await clock.advance(10_000);
    wake.next();
    await clock.advance(0);
    expect(askedAt()).toEqual([0, 0, 10_000, 10_000]);
  });

  it('during a read is remembered, once', async () => {
    const { clock, wake, askedAt } = sleeping(said('queued', {}, 4_000), said('queued'));
    await clock.advance(1_000);
    wake.next(1);
    await clock.advance(1_000);
    wake.next(2);
    wake.next(3);
    await clock.advance(0);
    expect(askedAt()).toEqual([0]);
    await clock.advance(62_000);
    expect(askedAt()).toEqual([0, 4_000]);
    await clock.advance(100);
    expect(askedAt()).toEqual([0, 4_000, 64_100]);
  });

  it('from inside a subscriber that is being told asks again at once, once', async () => {
    const wake = new Subject<void>();
    const { clock, client, askedAt } = stage([said('queued')], { cadence, wake });
    new Viewer(client.watch(ref), () => wake.next());
    await clock.advance(50_000);
    expect(askedAt()).toEqual([0, 100]);
  });

  it('before the first read has begun changes nothing', async () => {
    const { clock, wake, askedAt } = sleeping(said('queued'));
    wake.next(0);
    await clock.advance(50_000);
    expect(askedAt()).toEqual([0]);
  });

  it('that comes faster than answers can starves no read', async () => {
    const answers = Array.from({ length: 20 }, (_, i) => said('in_progress', { progress: i }));
    const { clock, wake, server, viewer } = sleeping(...answers, said('completed'));
    for (let ms = 0; ms < 3_000; ms += 10) {
      await clock.advance(10);
      wake.next(ms);
    }
    expect([viewer.end, viewer.heard.length]).toEqual(['complete', 21]);
    expect(server.requests.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 21 }, () => 'answered'));
    expect(server.requests.at(-1)?.startedMs).toBe((server.requests[0]?.startedMs as number) + 2_000);
  });

  it('ends the wait of a retry, and is done with by that', async () => {
    const { clock, wake, askedAt } = sleeping(refused(502), said('queued'));
    await clock.advance(300);
    wake.next(0);
    await clock.advance(50_000);
    expect(askedAt()).toEqual([0, 300]);
  });
});

describe('a pause that a server asked for is not shortened by a wake', () => {
  it('on a good answer, and the wake is forgotten', async () => {
    const { clock, wake, askedAt } = sleeping(refused(200, body('queued'), { 'retry-after': '30' }), said('queued'));
    for (let s = 0; s < 30; s++) {
      await clock.advance(1_000);
      wake.next(s);
    }
    expect(askedAt()).toEqual([0]);
    await clock.advance(100);
    expect(askedAt()).toEqual([0, 30_100]);
    await clock.advance(59_000);
    expect(askedAt()).toEqual([0, 30_100]);
  });

  it('on a good answer during whose request it came', async () => {
    const { clock, wake, askedAt } = sleeping(refused(200, body('queued'), { 'retry-after': '30' }), said('queued'));
    await clock.advance(50);
    wake.next(0);
    await clock.advance(30_049);
    expect(askedAt()).toEqual([0]);
    await clock.advance(1);
    expect(askedAt()).toEqual([0, 30_100]);
  });

  it.each([429, 500, 502, 503])('on a %i, and the wakes are forgotten', async (status) => {
    const refusal = refused(status, '{"error":{"message":"busy"}}', { 'retry-after': '7' });
    const { clock, wake, askedAt } = sleeping(refusal, said('queued'));
    for (let ms = 0; ms < 7_000; ms += 500) {
      await clock.advance(500);
      wake.next(ms);
    }
    expect(askedAt()).toEqual([0]);
    await clock.advance(60_000);
    expect(askedAt()).toEqual([0, 7_600]);
  });

  it('for another task of the same account, and the request that waits for a permit answers to every wake', async () => {
    const busy = refused(429, '', { 'retry-after': '20' });
    const queued = refused(200, '{"status":"queued"}');
    const { clock, wake, client, askedAt, server } = sleeping(said('queued'), busy, queued);
    await clock.advance(1_000);
    new Viewer(client.watch('task_2'));
    await clock.advance(100);
    for (let s = 0; s < 20; s++) {
      wake.next(s);
      await clock.advance(999);
    }
    expect(askedAt()).toEqual([0, 1_000]);
    await clock.advance(59_000);
    expect(askedAt()).toEqual([0, 1_000, 21_100, 21_600]);
    expect(server.requests.slice(2).map(({ request }) => request.url.slice(-6))).toEqual(['task_1', 'task_2']);
  });
});

describe('the option wake', () => {
  it.each([
    ['completes at once', EMPTY],
    ['errors at once', throwError(() => new Error('no such event'))],
    ['never says anything', NEVER],
    ['says something and completes at once', of(1, 2, 3)],
  ])('that %s ends nothing and asks no more often', async (_, wake) => {
    const { clock, client, askedAt } = stage([said('queued')], { cadence, wake });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(130_000);
    expect([askedAt(), viewer.end]).toEqual([[0, 60_100, 120_200], undefined]);
  });

  it('that ends later ends nothing either', async () => {
    for (const end of ['complete', 'error'] as const) {
      const { clock, wake, askedAt, viewer } = sleeping(said('queued'));
      await clock.advance(1_000);
      if (end === 'complete') wake.complete();
      else wake.error(new Error('gone'));
      await clock.advance(60_000);
      expect([askedAt(), viewer.end]).toEqual([[0, 60_100], undefined]);
    }
  });

  it('is subscribed once for all watches of a client, while there are any', () => {
    let [subscribed, left] = [0, 0];
    const wake = new Observable<void>(() => {
      subscribed++;
      return () => left++;
    });
    const { client, server } = stage([said('queued')], { cadence, wake });
    const watches = ['a', 'b', 'c'].map((id) => new Viewer(client.watch(id)));
    watches.push(new Viewer(client.watch('a')));
    expect([subscribed, left]).toEqual([1, 0]);
    for (const watch of watches.splice(0, 3)) watch.leave();
    expect([subscribed, left]).toEqual([1, 0]);
    watches[0]?.leave();
    expect([subscribed, left]).toEqual([1, 1]);
    new Viewer(client.watch('d')).leave();
    expect([subscribed, left]).toEqual([2, 2]);
    expect(server.requests).toEqual([]);

    const other = client.with({ cadence: pollEvery(1) });
    const pair = [new Viewer(client.watch('a')), new Viewer(other.watch('a'))];
    expect([subscribed, left]).toEqual([4, 2]);
    for (const watch of pair) watch.leave();
    expect(left).toBe(4);
  });

  it('is left when the task has ended, and when its watch was lost', async () => {
    for (const answer of [said('completed'), refused(401)]) {
      const { clock, wake, viewer } = sleeping(answer);
      expect(wake.observed).toBe(true);
      await clock.advance(100);
      expect(viewer.end).toBeDefined();
      expect(wake.observed).toBe(false);
    }
  });

  it('is not subscribed by one look at a task', async () => {
    const wake = new Subject<void>();
    const { clock, server } = stage([said('queued')]);
    const client = createClient(provider(), { transport: server.transport, scheduler: clock, wake });
    const read = client.read(ref);
    expect(wake.observed).toBe(false);
    await clock.advance(100);
    expect((await read).status).toBe('queued');
  });
});
