import { readFileSync } from 'node:fs';
import { type CloudEvent as AnyCloudEvent, CloudEvent as CloudEventOfSdk, HTTP, Kafka, MQTT } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_EVENT_LENGTH } from '../../src/bridges/envelope/cloud-event.js';
import { type CloudEvent, fromCloudEvent, toCloudEvent } from '../../src/bridges/index.js';
import { type LostError, RushesError, type Snapshot } from '../../src/index.js';
import { bodyLimits as limits } from '../../src/providers/parse-body.js';
import { snapshotOf } from '../../src/testing/index.js';
import { anyNews, deepJson, lost } from './news.js';

const task = { provider: 'cometapi', id: 'sora-2:task_1' };
const link = 'https://cdn.example.com/v.mp4?signature=abc';
const withRaw = (raw: unknown): Snapshot => snapshotOf('in_progress', { task, raw });
const rawOf = (event: CloudEvent) => (event.data.kind === 'snapshot' ? event.data.snapshot.raw : 'no snapshot');

describe('toCloudEvent', () => {
  it('makes a CloudEvent of a snapshot', () => {
    const said = snapshotOf('completed', { task, videoUrl: link, completedAt: 1_800_000_000_000 });
    expect(toCloudEvent(said, 1)).toEqual({
      specversion: '1.0',
      id: 'cometapi:sora-2=3Atask_1:terminal',
      source: 'cometapi',
      type: 'rushes.task.completed',
      subject: 'sora-2=3Atask_1',
      time: '2027-01-15T08:00:00.000Z',
      datacontenttype: 'application/json',
      data: { kind: 'snapshot', task, snapshot: said },
    });
  });

  it('makes one of a lost watch, with no more than its error may show', () => {
    const lastSnapshot = snapshotOf('completed', { task, videoUrl: link });
    const cause = Object.assign(new Error('Bearer sk-secret'), { request: { authorization: 'Bearer sk-secret' } });
    const error = new RushesError('DEADLINE', 'too late', { task, lastSnapshot, event: { link }, cause }) as LostError;
    const event = toCloudEvent({ kind: 'lost', task, error }, 0);
    expect(event).toMatchObject({
      id: 'cometapi:sora-2=3Atask_1:lost:DEADLINE',
      type: 'rushes.task.lost',
      time: '1970-01-01T00:00:00.000Z',
      data: { kind: 'lost', task, error: { code: 'DEADLINE', message: 'too late', task, status: 'completed' } },
    });
    expect(JSON.stringify(event)).not.toMatch(/signature|sk-secret/);
  });

  it('has the id that its doc comment shows', () => {
    const said = { task: { provider: 'cometapi', id: 'task_1' }, status: 'queued', providerStatus: 'queued' } as const;
    const source = readFileSync(new URL('../../src/bridges/envelope/cloud-event.ts', import.meta.url), 'utf8');
    const shown = /id: '([^'…]+)…'/.exec(source)?.[1] ?? 'nothing';
    expect(toCloudEvent(said).id.startsWith(shown)).toBe(true);
    expect(shown).toMatch(/^cometapi:task_1:queued:[0-9a-f]{4}$/);
  });

  it.each<[string, Snapshot, number | undefined, string | undefined]>([
    ['when it was observed', snapshotOf('queued'), 1_700_000_000_000, '2023-11-14T22:13:20.000Z'],
    ['when a failure was observed', snapshotOf('failed'), 1_700_000_000_000, '2023-11-14T22:13:20.000Z'],
    ['when it was completed', snapshotOf('completed', { completedAt: 0 }), 1, '1970-01-01T00:00:00.000Z'],
    ['nothing where that is not known', snapshotOf('completed'), undefined, undefined],
    ['nothing for no time', snapshotOf('queued'), Number.NaN, undefined],
    ['nothing beyond what a date can be', snapshotOf('queued'), 9e15, undefined],
    ['nothing after the year 9999', snapshotOf('queued'), 253_402_300_800_000, undefined],
    ['the last moment of the year 9999', snapshotOf('queued'), 253_402_300_799_999, '9999-12-31T23:59:59.999Z'],
    ['nothing before the year 0', snapshotOf('queued'), -62_167_219_200_001, undefined],
  ])('tells as its time %s', (_, said, ms, time) => {
    expect(toCloudEvent(said, ms).time).toBe(time);
  });

  it('leaves out a body that would make the event longer than its readers take', () => {
    const longest = 'x'.repeat(MAX_EVENT_LENGTH - 16_384 - JSON.stringify(withRaw('')).length - 1);
    expect(rawOf(toCloudEvent(withRaw(longest)))).toBe(longest);
    const event = toCloudEvent(withRaw(`${longest}x`));
    expect(rawOf(event)).toBeUndefined();
    expect(fromCloudEvent(event)).toMatchObject({ kind: 'snapshot', snapshot: { status: 'in_progress' } });
    expect(Object.isFrozen(event.data.kind === 'snapshot' && event.data.snapshot)).toBe(true);
  });

  it('leaves room for the longest facts beside the body', () => {
    const id = '文'.repeat(512);
    const text = '\u{1F3AC}'.repeat(1_000);
    const said = snapshotOf('completed', {
      task: { provider: 'p'.repeat(64), id },
      providerStatus: text,
      model: text,
      size: text,
      videoUrl: `https://a.test/${'x'.repeat(8_170)}`,
    });
    const length = JSON.stringify({ ...said, raw: '' }).length;
    const raw = 'x'.repeat(MAX_EVENT_LENGTH - 16_384 - length - 1);
    const event = toCloudEvent({ ...said, raw }, 0);
    expect(rawOf(event)).toBe(raw);
    expect(JSON.stringify(event).length).toBeLessThanOrEqual(MAX_EVENT_LENGTH);
    expect(fromCloudEvent(event)).toBeDefined();
  });

  it.each<[string, unknown]>([
    ['deeper', JSON.parse(deepJson(limits.depth))],
    ['of more values', Array.from({ length: limits.nodes }, () => 1)],
  ])('leaves out a body that is %s than its readers take', (_, raw) => {
    const event = toCloudEvent(withRaw(raw));
    expect(rawOf(event)).toBeUndefined();
    expect(fromCloudEvent(event)).toMatchObject({ snapshot: { status: 'in_progress' } });
  });

  it('keeps a body that is as deep, or of as many values, as its readers take', () => {
    for (const raw of [JSON.parse(deepJson(limits.depth - 3)), Array.from({ length: limits.nodes - 100 }, () => 1)]) {
      const event = toCloudEvent(withRaw(raw));
      expect(fromCloudEvent(event)).toMatchObject({ snapshot: { raw } });
    }
  });

  it('is read again, just below and just above what readers take', () => {
    for (let spare = 0; spare < 120; spare += 3) {
      const event = toCloudEvent(withRaw(Array.from({ length: limits.nodes - spare }, () => 1)));
      expect(fromCloudEvent(event), `${spare} values to spare`).toBeDefined();
    }
  });

  it('leaves out a body that JSON cannot say', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const event = toCloudEvent(withRaw(cyclic));
    expect(fromCloudEvent(event)).toMatchObject({ snapshot: { status: 'in_progress' } });
  });
});

describe('the SDK of CloudEvents', () => {
  const headers = { 'content-type': 'application/cloudevents+json' };
  const readers: Readonly<Record<string, (body: string) => unknown>> = {
    'HTTP.toEvent': (body) => HTTP.toEvent({ headers, body }),
    'Kafka.toEvent': (body) => Kafka.toEvent({ headers, body, value: body, key: '', timestamp: 0 } as never),
    'MQTT.toEvent': (body) =>
      MQTT.toEvent({ headers: {}, body, PUBLISH: { 'Content Type': headers['content-type'] } } as never),
  };

  it.each(Object.entries(readers))('reads by %s what is emitted, and finds it valid', (_, read) => {
    fc.assert(
      fc.property(anyNews, fc.integer({ min: 0, max: 4e12 }), (news, ms) => {
        const event = toCloudEvent(news, ms);
        const parsed = read(JSON.stringify(event)) as AnyCloudEvent<unknown>;
        expect(parsed.validate()).toBe(true);
        expect(JSON.parse(JSON.stringify(parsed))).toMatchObject(JSON.parse(JSON.stringify(event)));
      }),
    );
  });

  it('takes it as the arguments of a strict event, and writes it so that we read the same', () => {
    for (const news of [snapshotOf('queued', { task }), snapshotOf('failed', { task }), lost(task)]) {
      const event = toCloudEvent(news, 0);
      const { body } = HTTP.structured(new CloudEventOfSdk({ ...event }));
      expect(fromCloudEvent(body)).toEqual(fromCloudEvent(event));
    }
  });

  it('does not need a time', () => {
    const body = JSON.stringify(toCloudEvent(snapshotOf('queued')));
    expect(body).not.toContain('"time"');
    expect((HTTP.toEvent({ headers, body }) as AnyCloudEvent<unknown>).validate()).toBe(true);
  });
});
