import { EMPTY, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  ark,
  type Backend,
  clientDefaults,
  createBudget,
  createClient,
  isRushesError,
  pollEvery,
  type Snapshot,
} from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { type Answer, ref, refused, said } from './scripted.js';
import { held, stage } from './stage.js';
import { Viewer } from './viewer.js';

const cadence = pollEvery(200_000);

/** When a watch of a told source ended, and as what. */
async function ending(backend: Backend, deadlineMs: number, requestTimeoutMs = 30_000) {
  const clock = createClock();
  const startMs = clock.now();
  const client = createClient(backend, { scheduler: clock, requestTimeoutMs });
  let endedMs: number | undefined;
  const viewer = new Viewer(client.watch(ref, { deadlineMs }));
  viewer.subscription?.add(() => {
    endedMs = clock.now() - startMs;
  });
  await clock.advance(deadlineMs + 60_000);
  return { viewer, endedMs, pending: clock.pending };
}

describe('a deadline', () => {
  it('is an hour after the subscription, or what the provider states, or the client, or the call', async () => {
    expect(clientDefaults.deadlineMs).toBe(3_600_000);
    const bytePlus = ark({ apiKey: 'key' });
    for (const [deadline, open] of [
      [3_600_000, () => stage([said('queued', {}, 0)], { cadence })],
      [172_800_000, () => stage([said('queued', {}, 0)], { cadence, over: bytePlus })],
      [50_000, () => stage([said('queued', {}, 0)], { cadence, over: bytePlus, deadlineMs: 50_000 })],
    ] as const) {
      const { clock, client, server } = open();
      await clock.advance(7_000);
      const viewer = new Viewer(client.watch(ref.id));
      await clock.advance(1_000);
      const late = new Viewer(client.watch(ref.id, { deadlineMs: deadline }));
      await clock.advance(deadline - 1_001);
      expect([viewer.end, late.end]).toEqual([undefined, undefined]);
      await clock.advance(1);
      expect(viewer.error).toMatchObject({ code: 'DEADLINE' });
      expect(late.end).toBeUndefined();
      await clock.advance(1_000);
      expect(late.error).toMatchObject({ code: 'DEADLINE' });
      expect([clock.pending, server.inFlight]).toEqual([0, 0]);
    }
  });

  it('concerns its subscriber only', async () => {
    const { clock, client } = stage([said('queued')], { cadence });
    const hurried = new Viewer(client.watch(ref, { deadlineMs: 10_000 }));
    const patient = new Viewer(client.watch(ref, { deadlineMs: Number.POSITIVE_INFINITY }));
    await clock.advance(20_000);
    expect(hurried.error).toMatchObject({ code: 'DEADLINE' });
    expect(patient.end).toBeUndefined();
    patient.leave();
    expect(clock.pending).toBe(0);
  });

  it('of Infinity is none', async () => {
    const { clock, client } = stage([said('queued')], {
      cadence: pollEvery(1e9),
      deadlineMs: Number.POSITIVE_INFINITY,
    });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(1e11);
    expect(viewer.end).toBeUndefined();
    viewer.leave();
    expect(clock.pending).toBe(0);
  });

  it('of 0 is one look', async () => {
    const live = stage([said('queued')]);
    const lost = new Viewer(live.client.watch(ref, { deadlineMs: 0 }));
    await live.clock.advance(100);
    expect(lost.error).toMatchObject({ code: 'DEADLINE', lastSnapshot: { status: 'queued' } });
    const done = stage([said('completed')]);
    const viewer = new Viewer(done.client.watch(ref, { deadlineMs: 0 }));
    await done.clock.advance(100);
    expect([viewer.end, viewer.last?.status]).toEqual(['complete', 'completed']);
    expect(done.clock.pending).toBe(0);
  });

  it('asks one last time, outside the cadence', async () => {
    const { clock, client, askedAt } = stage([said('queued'), said('completed')], { cadence });
    const viewer = new Viewer(client.watch(ref, { deadlineMs: 50_000 }));
    await clock.advance(50_100);
    expect(askedAt()).toEqual([0, 50_000]);
    expect([viewer.end, viewer.heard.map(({ status }) => status)]).toEqual(['complete', ['queued', 'completed']]);
    expect(clock.pending).toBe(0);
  });

  it.each<[string, Answer, string, number]>([
    ['is still live', said('in_progress'), 'the task is still in_progress after 50000 ms', 50_100],
    [
      'fails',
      refused(502),
      'the task is still queued after 50000 ms, and the last read failed: cometapi could not answer (HTTP 502)',
      50_100,
    ],
    [
      'hangs',
      { kind: 'hang' },
      'the task is still queued after 50000 ms, and the last read failed: no answer came within 30000 ms',
      80_000,
    ],
  ])('is the error DEADLINE when that last read %s', async (_, last, message, atMs) => {
    const { clock, client, now } = stage([said('queued'), last], { cadence });
    let endedMs = 0;
    const viewer = new Viewer(client.watch(ref, { deadlineMs: 50_000 }));
    viewer.subscription?.add(() => {
      endedMs = now();
    });
    await clock.advance(100_000);
    expect(viewer.error).toMatchObject({ code: 'DEADLINE', message, task: ref, retryable: true });
    expect(isRushesError(viewer.error) && viewer.error.lastSnapshot?.status).toBe(
      message.includes('in_progress') ? 'in_progress' : 'queued',
    );
    expect(endedMs).toBe(atMs);
    expect(viewer.heard).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('waits for a permit for requestTimeoutMs, then is DEADLINE', async () => {
    const budget = createBudget({ concurrency: 1, scheduler: { now: () => 0, schedule: () => NEVER.subscribe() } });
    const { clock, client, server } = stage([{ kind: 'hang' }], { budget, requestTimeoutMs: 9_000 });
    const blocking = client.with({ requestTimeoutMs: Number.POSITIVE_INFINITY });
    new Viewer(blocking.watch('task_2', { deadlineMs: Number.POSITIVE_INFINITY }));
    await clock.advance(0);
    const viewer = new Viewer(client.watch(ref, { deadlineMs: 50_000 }));
    await clock.advance(58_999);
    expect(viewer.end).toBeUndefined();
    await clock.advance(1);
    expect(viewer.error).toMatchObject({
      code: 'DEADLINE',
      message: 'the task has not answered after 50000 ms, and the last read failed: no answer came within 9000 ms',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('asks once for all whose deadlines fall together, and again for the next', async () => {
    const answers = [said('queued'), said('in_progress', {}, 3_000), said('completed')];
    const { clock, client, askedAt } = stage(answers, { cadence });
    const viewers = [50_000, 50_000, 52_000, 60_000].map((deadlineMs) => new Viewer(client.watch(ref, { deadlineMs })));
    const other = new Viewer(client.watch('task_2', { deadlineMs: 51_000 }));
    other.leave();
    await clock.advance(70_000);
    expect(askedAt()).toEqual([0, 50_000, 60_000]);
    expect(viewers.map(({ end }) => end === 'complete')).toEqual([false, false, false, true]);
  });

  it('gives way to an end that the watch hears during the last read, which is given up', async () => {
    const answers = [said('queued'), said('completed', {}, 5_000)];
    const { clock, client, server } = stage([...answers, { kind: 'hang' }], { cadence: pollEvery(48_000) });
    const viewer = new Viewer(client.watch(ref, { deadlineMs: 50_000 }));
    await clock.advance(60_000);
    expect([viewer.end, viewer.heard.length]).toEqual(['complete', 2]);
    expect(server.requests.map(({ outcome }) => outcome)).toEqual(['answered', 'answered', 'aborted']);
    expect(clock.pending).toBe(0);
  });

  it('leaves nothing behind when the subscriber leaves during the last read', async () => {
    const { clock, client, server } = stage([said('queued'), { kind: 'hang' }], { cadence });
    const viewer = new Viewer(client.watch(ref, { deadlineMs: 50_000 }));
    await clock.advance(51_000);
    expect(server.inFlight).toBe(1);
    viewer.leave();
    expect([server.inFlight, clock.pending]).toEqual([0, 0]);
  });
});

describe('a deadline over a backend', () => {
  const watch = () => new Observable<Snapshot>((to) => to.next(held('queued')));

  it('without a read is over at once', async () => {
    const { viewer, endedMs, pending } = await ending({ watch }, 5_000);
    expect(viewer.error).toMatchObject({ code: 'DEADLINE', message: 'the task is still queued after 5000 ms' });
    expect(isRushesError(viewer.error) && viewer.error.lastSnapshot).toEqual(held('queued'));
    expect([endedMs, pending]).toEqual([5_000, 0]);
    const silent = await ending({ watch: () => NEVER }, 5_000);
    expect(silent.viewer.error).toMatchObject({ message: 'the task has not answered after 5000 ms', task: ref });
  });

  it('takes one snapshot from whatever its read gives', async () => {
    for (const read of [() => of(held('failed')), async () => held('failed'), () => [held('failed'), held('queued')]]) {
      const { viewer, endedMs } = await ending({ watch, read }, 5_000);
      expect([viewer.end, viewer.last?.status, endedMs]).toEqual(['complete', 'failed', 5_000]);
    }
  });

  it.each<[string, NonNullable<Backend['read']>, string, number]>([
    ['throws', () => broken(), 'still queued after 5000 ms, and the last read failed: no read', 5_000],
    ['errors', () => throwError(() => new Error('no read')), 'and the last read failed: no read', 5_000],
    ['is empty', () => EMPTY, 'still queued after 5000 ms', 5_000],
    ['never answers', () => NEVER, 'the last read failed: no answer came within 7000 ms', 12_000],
  ])('is the error DEADLINE when its read %s', async (_, read, message, atMs) => {
    const { viewer, endedMs, pending } = await ending({ watch, read }, 5_000, 7_000);
    expect(viewer.error).toMatchObject({ code: 'DEADLINE', message: expect.stringContaining(message), task: ref });
    expect(isRushesError(viewer.error) && viewer.error.lastSnapshot?.status).toBe('queued');
    expect([endedMs, pending]).toEqual([atMs, 0]);
  });

  it('keeps why the last read failed', async () => {
    const read = () => throwError(() => Object.assign(new Error('no read'), { code: 'EPIPE', request: 'secret' }));
    const { viewer } = await ending({ watch, read }, 5_000);
    expect(isRushesError(viewer.error) && viewer.error.cause).toEqual({
      name: 'Error',
      code: 'EPIPE',
      message: 'no read',
    });
  });

  it('comes although a request may take for ever', async () => {
    const { viewer, endedMs } = await ending(
      { watch: () => NEVER, read: () => NEVER },
      5_000,
      Number.POSITIVE_INFINITY,
    );
    expect([isRushesError(viewer.error) && viewer.error.code, endedMs]).toEqual(['DEADLINE', 35_000]);
  });

  it('passes on the errors of the watch', async () => {
    const source = new Subject<Snapshot>();
    const client = createClient(() => source, { scheduler: createClock() });
    const viewer = new Viewer(client.watch(ref));
    source.error(new Error('the bus is gone'));
    expect(viewer.error).toMatchObject({ code: 'UNAVAILABLE', task: ref });
  });
});

function broken(): never {
  throw new Error('no read');
}
