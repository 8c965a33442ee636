import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_EVENT_LENGTH } from '../../src/bridges/envelope/cloud-event.js';
import { readCloudEvent } from '../../src/bridges/envelope/from-cloud-event.js';
import { type CloudEvent, fromCloudEvent, toCloudEvent } from '../../src/bridges/index.js';
import { isStatus } from '../../src/task/status.js';
import { hostileJson } from '../../src/testing/arbitraries.js';
import { snapshotOf } from '../../src/testing/index.js';
import { anyNews, anySnapshot, deepJson, lost } from './news.js';

const task = { provider: 'test', id: 'task_1' };
const event = toCloudEvent(snapshotOf('completed', { task, videoUrl: 'https://cdn.example.com/v.mp4' }), 0);
const [live, lostEvent] = [toCloudEvent(snapshotOf('queued', { task })), toCloudEvent(lost(task))];
const changed = (change: object, to: CloudEvent = event) => JSON.stringify({ ...to, ...change });
const about = (id: string, more: object = {}) => ({ ...event.data, task: { ...task, id }, ...more });

describe('fromCloudEvent', () => {
  it.each([live, event, lostEvent])('reads $type as an object, as text and as bytes', (good) => {
    const text = JSON.stringify(good);
    const forms = [good, text, ` ${text}\n`, new TextEncoder().encode(text), Buffer.from(text)];
    for (const form of forms) expect(fromCloudEvent(form)?.task).toEqual(task);
    expect(fromCloudEvent(new Uint8Array(Buffer.from(`..${text}`)).subarray(2))?.task).toEqual(task);
  });

  it('reads what another writer made of it: other order, other spacing, attributes of its own', () => {
    const reversed = Object.fromEntries(Object.entries({ ...event, traceparent: '00-ab', time: 5 }).reverse());
    const told = fromCloudEvent(JSON.stringify(reversed, undefined, 2));
    expect(told).toEqual(fromCloudEvent(event));
  });

  it.each<[string, string]>([
    ['another version', changed({ specversion: '0.3' })],
    ['a version as a number', changed({ specversion: 1 })],
    ['no id', changed({ id: undefined })],
    ['an empty id', changed({ id: '' })],
    ['an id that is no text', changed({ id: 7 })],
    ['another source', changed({ source: 'other' })],
    ['a source in another case', changed({ source: 'TEST' })],
    ['no source', changed({ source: undefined })],
    ['another subject', changed({ subject: 'task_2' })],
    ['no subject', changed({ subject: undefined })],
    ['the type of another end', changed({ type: 'rushes.task.failed' })],
    ['the type of live news', changed({ type: 'rushes.task.queued' })],
    ['the type of a loss', changed({ type: 'rushes.task.lost' })],
    ['the type of an end', changed({ type: event.type }, live)],
    ['the type of an end for a loss', changed({ type: event.type }, lostEvent)],
    ['a type of strangers', changed({ type: 'com.example.completed' })],
    ['no data', changed({ data: undefined })],
    ['data as text', changed({ data: JSON.stringify(event.data) })],
    ['a snapshot as data', changed({ data: snapshotOf('completed', { task }) })],
    ['data of another task', changed({ data: about('task_2', { snapshot: snapshotOf('completed') }) })],
    ['data that speaks of two tasks', changed({ data: about('task_2') })],
    ['another task, but for its data', changed({ source: 'test', subject: 'task_2' })],
    [
      'a snapshot of another task',
      changed({
        data: about('task_1', {
          snapshot: snapshotOf('completed', {
            task: { ...task, id: 'task_2' },
          }),
        }),
      }),
    ],
    [
      'an error of another task',
      changed(
        { data: { ...lostEvent.data, error: { code: 'DEADLINE', message: 'x', task: { ...task, id: 'task_2' } } } },
        lostEvent,
      ),
    ],
    ['an id that no task can have', changed({ subject: '=2E=2E', data: about('..') })],
    ['an id with a control character', changed({ subject: 'a=0D=0AB', data: about('a\r\nB') })],
    ['an unknown status', changed({ data: about('task_1', { snapshot: { task, status: 'done' } }) })],
    [
      'a status that every object inherits',
      changed({ data: about('task_1', { snapshot: { task, status: 'toString' } }) }),
    ],
    ['an unknown kind', changed({ data: { ...event.data, kind: 'deleted' } })],
    ['a loss without an error', changed({ data: { kind: 'lost', task } }, lostEvent)],
    ['a loss of an unknown code', changed({ data: { kind: 'lost', task, error: { code: 'OOPS' } } }, lostEvent)],
  ])('takes nothing from an event with %s', (_, body) => {
    expect(fromCloudEvent(body)).toBeUndefined();
    expect(fromCloudEvent(JSON.parse(body))).toBeUndefined();
  });

  it('cannot be given an attribute by way of a prototype', () => {
    const { data: _, ...attributes } = event;
    const text = `{"__proto__":${JSON.stringify(event)},${JSON.stringify(attributes).slice(1)}`;
    expect(fromCloudEvent(text)).toBeUndefined();
    expect(fromCloudEvent(JSON.parse(text))).toBeUndefined();
    expect(fromCloudEvent(`{"__proto__":${JSON.stringify(event)}}`)).toBeUndefined();
    expect(fromCloudEvent(Object.create(event))).toBeUndefined();
    expect(({} as Record<string, unknown>)['specversion']).toBeUndefined();
  });

  it('takes from a hostile body no more than facts', () => {
    const snapshot = {
      ...snapshotOf('completed', { task }),
      videoUrl: 'javascript:alert(1)',
      progress: Number.POSITIVE_INFINITY,
      seconds: -1,
      createdAt: '2026',
      model: `${'\u202e'}Bearer sk-secret`,
      apiKey: 'sk-secret',
      toString: 'x',
    };
    const told = fromCloudEvent(changed({ data: { kind: 'snapshot', task, snapshot, apiKey: 'sk' }, apikey: 'sk' }));
    expect(told).toEqual({
      kind: 'snapshot',
      task,
      snapshot: { task, status: 'completed', providerStatus: 'completed', model: 'Bearer [redacted]' },
    });
  });

  it.each<[string, unknown]>([
    ['10 MB of text', changed({ padding: 'x'.repeat(10_000_000) })],
    ['10 MB of bytes', new TextEncoder().encode(changed({ padding: 'x'.repeat(10_000_000) }))],
    ['an object of 10 MB', { ...event, padding: 'x'.repeat(10_000_000) }],
    [
      'one character more than is allowed',
      changed({ p: 'x'.repeat(MAX_EVENT_LENGTH - changed({ p: '' }).length + 1) }),
    ],
    ['400,000 deep text', deepJson(400_000)],
    ['400,000 deep data', `${changed({}).slice(0, -1)},"deep":${deepJson(100_000)}}`],
    ['a 400,000 deep object', deepObject(400_000)],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
    ['a lone surrogate as bytes', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['an event with a byte in it that is no UTF-8', Uint8Array.from(Buffer.from(changed({ p: '\xff' }), 'latin1'))],
    ['no bytes', new Uint8Array()],
    ['an object that throws', throwing('specversion')],
    ['an object that throws in toJSON', { toJSON: throwing('x') }],
    ['a proxy that throws', new Proxy({}, throwing('ownKeys'))],
    ['a revoked proxy', revoked()],
    ['a cyclic object', cyclic()],
    ['a bigint', { ...event, id: 10n }],
  ])('takes nothing from %s', (_, body) => {
    expect(fromCloudEvent(body)).toBeUndefined();
  });

  it('takes the longest event that is allowed, also as three bytes for each character', () => {
    const padding = '文'.repeat(MAX_EVENT_LENGTH - changed({ p: '' }).length);
    const longest = changed({ p: padding });
    expect(longest.length).toBe(MAX_EVENT_LENGTH);
    expect(fromCloudEvent(longest)?.task).toEqual(task);
    expect(fromCloudEvent(new TextEncoder().encode(longest))?.task).toEqual(task);
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSparseArray: true,
          withNullPrototype: true,
          withTypedArray: true,
          withObjectString: true,
        }),
        (value) => {
          expect(fromCloudEvent(value)).toBeUndefined();
        },
      ),
    );
    fc.assert(
      fc.property(hostileJson(), (text) => {
        expect(fromCloudEvent(text)).toBeUndefined();
      }),
    );
  });

  it('never throws on an event with hostile parts, and what it tells then agrees with itself', () => {
    const path = fc.constantFrom('id', 'source', 'subject', 'type', 'data', 'specversion', 'time', '__proto__');
    fc.assert(
      fc.property(anyNews, path, hostileJson(), (news, name, value) => {
        const good = toCloudEvent(news);
        const body = JSON.stringify({ ...good, [name]: 'HOLE' }).replace('"HOLE"', () => value);
        const told = fromCloudEvent(body);
        if (told) expect(told).toMatchObject({ task: good.data.task });
      }),
    );
  });

  it('never throws on a snapshot with hostile facts, and makes a valid one of it or none', () => {
    const fact = fc.constantFrom('status', 'task', 'progress', 'error', 'videoUrl', 'raw', 'providerStatus', 'model');
    fc.assert(
      fc.property(anySnapshot, fact, hostileJson(), (said, name, value) => {
        const good = toCloudEvent(said);
        const data = { ...good.data, snapshot: { ...said, [name]: 'HOLE' } };
        const told = fromCloudEvent(JSON.stringify({ ...good, data }).replace('"HOLE"', () => value));
        if (!told) return;
        expect(told.kind === 'snapshot' && isStatus(told.snapshot.status)).toBe(true);
        expect(told.task).toEqual(said.task);
        expect(JSON.stringify(fromCloudEvent(toCloudEvent(told)))).toEqual(JSON.stringify(told));
      }),
    );
  });

  it('never throws on text that was cut or changed on its way', () => {
    fc.assert(
      fc.property(anyNews, fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }), (news, at, piece) => {
        const text = JSON.stringify(toCloudEvent(news));
        const place = at % text.length;
        for (const body of [text.slice(0, place), text.slice(0, place) + piece + text.slice(place + piece.length)]) {
          const told = fromCloudEvent(body);
          if (told) expect(fromCloudEvent(new TextEncoder().encode(body))?.kind ?? 'not UTF-8').toBeTypeOf('string');
        }
      }),
    );
  });
});

describe('readCloudEvent', () => {
  it('tells all that the event says, for whoever verifies it', () => {
    const read = readCloudEvent(changed({ signature: 'abc', traceparent: '00' }));
    expect(read?.attributes).toMatchObject({ ...JSON.parse(JSON.stringify(event)), signature: 'abc' });
    expect(read?.told).toEqual(fromCloudEvent(event));
  });
});

function deepObject(depth: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < depth; i++) value = { value };
  return value;
}

function throwing(name: string): object {
  return {
    get [name]() {
      throw new Error('boo');
    },
  };
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function cyclic(): object {
  const value: Record<string, unknown> = { ...event };
  value['data'] = value;
  return value;
}
