import { from, Observable, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  createClient,
  type ManyTasks,
  pollEvery,
  type Snapshot,
  type TaskEvent,
  type TaskLike,
} from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { ref, refused, scripted } from './scripted.js';
import { held, stage } from './stage.js';

const task = (id: string) => ({ provider: 'bus', id });
const done = (id: string): Snapshot => ({ ...held('completed'), task: task(id) }) as Snapshot;

/** A told source that shows who is watched, and lets a test end each. */
function bus() {
  const watched = new Map<string, Subject<Snapshot>>();
  const client = createClient(({ id }) => {
    const source = new Subject<Snapshot>();
    watched.set(id, source);
    return new Observable<Snapshot>((to) => {
      source.subscribe(to);
      return () => watched.delete(id);
    });
  });
  return {
    client,
    watched: () => [...watched.keys()],
    end: (id: string) => watched.get(id)?.next(done(id)),
    fail: (id: string) => watched.get(id)?.error(new Error(`lost ${id}`)),
  };
}

/** What a stream of events said, shortly. */
function follow(events: Observable<TaskEvent>) {
  const heard: string[] = [];
  const subscription = events.subscribe({
    next: (event) => heard.push(`${event.task.id} ${event.kind === 'lost' ? event.error.code : event.snapshot.status}`),
    error: (error: Error) => heard.push(`error ${error.message}`),
    complete: () => heard.push('complete'),
  });
  return { heard, subscription };
}

describe('watchAll of a list', () => {
  it('takes it whole, at once, as it was at the call', () => {
    const { client, watched, end } = bus();
    const list = ['a', 'b', 'c'].map(task);
    const events = client.watchAll(list);
    list.push(task('late'));
    const { heard } = follow(events);
    expect(watched()).toEqual(['a', 'b', 'c']);
    for (const id of ['b', 'c', 'a']) end(id);
    expect(heard).toEqual(['b completed', 'c completed', 'a completed', 'complete']);
  });

  it('of nothing completes', () => {
    expect(follow(bus().client.watchAll([])).heard).toEqual(['complete']);
  });

  it('names the task in each event', async () => {
    const { clock, client } = stage([refused(200, '{"status":"completed"}')]);
    const events: TaskEvent[] = [];
    client.watchAll(['a', { provider: 'cometapi', id: 'b' }]).subscribe((event) => events.push(event));
    await clock.advance(100);
    expect(events).toMatchObject(
      ['a', 'b'].map((id) => ({ kind: 'snapshot', task: { provider: 'cometapi', id }, snapshot: { task: { id } } })),
    );
  });

  it('starts from the snapshots in it', () => {
    const { client, watched } = bus();
    const { heard } = follow(client.watchAll([done('a'), { ...held('queued'), task: task('b') } as Snapshot]));
    expect([heard, watched()]).toEqual([['a completed', 'b queued'], ['b']]);
  });

  it('never watches more than maxWatched, and starts the next as one ends or is lost', () => {
    const { client, watched, end, fail } = bus();
    const { heard } = follow(client.watchAll(['a', 'b', 'c', 'd'].map(task), { maxWatched: 2 }));
    expect(watched()).toEqual(['a', 'b']);
    end('b');
    expect(watched()).toEqual(['a', 'c']);
    fail('a');
    expect(watched()).toEqual(['c', 'd']);
    end('c');
    end('d');
    expect(heard).toEqual(['b completed', 'a UNAVAILABLE', 'c completed', 'd completed', 'complete']);
  });

  it('is watched anew by each subscriber, and left by unsubscribing', () => {
    const { client, watched } = bus();
    const events = client.watchAll(['a', 'b'].map(task));
    const first = follow(events);
    const second = follow(events);
    first.subscription.unsubscribe();
    expect(watched()).toEqual(['a', 'b']);
    second.subscription.unsubscribe();
    expect(watched()).toEqual([]);
  });
});

describe('a task in watchAll', () => {
  it('that is named again while it is watched is not watched twice', () => {
    const { client, watched, end } = bus();
    const names = new Subject<TaskLike>();
    const { heard } = follow(client.watchAll(names));
    for (const id of ['a', 'a', 'b', 'a']) names.next(task(id));
    names.next({ ...held('in_progress'), task: task('a') } as Snapshot);
    expect([watched(), heard]).toEqual([['a', 'b'], []]);
    end('a');
    expect(watched()).toEqual(['b']);
    names.next(task('a'));
    expect(watched()).toEqual(['b', 'a']);
    end('a');
    names.complete();
    end('b');
    expect(heard).toEqual(['a completed', 'a completed', 'b completed', 'complete']);
  });

  it('that is lost never ends the others', async () => {
    const clock = createClock();
    const server = scripted(clock, (_, { url }) => refused(url.endsWith('bad') ? 401 : 200, '{"status":"completed"}'));
    const { client } = stage([], { transport: server.transport, cadence: pollEvery(1_000), scheduler: clock });
    const events: TaskEvent[] = [];
    client.watchAll(['bad', 'good']).subscribe((event) => events.push(event));
    await clock.advance(1_000);
    expect(events).toMatchObject([
      { kind: 'lost', task: { id: 'bad' }, error: { code: 'UNAUTHORIZED', task: { id: 'bad' } } },
      { kind: 'snapshot', task: { id: 'good' } },
    ]);
  });

  it.each<[string, unknown, object]>([
    ['a bare id over several providers', 'x', { provider: '', id: 'x' }],
    ['an id that walks the path', { provider: 'bus', id: '..' }, { provider: 'bus', id: '..' }],
    ['a provider that is none', { provider: 'No', id: 'x' }, { provider: 'No', id: 'x' }],
    ['nothing', undefined, { provider: '', id: '' }],
    ['null', null, { provider: '', id: '' }],
    ['a number', 7, { provider: '', id: '' }],
    ['a snapshot without a status', { task: task('x') }, { provider: 'bus', id: 'x' }],
    ['a snapshot of nobody', { task: 'x', status: 'queued' }, { provider: '', id: '' }],
    ['numbers for names', { provider: 1, id: 2 }, { provider: '', id: '' }],
  ])('that is %s is lost, in its turn', (_, bad, named) => {
    const events: TaskEvent[] = [];
    const { client } = bus();
    client.watchAll([done('a'), bad as TaskLike, done('b')]).subscribe((event) => events.push(event));
    expect(events).toMatchObject([
      { kind: 'snapshot', task: { id: 'a' } },
      { kind: 'lost', error: { code: 'INVALID_ARGUMENT' } },
      { kind: 'snapshot', task: { id: 'b' } },
    ]);
    expect(events[1]?.task).toEqual(named);
    expect(Object.isFrozen(events[1]?.task)).toBe(true);
  });

  it('has the deadline of the client', async () => {
    const { clock, client } = stage([refused(200, '{"status":"queued"}')], { deadlineMs: 50_000 });
    const { heard } = follow(client.watchAll([ref]));
    await clock.advance(60_000);
    expect(heard).toEqual(['task_1 queued', 'task_1 DEADLINE', 'complete']);
  });
});

describe('watchAll of a stream', () => {
  it('errors when the stream does, and leaves what it watches', () => {
    const { client, watched } = bus();
    const names = new Subject<TaskLike>();
    const { heard } = follow(client.watchAll(names));
    names.next(task('a'));
    names.error(new Error('no more'));
    expect([heard, watched()]).toEqual([['error no more'], []]);
  });

  it('completes when the stream has and all have ended', () => {
    const { client, end } = bus();
    const { heard } = follow(client.watchAll(of(task('a'), task('b'))));
    end('a');
    expect(heard).toEqual(['a completed']);
    end('b');
    expect(heard).toEqual(['a completed', 'b completed', 'complete']);
  });

  it('waits in line beyond maxWatched', () => {
    const { client, watched, end } = bus();
    const { heard } = follow(client.watchAll(from(['a', 'b', 'c'].map(task)), { maxWatched: 1 }));
    expect(watched()).toEqual(['a']);
    for (const id of ['a', 'b', 'c']) end(id);
    expect(heard).toEqual(['a completed', 'b completed', 'c completed', 'complete']);
  });

  it('is unsubscribed with the events', () => {
    const names = new Subject<TaskLike>();
    const { subscription } = follow(bus().client.watchAll(names));
    subscription.unsubscribe();
    expect(names.observed).toBe(false);
  });
});

describe('wrong arguments of watchAll', () => {
  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    ['abc', '"abc"'],
    [7, '7'],
    [{ provider: 'bus', id: 'x' }, 'an object'],
  ])('throw at the call: %j', (tasks, shown) => {
    expect(() => bus().client.watchAll(tasks as ManyTasks)).toThrow(
      `watchAll(tasks): expected an array, an iterable, an async iterable or an Observable of tasks, received ${shown}`,
    );
  });

  it.each([0, 0.5, -1, Number.NaN, '2', null])('throw at the call: maxWatched %j', (maxWatched) => {
    expect(() => bus().client.watchAll([], { maxWatched: maxWatched as number })).toThrow(
      'watchAll.maxWatched: expected a number, 1 or more, or Infinity, received ',
    );
  });
});
