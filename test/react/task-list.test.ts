import { describe, expect, it, vi } from 'vitest';
import { cometapi, createClient, type TaskLike } from '../../src/index.js';
import { HeldWatch } from '../../src/react/held-watch.js';
import { Seat } from '../../src/react/seat.js';
import { TaskList } from '../../src/react/task-list.js';
import { completed, failed, live, refOf } from './snapshots.js';
import { Upstream } from './upstream.js';

function stage(given: readonly TaskLike[]) {
  const upstream = new Upstream();
  const client = createClient(upstream.source);
  return { upstream, client, list: new TaskList(client, given, Seat.orLost) };
}

/** What a caller may pass by mistake. */
const asTask = (value: unknown) => value as TaskLike;

describe('the tasks of a component', () => {
  it('are what was given, in its order, until something is asked', () => {
    const { list, upstream } = stage([refOf('b'), live('a', 5), completed('c')]);
    expect(list.first()).toBe(list.now());
    expect(list.first().map(({ task, snapshot, lost }) => [task, snapshot?.status, lost])).toEqual([
      [refOf('b'), undefined, undefined],
      [refOf('a'), 'in_progress', undefined],
      [refOf('c'), 'completed', undefined],
    ]);
    expect(upstream.asked).toEqual([]);
  });

  it('show each news in its place, and leave everything else the same', () => {
    const { list, upstream } = stage([refOf('a'), refOf('b'), refOf('a')]);
    const onChange = vi.fn();
    const leave = list.subscribe(onChange);
    const before = list.now();
    expect(before).toBe(list.first());
    expect(upstream.asked).toHaveLength(2);
    upstream.say(live('a', 10));
    const after = list.now();
    expect(after.map(({ snapshot }) => snapshot?.progress)).toEqual([10, undefined, 10]);
    expect([after[1] === before[1], after[0] === before[0], after[0]?.retry === before[0]?.retry]).toEqual([
      true,
      false,
      true,
    ]);
    expect(list.now()).toBe(after);
    leave();
  });

  it('are known by provider and id: equal ones made anew are the same', () => {
    const { list, client, upstream } = stage([refOf('a'), live('b', 5), completed('c')]);
    const again = () => [{ ...refOf('a') }, live('b', 70), completed('c')];
    expect(list.isOf(client, again())).toBe(true);
    expect(list.isOf(client, again().reverse())).toBe(false);
    expect(list.isOf(client, again().slice(1))).toBe(false);
    expect(list.isOf(client, [refOf('x'), ...again().slice(1)])).toBe(false);
    expect(list.isOf(client, [{ provider: 'other', id: 'a' }, ...again().slice(1)])).toBe(false);
    expect(list.isOf(createClient(upstream.source), again())).toBe(false);
  });

  it('are the same when they were given with less than a provider says', () => {
    const given = () => {
      const { providerStatus: _, ...rest } = completed('a');
      return asTask(rest);
    };
    const { list, client } = stage([given()]);
    expect(list.now()[0]?.snapshot).toEqual({ ...completed('a'), providerStatus: '' });
    expect(list.isOf(client, [given()])).toBe(true);
  });

  it('take the end of a task, or a fresh link to its video, for something new', () => {
    const { list, client } = stage([live('a', 5), completed('b')]);
    expect(list.isOf(client, [completed('a'), completed('b')])).toBe(false);
    expect(list.isOf(client, [live('a', 5), completed('b', 'https://cdn.example/fresh.mp4')])).toBe(false);
    expect(list.isOf(client, [refOf('a'), refOf('b')])).toBe(true);
    const ended = new TaskList(
      client,
      [completed('a'), completed('b', 'https://cdn.example/fresh.mp4')],
      Seat.orLost,
      list,
    );
    expect(ended.now().map(({ snapshot }) => snapshot)).toEqual([
      completed('a'),
      completed('b', 'https://cdn.example/fresh.mp4'),
    ]);
  });

  it('show the end that was given, whatever another component was given', () => {
    const { client, list, upstream } = stage([completed('a', 'https://cdn.example/old.mp4')]);
    list.subscribe(() => undefined);
    const fresh = completed('a', 'https://cdn.example/fresh.mp4');
    expect(new TaskList(client, [fresh], Seat.orLost).now()[0]?.snapshot).toEqual(fresh);
    expect(new TaskList(client, [refOf('a')], Seat.orLost).now()[0]?.snapshot).toMatchObject({ status: 'completed' });
    expect(upstream.asked).toEqual([]);
  });

  it('tell the end that one component was given to all who show the task', () => {
    const { client, list, upstream } = stage([refOf('a')]);
    list.subscribe(() => undefined);
    new TaskList(client, [completed('a')], Seat.orLost).subscribe(() => undefined);
    expect(list.now()[0]?.snapshot).toEqual(completed('a'));
    expect(upstream.open).toBe(0);
  });

  it('stay as they are where they stay, when others come and go', () => {
    const { list, client, upstream } = stage([refOf('a'), refOf('b')]);
    const leave = list.subscribe(() => undefined);
    upstream.say(live('b', 10));
    const [, b] = list.now();
    const next = new TaskList(client, [refOf('c'), { ...refOf('b') }], Seat.orLost, list);
    leave();
    next.subscribe(() => undefined);
    expect(next.now()[1]).toBe(b);
    expect(upstream.asked.map(({ key }) => key)).toEqual(['test/a', 'test/b', 'test/c']);
  });

  it.each([
    undefined,
    null,
    7,
    '',
    'an id alone',
    {},
    { id: 'a' },
    { provider: 'test' },
    { provider: 'NO', id: 'a' },
    { ...live('a', 1), status: 'new' },
    { ...failed('a', 'no'), error: {} },
  ])('lose what names no task, and only that: %j', (bad) => {
    const { list, client, upstream } = stage([refOf('b'), asTask(bad)]);
    list.subscribe(() => undefined);
    upstream.say(live('b', 10));
    const [good, wrong] = list.now();
    expect(good?.snapshot?.progress).toBe(10);
    expect(wrong).toMatchObject({ snapshot: undefined, lost: { code: 'INVALID_ARGUMENT' } });
    wrong?.retry();
    expect(upstream.asked).toHaveLength(1);
    // Else React would render again for ever a component that makes its list anew each time.
    expect(list.isOf(client, [refOf('b'), asTask(structuredClone(bad))])).toBe(true);
    expect(list.isOf(client, [refOf('b'), refOf('a')])).toBe(false);
    const mended = new TaskList(client, [refOf('b'), refOf('a')], Seat.orLost, list);
    expect(mended.now()[1]?.lost).toBeUndefined();
    expect(mended.isOf(client, [refOf('b'), asTask(bad)])).toBe(false);
  });

  it('take an id alone where the client has one provider, and a provider only that it has', () => {
    const client = createClient(cometapi({ apiKey: 'sk-test' }));
    const list = new TaskList(client, ['task_1', { provider: 'ark', id: 'task_1' }], Seat.orLost);
    expect(list.now().map(({ task, lost }) => [task, lost?.code])).toEqual([
      ['task_1', undefined],
      [{ provider: 'ark', id: 'task_1' }, 'INVALID_ARGUMENT'],
    ]);
    expect(list.isOf(client, ['task_1', { provider: 'ark', id: 'task_1' }])).toBe(true);
    expect(list.isOf(client, [{ provider: 'cometapi', id: 'task_1' }, 'task_1'])).toBe(false);
    expect(() => Seat.of(client, { provider: 'ark', id: 'task_1' })).toThrow(/one of this client's providers/);
  });

  it('look at one task for one news, however many there are', () => {
    const tasks = Array.from({ length: 1_000 }, (_, i) => refOf(`t${i}`));
    const { list, upstream, client } = stage(tasks);
    list.subscribe(() => void list.now());
    const looked = vi.spyOn(HeldWatch.prototype, 'standing', 'get');
    for (const { id } of tasks) upstream.say(live(id, 1));
    expect(looked).toHaveBeenCalledTimes(1_000);
    looked.mockRestore();
    expect(list.isOf(client, structuredClone(tasks))).toBe(true);
  });

  it('tell what their watches say at once as one change', () => {
    const tasks = Array.from({ length: 100 }, (_, i) => live(`t${i}`, 1));
    const { client } = stage([]);
    const list = new TaskList(client, tasks, Seat.orLost);
    const onChange = vi.fn();
    list.subscribe(onChange);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it('show in the first render what was said before', async () => {
    const { list, client, upstream } = stage([refOf('a')]);
    list.subscribe(() => undefined);
    upstream.say(live('a', 33));
    const late = new TaskList(client, [refOf('a')], Seat.orLost);
    expect(late.now()[0]?.snapshot?.progress).toBe(33);
    expect(late.first()[0]?.snapshot).toBeUndefined();
  });

  it('show what was said to others while they were away', () => {
    const { list, client, upstream } = stage([refOf('a')]);
    new TaskList(client, [refOf('a')], Seat.orLost).subscribe(() => undefined);
    const leave = list.subscribe(() => undefined);
    leave();
    upstream.say(live('a', 33));
    list.subscribe(() => undefined);
    expect(list.now()[0]?.snapshot?.progress).toBe(33);
  });

  it('keep what they were shown when their watch has been let go of', async () => {
    const { list, upstream } = stage([refOf('a')]);
    const leave = list.subscribe(() => undefined);
    upstream.say(live('a', 33));
    list.now();
    leave();
    await expect.poll(() => upstream.open).toBe(0);
    expect(list.now()[0]?.snapshot?.progress).toBe(33);
    list.subscribe(() => undefined);
    expect(upstream.asked.at(-1)).toEqual({ key: 'test/a', known: 'in_progress' });
    expect(list.now()[0]?.snapshot?.progress).toBe(33);
  });
});
