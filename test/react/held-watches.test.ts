import { EMPTY, NEVER, of } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { cometapi, createClient, RushesError, type Snapshot, type Transport } from '../../src/index.js';
import { HeldWatch } from '../../src/react/held-watch.js';
import { HeldWatches } from '../../src/react/held-watches.js';
import { createClock } from '../../src/testing/clock.js';
import { completed, live, refOf } from './snapshots.js';
import { Upstream } from './upstream.js';

const ref = refOf('a');
const silent: Transport = Object.assign(() => NEVER, { open: () => NEVER });
const lostOnce = () => new RushesError('UNAVAILABLE', 'gone', { task: ref });

function stage() {
  const clock = createClock();
  const upstream = new Upstream();
  const client = createClient(upstream.source, { scheduler: clock, deadlineMs: Number.POSITIVE_INFINITY });
  const held = new HeldWatches(client, clock);
  return { clock, upstream, client, held };
}

describe('the watches that components hold', () => {
  it('are one for each task, and their standing is what was said last', () => {
    const { held, upstream } = stage();
    const heard = [vi.fn(), vi.fn()];
    for (const listener of heard) held.hold(ref, undefined, listener);
    held.hold(refOf('b'), undefined, () => undefined);
    upstream.say(live('a', 10));
    expect(upstream.asked.map(({ key }) => key)).toEqual(['test/a', 'test/b']);
    expect(held.find(ref)?.standing).toEqual({ snapshot: live('a', 10), lost: undefined });
    for (const listener of heard) expect(listener).toHaveBeenCalledTimes(1);
  });

  it('are let go of a macrotask after the last has left, and leave no timer', async () => {
    const { held, upstream, clock } = stage();
    const leave = [held.hold(ref, undefined, () => undefined), held.hold(ref, undefined, vi.fn())];
    leave[0]?.();
    await clock.advance(10);
    expect([upstream.open, clock.pending]).toEqual([1, 0]);
    leave[1]?.();
    expect([upstream.open, clock.pending]).toEqual([1, 1]);
    await clock.advance(0);
    expect([upstream.open, clock.pending, held.find(ref)]).toEqual([0, 0, undefined]);
  });

  it('stay for who comes back in the same macrotask', async () => {
    const { held, upstream, clock } = stage();
    held.hold(ref, undefined, () => undefined)();
    held.hold(ref, undefined, () => undefined);
    await clock.advance(10);
    expect([upstream.asked.length, upstream.open, clock.pending]).toEqual([1, 1, 0]);
  });

  it('are let go of with one timer, however many', async () => {
    const { held, upstream, clock } = stage();
    const leave = Array.from({ length: 1_000 }, (_, i) => held.hold(refOf(`t${i}`), undefined, () => undefined));
    for (const leaveOne of leave) leaveOne();
    expect([upstream.open, clock.pending]).toEqual([1_000, 1]);
    await clock.advance(0);
    expect([upstream.open, clock.pending]).toEqual([0, 0]);
  });

  it('are forgotten once they are let go of', async () => {
    const { held, clock } = stage();
    const end = vi.spyOn(HeldWatch.prototype, 'end');
    for (const id of ['a', 'b', 'c']) {
      held.hold(refOf(id), undefined, () => undefined)();
      await clock.advance(0);
    }
    expect(end).toHaveBeenCalledTimes(3);
    end.mockRestore();
  });

  it('leave a later watch of the task alone, when who held an earlier one leaves twice', async () => {
    const { held, upstream, clock } = stage();
    const leave = held.hold(ref, undefined, () => undefined);
    leave();
    await clock.advance(0);
    held.hold(ref, undefined, () => undefined);
    leave();
    await clock.advance(10);
    expect([upstream.asked.length, upstream.open]).toEqual([2, 1]);
    expect(held.find(ref)).toBeDefined();
  });

  it('ask nobody again once lost, whoever comes, until they are told to; then from the last snapshot', () => {
    const { held, upstream } = stage();
    const listener = vi.fn();
    held.hold(ref, undefined, listener);
    upstream.say(live('a', 10));
    upstream.fail(ref, lostOnce());
    held.hold(ref, undefined, () => undefined);
    held.hold(ref, live('a', 50), () => undefined);
    expect(held.find(ref)?.standing).toMatchObject({ snapshot: { progress: 10 }, lost: { code: 'UNAVAILABLE' } });
    expect(upstream.asked).toHaveLength(1);
    listener.mockClear();
    held.find(ref)?.retry();
    held.find(ref)?.retry();
    expect(upstream.asked.map(({ known }) => known)).toEqual([undefined, 'in_progress']);
    expect(held.find(ref)?.standing).toEqual({ snapshot: live('a', 10), lost: undefined });
    expect(listener).toHaveBeenCalled();
    upstream.say(live('a', 60));
    expect(held.find(ref)?.standing.snapshot).toMatchObject({ progress: 60 });
  });

  it('keep what was lost for who comes back in the same macrotask, and begin anew for who comes later', async () => {
    const { held, upstream, clock } = stage();
    const leave = held.hold(ref, undefined, () => undefined);
    upstream.fail(ref, lostOnce());
    leave();
    held.find(ref)?.retry();
    const leaveAgain = held.hold(ref, undefined, () => undefined);
    expect(held.find(ref)?.standing.lost).toMatchObject({ code: 'UNAVAILABLE' });
    expect(upstream.asked).toHaveLength(1);
    leaveAgain();
    await clock.advance(0);
    held.hold(ref, undefined, () => undefined);
    expect(held.find(ref)?.standing).toEqual({ snapshot: undefined, lost: undefined });
    expect(upstream.asked).toHaveLength(2);
  });

  it('ask nobody about a task that has ended', async () => {
    const { held, upstream, clock } = stage();
    const leave = held.hold(ref, completed('a'), () => undefined);
    held.hold(ref, undefined, () => undefined);
    expect(held.find(ref)?.standing.snapshot).toEqual(completed('a'));
    held.hold(refOf('b'), live('b', 1), () => undefined);
    upstream.say(completed('b'));
    held.hold(refOf('b'), undefined, () => undefined);
    leave();
    await clock.advance(10);
    expect(upstream.asked).toEqual([{ key: 'test/b', known: 'in_progress' }]);
    expect(upstream.open).toBe(0);
  });

  it('take the end of a task from who brings it, also when they are lost', () => {
    const { held, upstream } = stage();
    const listener = vi.fn();
    held.hold(ref, live('a', 5), listener);
    held.hold(ref, completed('a'), () => undefined);
    expect(held.find(ref)?.standing.snapshot).toEqual(completed('a'));
    expect(listener).toHaveBeenCalledTimes(2);
    expect(upstream.open).toBe(0);
    held.hold(refOf('b'), undefined, () => undefined);
    upstream.fail(refOf('b'), lostOnce());
    held.hold(refOf('b'), completed('b'), () => undefined);
    expect(held.find(refOf('b'))?.standing).toEqual({ snapshot: completed('b'), lost: undefined });
  });

  it('prefer what they know to what is brought, unless they know nothing', () => {
    const { held } = stage();
    held.hold(ref, undefined, () => undefined);
    held.hold(ref, live('a', 40), () => undefined);
    held.hold(ref, live('a', 10), () => undefined);
    expect(held.find(ref)?.standing.snapshot).toEqual(live('a', 40));
  });

  it('are one for an id and a handle, where an id alone will do', () => {
    const clock = createClock();
    const client = createClient(cometapi({ apiKey: 'sk-test' }), { scheduler: clock, transport: silent });
    const watch = vi.fn(client.watch);
    const held = new HeldWatches({ watch }, clock);
    const byId = { provider: '', id: 'task_1' };
    held.hold(byId, undefined, () => undefined);
    held.hold({ provider: 'cometapi', id: 'task_1' }, undefined, () => undefined);
    held.hold({ provider: 'cometapi', id: 'task_2' }, undefined, () => undefined);
    held.hold({ provider: '', id: 'task_2' }, undefined, () => undefined);
    expect(watch.mock.calls).toEqual([['task_1'], [{ provider: 'cometapi', id: 'task_2' }]]);
    expect(held.find({ provider: 'cometapi', id: 'task_1' })).toBe(held.find(byId));
  });

  it('take a source that fails or ends at once, or throws, for lost', () => {
    for (const source of [() => EMPTY, () => of(live('b', 1)), () => throwing()]) {
      const held = new HeldWatches(createClient(source));
      held.hold(ref, undefined, () => undefined);
      expect(held.find(ref)?.standing.lost).toMatchObject({ task: ref });
      held.find(ref)?.retry();
      expect(held.find(ref)?.standing.lost).toMatchObject({ task: ref });
    }
  });

  it('take up again what a source said without saying of whom', () => {
    const { held, upstream } = stage();
    held.hold(ref, undefined, () => undefined);
    const { task, ...nameless } = live('a', 5);
    upstream.say(nameless as Snapshot, task);
    upstream.fail(ref, lostOnce());
    held.find(ref)?.retry();
    expect(upstream.asked).toHaveLength(2);
    expect(held.find(ref)?.standing).toEqual({ snapshot: nameless, lost: undefined });
  });
});

function throwing(): never {
  throw new TypeError('broken');
}
