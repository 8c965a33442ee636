import { concat, EMPTY, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type LostError, RushesError, type Snapshot, type TaskEvent, type TaskRef } from '../../../src/index.js';
import { eventStream } from '../../../src/sse/index.js';
import { allEndedId, endId, lostId } from '../../../src/sse/wire/event-id.js';
import { createClock } from '../../../src/testing/index.js';
import { aTask, at, messagesIn, snapshotOf, Viewer } from './stage.js';

const textOf = (source: Observable<Snapshot> | Observable<TaskEvent>, options = {}) =>
  eventStream(source as Observable<Snapshot>, options).text();
const lost = (task: TaskRef): TaskEvent => ({
  kind: 'lost',
  task,
  error: new RushesError('NOT_FOUND', 'none', { task }) as LostError,
});
const other: TaskRef = { provider: 'ark', id: 'x' };
const event = (snapshot: Snapshot): TaskEvent => ({ kind: 'snapshot', task: snapshot.task, snapshot });
const request = (id: string) => new Request(at('/mine'), { headers: { 'last-event-id': id } });

describe('eventStream', () => {
  it('tells snapshots of any source, and stops listening at the end', async () => {
    const source = new Subject<Snapshot>();
    const response = eventStream(source);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    for (const status of ['queued', 'completed', 'in_progress'] as const) source.next(snapshotOf(status));
    expect(source.observed).toBe(false);
    const messages = messagesIn(await response.text());
    expect(messages.map(({ event: name, id }) => [name, id])).toEqual([
      ['message', endId(aTask)],
      ['end', ''],
    ]);
  });

  it('tells task events, where the last one stands for all that are named', async () => {
    const source = () => of(event(snapshotOf('failed')), lost(other));
    const named = messagesIn(await textOf(source(), { tasks: [aTask, other] }));
    expect(named.map(({ id }) => id)).toEqual([endId(aTask), allEndedId([aTask, other]), '']);
    expect(named.at(-1)?.event).toBe('end');
    const unnamed = messagesIn(await textOf(source()));
    expect(unnamed.map(({ id }) => id)).toEqual([endId(aTask), lostId(other), '']);
  });

  it('tells no secret of an error', async () => {
    const error = new RushesError('UNAVAILABLE', 'Bearer sk-secret123456 at https://u:p@h/?sig=1', { task: aTask });
    const one = await textOf(throwError(() => error));
    const many = await textOf(of<TaskEvent>({ kind: 'lost', task: aTask, error: error as LostError }));
    for (const text of [one, many]) {
      expect(text).toContain('Bearer [redacted] at https://h/');
      expect(text).not.toMatch(/secret|u:p|sig/);
    }
  });

  it('answers 204 to a reconnect that has seen the end, without a subscription', async () => {
    let subscribed = 0;
    const source = new Subject<Snapshot>();
    source.subscribe = (() => subscribed++) as never;
    expect(eventStream(source, { request: request(endId(aTask)), tasks: aTask }).status).toBe(204);
    const events = source as Observable<unknown> as Observable<TaskEvent>;
    expect(eventStream(events, { request: request(allEndedId([aTask])), tasks: [aTask] }).status).toBe(204);
    expect(subscribed).toBe(0);
    expect(eventStream(NEVER, { request: request(endId(aTask)), tasks: [aTask] }).status).toBe(200);
  });

  it('says that a source which fails or ends early was lost, and nothing of a foreign error', async () => {
    const errors: unknown[] = [];
    const options = { tasks: aTask, onError: (error: unknown) => errors.push(error) };
    const foreign = messagesIn(
      await textOf(
        throwError(() => new Error('secret')),
        options,
      ),
    );
    expect(foreign).toEqual([expect.objectContaining({ event: 'lost', id: lostId(aTask) })]);
    expect(JSON.parse(foreign[0]?.data ?? '')).toMatchObject({ code: 'UNAVAILABLE', task: aTask });
    expect([JSON.stringify(foreign).includes('secret'), errors]).toEqual([false, [new Error('secret')]]);
    const early = messagesIn(await textOf(of(snapshotOf('queued'))));
    expect(early.map(({ event: name }) => name)).toEqual(['message', 'lost']);
    expect(early[1]?.data).toContain('SOURCE_ENDED');
  });

  it.each([
    ['fails at once', { tasks: [aTask, other] }, throwError(() => new Error('no')), 0],
    ['ends at once', { tasks: [aTask, other] }, EMPTY, 0],
    [
      'fails when one has ended',
      { tasks: [aTask, other] },
      concat(
        of(event(snapshotOf('failed'))),
        throwError(() => new Error('no')),
      ),
      1,
    ],
    [
      'ends when one has ended',
      { tasks: [aTask, other] },
      of(event(snapshotOf('failed')), event(snapshotOf('queued', { task: other }))),
      2,
    ],
    [
      'fails, of tasks that nobody named',
      {},
      concat(
        of(lost(aTask)),
        throwError(() => new Error('no')),
      ),
      1,
    ],
    ['ends, of tasks that nobody named', {}, of(lost(aTask), event(snapshotOf('queued', { task: other }))), 2],
  ])(
    'closes without an end when what gathers many tasks %s, which is the loss of none',
    async (_, named, source, told) => {
      const errors: unknown[] = [];
      const stream = eventStream(source, { ...named, onError: (error) => errors.push(error) });
      const viewer = await new Viewer(stream).all();
      expect(viewer.messages.map(({ event: name }) => name)).toEqual(Array(told).fill('message'));
      expect(viewer.messages.map(({ id }) => id)).not.toContain(allEndedId([aTask, other]));
      expect([viewer.outcome, errors]).toEqual(['closed', _.startsWith('fails') ? [new Error('no')] : []]);
    },
  );

  it('tells what waits before it closes for a failure of what gathers many tasks', async () => {
    const source = new Subject<TaskEvent>();
    const viewer = new Viewer(eventStream(source, { tasks: [aTask], onError: () => undefined }));
    source.next(event(snapshotOf('queued')));
    source.error(new Error('no'));
    expect((await viewer.all()).messages).toHaveLength(1);
    const ended = of(event(snapshotOf('failed')));
    const late = concat(
      ended,
      throwError(() => new Error('no')),
    );
    expect(await textOf(late, { tasks: [aTask], onError: () => undefined })).toContain('event: end');
  });

  it('gives the ids that it knows again, whatever the source tells', async () => {
    for (const [source, tasks] of [
      [of(snapshotOf('failed')), aTask],
      [of(snapshotOf('failed')), [aTask]],
      [of(event(snapshotOf('failed'))), [aTask]],
      [of(event(snapshotOf('failed'))), aTask],
      [of(lost(aTask)), [aTask]],
      [of(lost(aTask)), aTask],
      [throwError(() => new Error('no')), aTask],
    ] as const) {
      const options = { tasks, onError: () => undefined };
      const ids = messagesIn(await textOf(source, options)).flatMap(({ id }) => id || []);
      const again = eventStream(
        source as Observable<Snapshot>,
        { ...options, request: request(ids.at(-1) ?? '') } as object,
      );
      expect([ids.length, again.status]).toEqual([1, 204]);
    }
  });

  it('ends with its request, in whatever time there is', async () => {
    const clock = createClock();
    const gone = new AbortController();
    const source = new Subject<Snapshot>();
    const viewer = new Viewer(
      eventStream(source, {
        request: new Request(at('/x'), { signal: gone.signal }),
        scheduler: clock,
        heartbeatMs: 5,
      }),
    );
    viewer.all();
    await clock.advance(11);
    expect(viewer.text.match(/^:$/gm)).toHaveLength(2);
    gone.abort();
    await clock.advance(1);
    expect([source.observed, clock.pending, viewer.outcome]).toEqual([false, 0, 'closed']);
    const late = eventStream(source, { request: new Request(at('/x'), { signal: gone.signal }), scheduler: clock });
    expect([await late.text(), source.observed, clock.pending]).toEqual(['', false, 0]);
  });

  it('hides links unless it is told what to show', async () => {
    const secret = snapshotOf('completed', { videoUrl: 'https://cdn.test/x?sig=1' });
    expect(await textOf(of(secret))).not.toContain('cdn.test');
    expect(await textOf(of(secret), { project: (snapshot: Snapshot) => snapshot })).toContain('sig=1');
  });

  it.each([
    ['a source that is none', 5, {}],
    ['an unknown option', NEVER, { heartbeat: 1 }],
    ['a task that is none', NEVER, { tasks: { provider: 'x' } }],
    ['tasks that are none', NEVER, { tasks: [{ provider: 'x', id: '..' }] }],
    ['a heartbeat that is late', NEVER, { heartbeatMs: 15_001 }],
    ['a time that never comes', NEVER, { stallTimeoutMs: Number.POSITIVE_INFINITY }],
    ['a project that is no function', NEVER, { project: 'all' }],
  ])('refuses %s at the call', (_, source, options) => {
    expect(() => eventStream(source as never, options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
