import { NEVER, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RushesError, type Snapshot, type TaskEvent } from '../../../src/index.js';
import { eventStream } from '../../../src/sse/index.js';
import { allEndedId, endId, lostId } from '../../../src/sse/wire/event-id.js';
import { createClock } from '../../../src/testing/index.js';
import { aTask, at, messagesIn, snapshotOf, Viewer } from './stage.js';

const textOf = (source: Parameters<typeof eventStream>[0], options = {}) => eventStream(source, options).text();
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
    const other = { provider: 'ark', id: 'x' };
    const source = () =>
      of(event(snapshotOf('failed')), {
        kind: 'lost',
        task: other,
        error: new RushesError('NOT_FOUND', 'none'),
      } as TaskEvent);
    const named = messagesIn(await textOf(source(), { tasks: [aTask, other] }));
    expect(named.map(({ id }) => id)).toEqual([endId(aTask), allEndedId([aTask, other]), '']);
    expect(named.at(-1)?.event).toBe('end');
    const unnamed = messagesIn(await textOf(source()));
    expect(unnamed.map(({ id }) => id)).toEqual([endId(aTask), lostId(other), '']);
  });

  it('answers 204 to a reconnect that has seen the end, without a subscription', async () => {
    let subscribed = 0;
    const source = new Subject<Snapshot>();
    source.subscribe = (() => subscribed++) as never;
    expect(eventStream(source, { request: request(endId(aTask)), tasks: aTask }).status).toBe(204);
    expect(eventStream(source, { request: request(allEndedId([aTask])), tasks: [aTask] }).status).toBe(204);
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

  it('breaks when what gathers many tasks fails', async () => {
    const source = new Subject<TaskEvent>();
    const viewer = new Viewer(eventStream(source, { onError: () => undefined }));
    source.next(event(snapshotOf('queued')));
    source.error(new Error('no'));
    expect((await viewer.all()).outcome).toBe('broken');
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
    ['a time that never comes', NEVER, { stallTimeoutMs: Number.POSITIVE_INFINITY }],
    ['a project that is no function', NEVER, { project: 'all' }],
  ])('refuses %s at the call', (_, source, options) => {
    expect(() => eventStream(source as never, options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
