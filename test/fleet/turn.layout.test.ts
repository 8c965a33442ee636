import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Layout, shards } from '../../src/fleet/layout.js';
import { decodeOrder, encodeOrder } from '../../src/fleet/watch-order.js';
import { deliveryOf } from '../../src/fleet/worker/delivery.js';
import { Memory } from '../../src/fleet/worker/memory.js';
import type { Pulled } from '../../src/fleet/worker/pull.js';
import { taskRef } from '../../src/testing/arbitraries.js';

const layout = new Layout('m');
const bytes = (text: string) => new TextEncoder().encode(text);
const a = { provider: 'p', id: 'a' };

describe('where the work of a fleet lies', () => {
  it.each(['', ' ', 'a b', 'a.b', '*', '>', 'a\r\nPUB x 0', 'ä', 'n'.repeat(65), 5 as unknown as string])(
    'is under no name such as %j',
    (name) => {
      expect(() => new Layout(name)).toThrow('fleet.name');
    },
  );

  it('is under its name', () => {
    const { pollStream, eventStream, events, clocks, rollCall } = new Layout('n'.repeat(64));
    for (const each of [pollStream, eventStream, events, clocks, rollCall]) expect(each).toMatch(/^n{64}[-.]/);
    expect([layout.polls(), layout.polls('p'), layout.polls('p', 'f')]).toEqual([
      'm.poll.>',
      'm.poll.*.p.>',
      'm.poll.f.p.>',
    ]);
  });

  it.each([
    ['*', '=2A'],
    ['>', '=3E'],
    ['a.>', 'a=2E=3E'],
    ['...', '=2E=2E=2E'],
    ['../x', '=2E=2E=2Fx'],
    ['a b', 'a=20b'],
    ['$JS.API.>', '=24JS=2EAPI=2E=3E'],
    ['=41', '=3D41'],
    ['é', '=C3=A9'],
  ])('has the id %j as the token %s', (id, token) => {
    const task = { provider: 'p', id };
    expect(layout.pollSubject(task)).toMatch(/^m\.poll\.[0-9a-f]\.p\.[^.]+$/);
    expect(layout.pollSubject(task).endsWith(`.p.${token}`)).toBe(true);
    expect(layout.eventSubject(task)).toBe(`m.events.p.${token}`);
    expect(layout.taskOf(layout.pollSubject(task))).toEqual(task);
  });

  it('has no place for ids that walk, break lines or are too long, nor for providers that are no name', () => {
    const ids = ['', '.', '..', 'a\r\nPUB m.poll 0\r\n', 'a\0', 'a\u0085', '\ud800', 'x'.repeat(513), '…'.repeat(512)];
    const tasks = [
      ...ids.map((id) => ({ provider: 'p', id })),
      { provider: 'p.>', id: 'a' },
      { provider: '', id: 'a' },
    ];
    for (const task of tasks) {
      expect(() => layout.pollSubject(task)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });

  it('gives every task one subject of plain tokens, and finds the task by it', () => {
    fc.assert(
      fc.property(taskRef(), (task) => {
        const subject = layout.pollSubject(task);
        expect(subject).toMatch(/^m\.poll\.[0-9a-f]\.[a-z0-9-]+\.[A-Za-z0-9_=-]+$/);
        expect(layout.eventSubject(task)).toMatch(/^m\.events\.[a-z0-9-]+\.[A-Za-z0-9_=-]+$/);
        expect(layout.taskOf(subject)).toEqual(task);
      }),
    );
  });

  it('spreads tasks over all shards', () => {
    const seen = new Set<string>();
    for (let nth = 0; nth < 300; nth++) {
      const shard = layout.pollSubject({ provider: 'p', id: `task_${nth}` }).split('.')[2] ?? '';
      seen.add(shard);
    }
    expect([...seen].sort()).toEqual([...shards]);
  });

  it('takes what is no token, and so was never submitted, for the id itself', () => {
    const ids = ['a=2', 'a=2e', '=41', 'a.b', 'a b', '=C3', '>'];
    expect(ids.map((id) => layout.taskOf(`m.poll.0.p.${id}`))).toEqual(ids.map((id) => ({ provider: 'p', id })));
  });

  it('names no task where it is not the place of that task: nobody would know of the other watch', () => {
    const subject = layout.pollSubject(a);
    const others = [...'0123456789abcdef', 'x', '*', ''].map((shard) =>
      subject.replace(/poll\.[^.]*/, `poll.${shard}`),
    );
    expect(others.filter((each) => layout.taskOf(each))).toEqual([subject]);
  });

  it('names no task by what can be none', () => {
    const subjects = ['m.poll', 'm.poll.0.p', 'm.poll.0.p.', 'm.poll.0.P.a', 'm.poll.0..a', 'm.poll.0.p...', ''];
    for (const subject of subjects) {
      expect(layout.taskOf(subject), subject).toBeUndefined();
      expect(deliveryOf({ subject, data: bytes('') } as Pulled, layout, new Memory(1))).toBeUndefined();
    }
  });
});

describe('an order of a watch', () => {
  it('is read as it was written', () => {
    const deadline = fc.oneof(fc.constantFrom(0, Number.POSITIVE_INFINITY), fc.double({ min: 0, noNaN: true }));
    fc.assert(
      fc.property(taskRef(), deadline, fc.boolean(), (ref, ms, isNew) => {
        const deadlineMs = Object.is(ms, -0) ? 0 : ms;
        const data = bytes(encodeOrder({ ref, deadlineMs, isNew }));
        expect(decodeOrder(data, ref)).toEqual({ ref, deadlineMs, isNew });
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['no object', '[1]'],
    ['null', 'null'],
    ['another version', '{"v":2,"ref":{"provider":"p","id":"a"},"deadlineMs":1}'],
    ['no version', '{"ref":{"provider":"p","id":"a"},"deadlineMs":1}'],
    ['another task', '{"v":1,"ref":{"provider":"p","id":"b"},"deadlineMs":1}'],
    ['no task', '{"v":1,"deadlineMs":1}'],
    ['no deadline', '{"v":1,"ref":{"provider":"p","id":"a"}}'],
    ['a deadline before the submit', '{"v":1,"ref":{"provider":"p","id":"a"},"deadlineMs":-1}'],
    ['a deadline in words', '{"v":1,"ref":{"provider":"p","id":"a"},"deadlineMs":"1000"}'],
    ['a megabyte', `{"v":1,"ref":{"provider":"p","id":"a"},"deadlineMs":1,"x":"${'x'.repeat(1_048_576)}"}`],
    ['too deep', `${'['.repeat(8_000)}${']'.repeat(8_000)}`],
  ])('is none where it has %s', (_, text) => {
    expect(decodeOrder(bytes(text), a)).toBeUndefined();
  });

  it('is for ever where it says null, or more than a number holds, and new only where it says so', () => {
    const read = (rest: string) => decodeOrder(bytes(`{"v":1,"ref":{"provider":"p","id":"a"},${rest}}`), a);
    const forever = { ref: a, deadlineMs: Number.POSITIVE_INFINITY, isNew: false };
    expect([read('"deadlineMs":null'), read('"deadlineMs":1e999')]).toEqual([forever, forever]);
    const isNew = (word: string) => read(`"deadlineMs":1,"isNew":${word}`)?.isNew;
    expect(['true', 'false', '"true"', '1'].map(isNew)).toEqual([true, false, false, false]);
  });

  it('is none in whatever bytes, and throws for none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.json(), (raw, json) => {
        expect(decodeOrder(raw, a)).toBeUndefined();
        expect(decodeOrder(bytes(json), a)).toBeUndefined();
      }),
    );
  });

  it('is a turn that gives way only where it was handed out before, and others wait', () => {
    const pulled = { subject: layout.pollSubject(a), data: bytes(''), seq: 7, storedMs: 5 } as Pulled;
    const turn = (isRedelivery: boolean, pending: number) =>
      deliveryOf({ ...pulled, isRedelivery, pending }, layout, new Memory(1));
    expect(turn(true, 1)).toMatchObject({ task: a, generation: 7, submittedMs: 5, isAheadOfNew: true });
    expect([turn(true, 0)?.isAheadOfNew, turn(false, 1)?.isAheadOfNew]).toEqual([false, false]);
    expect(turn(true, 1)?.order).toBeUndefined();
  });

  it('is of the task that is remembered of the watch, and of no other', () => {
    const memory = new Memory(9);
    const pulled = { subject: layout.pollSubject(a), data: bytes(''), seq: 7, storedMs: 5 } as Pulled;
    const known = memory.note({ ...a }, { generation: 7, submittedMs: 5 }, { seq: 0 });
    expect(deliveryOf(pulled, layout, memory)?.task).toBe(known.task);
    expect(deliveryOf({ ...pulled, storedMs: 6 }, layout, memory)?.task).not.toBe(known.task);
    expect(deliveryOf({ ...pulled, seq: 8 }, layout, memory)?.task).toEqual(a);
  });
});
