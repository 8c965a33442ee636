import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CloudEvent, fromCloudEvent, toCloudEvent } from '../../src/bridges/index.js';
import { isTerminal, type Snapshot, type TaskEvent } from '../../src/index.js';
import { isSameTask } from '../../src/task/ref.js';
import { isSameNews } from '../../src/task/sameness.js';
import { liveSnapshot, snapshot, taskRef, terminalSnapshot } from '../../src/testing/arbitraries.js';
import { anyLost, anyNews, anySnapshot, lost, lostCodes } from './news.js';

const moment = fc.option(fc.integer({ min: 0, max: 4_102_444_800_000 }), { nil: undefined });
const asEvent = (news: Snapshot | TaskEvent): TaskEvent =>
  'kind' in news ? news : { kind: 'snapshot', task: news.task, snapshot: news };
const facts = (told: TaskEvent | undefined) => (told?.kind === 'lost' ? { ...told, error: told.error.toJSON() } : told);

function shuffled<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).reverse()) as T;
}

describe('an event', () => {
  it('says what a snapshot says, through JSON as text and as bytes', () => {
    fc.assert(
      fc.property(anySnapshot, moment, (said, ms) => {
        const event = toCloudEvent(said, ms);
        const text = JSON.stringify(event);
        const told = { kind: 'snapshot', task: said.task, snapshot: said };
        expect(fromCloudEvent(event)).toEqual(told);
        expect(fromCloudEvent(text)).toEqual(told);
        expect(fromCloudEvent(new TextEncoder().encode(text))).toEqual(told);
      }),
    );
  });

  it('says why a watch was lost', () => {
    fc.assert(
      fc.property(anyLost, moment, (news, ms) => {
        const told = fromCloudEvent(JSON.stringify(toCloudEvent(news, ms)));
        const { code, message } = news.kind === 'lost' ? news.error : { code: undefined, message: undefined };
        expect(facts(told)).toEqual({ kind: 'lost', task: news.task, error: { code, message, task: news.task } });
      }),
    );
  });

  it('is plain JSON, frozen, and the same each time', () => {
    fc.assert(
      fc.property(anyNews, moment, (news, ms) => {
        const event = toCloudEvent(news, ms);
        expect(JSON.parse(JSON.stringify(event))).toEqual(event);
        expect(toCloudEvent(news, ms)).toEqual(event);
        expect([event, event.data].every(Object.isFrozen)).toBe(true);
      }),
    );
  });

  it('is the same for a snapshot alone and for a snapshot among many', () => {
    fc.assert(
      fc.property(snapshot(), moment, (said, ms) => {
        expect(toCloudEvent(asEvent(said), ms)).toEqual(toCloudEvent(said, ms));
      }),
    );
  });

  it('read and written again is itself, whatever text a source of strangers puts in', () => {
    fc.assert(
      fc.property(snapshot(), (said) => {
        const once = fromCloudEvent(toCloudEvent(said)) as TaskEvent;
        expect(once.task).toEqual(said.task);
        expect(fromCloudEvent(toCloudEvent(once))).toEqual(once);
      }),
    );
  });

  it('has attributes as CloudEvents 1.0.2 wants them', () => {
    fc.assert(
      fc.property(anyNews, moment, (news, ms) => {
        const { data, ...attributes } = toCloudEvent(news, ms);
        for (const [name, value] of Object.entries(attributes)) {
          expect(name).toMatch(/^[a-z0-9]{1,20}$/);
          expect(value).toMatch(/^[!-~]+$/);
        }
        expect(attributes.source).toMatch(/^[a-z0-9-]+$/);
        expect(attributes.subject).toMatch(/^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/);
        expect(attributes.time ?? '2026-11-22T00:00:00.000Z').toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        expect(attributes.type).toBe(`rushes.task.${data.kind === 'lost' ? 'lost' : data.snapshot.status}`);
      }),
    );
  });

  it('holds nothing but the snapshot, or what an error may show', () => {
    fc.assert(
      fc.property(anyNews, (news) => {
        const event = asEvent(news);
        const { kind, task } = event;
        expect(toCloudEvent(news).data).toEqual(
          kind === 'lost'
            ? { kind, task, error: { ...event.error.toJSON(), task } }
            : { kind, task, snapshot: event.snapshot },
        );
      }),
    );
  });
});

describe('the id of an event', () => {
  const idOf = (news: Snapshot | TaskEvent, ms?: number) => toCloudEvent(news, ms).id;

  it('is the same for the same news, however it is worded, whenever it was polled, with a body or without', () => {
    fc.assert(
      fc.property(anySnapshot, fc.jsonValue(), moment, moment, (said, raw, ms, created) => {
        const again = shuffled({ ...said, task: shuffled(said.task), raw, ...(created && { createdAt: created }) });
        expect(idOf(again as Snapshot, ms)).toBe(idOf(said));
        expect(idOf({ ...said, progress: said.progress } as Snapshot)).toBe(idOf(said));
      }),
    );
  });

  it('of an end depends on provider and id alone', () => {
    const any = taskRef().chain((task) => fc.tuple(terminalSnapshot({ task }), terminalSnapshot({ task }), moment));
    fc.assert(
      fc.property(any, ([one, other, ms]) => {
        expect(idOf(one, ms)).toBe(idOf(other));
        expect(idOf(one)).toMatch(/:terminal$/);
      }),
    );
  });

  it('differs exactly where live news does', () => {
    const any = taskRef().chain((task) => fc.tuple(liveSnapshot({ task }), liveSnapshot({ task })));
    fc.assert(
      fc.property(any, ([one, other]) => {
        expect(idOf(one) === idOf(other)).toBe(isSameNews(one, other));
      }),
      { numRuns: 500 },
    );
  });

  it('differs for different tasks, and for different kinds of news', () => {
    fc.assert(
      fc.property(anySnapshot, anySnapshot, fc.constantFrom(...lostCodes), (one, other, code) => {
        if (!isSameTask(one.task, other.task)) expect(idOf(one)).not.toBe(idOf(other));
        expect(idOf(lost(one.task, code))).not.toBe(idOf(one));
        if (!isTerminal(one)) expect(idOf(one)).not.toMatch(/:terminal$/);
      }),
    );
    const codes = lostCodes.map((code) => idOf(lost(undefined, code)));
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('never comes twice among many that differ a little', () => {
    const ids = new Set<string>();
    const words = ['排队中', '生成中', 'queued', 'QUEUED', 'Queued '];
    for (let i = 0; i < 100_000; i++) {
      const said = { task: { provider: 'test', id: 't' }, status: 'in_progress', progress: i / 1_000 } as const;
      ids.add(idOf({ ...said, providerStatus: words[i % words.length] ?? '' }));
    }
    expect(ids.size).toBe(100_000);
  });

  it('goes with a source: no two sources share an event', () => {
    const pair = ({ source, id }: CloudEvent) => JSON.stringify([source, id]);
    fc.assert(
      fc.property(anyNews, anyNews, (one, other) => {
        const [a, b] = [toCloudEvent(one), toCloudEvent(other)];
        if (a.source !== b.source) expect(a.id).not.toBe(b.id);
        if (pair(a) === pair(b)) expect(asEvent(one).task).toEqual(asEvent(other).task);
      }),
    );
  });
});
