import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RushesError } from '../../src/index.js';
import { readMessage, type TabMessage, tabId, tabName, writeMessage } from '../../src/tabs/tab-message.js';
import { snapshotOf } from '../../src/testing/index.js';

const task = { provider: 'test', id: 'task_1' } as const;
const from = 'a'.repeat(32);
const tell = (more: object): TabMessage => ({ kind: 'tell', from, isNew: false, isOld: false, ...more });
const saying = (snapshot: object) => tell({ event: { kind: 'snapshot', task, snapshot } });
const read = (message: TabMessage) => readMessage(task, writeMessage(task, message));

describe('a message between tabs', () => {
  it('is read as it was written', () => {
    const messages = [
      { kind: 'ask', from } as const,
      tell({}),
      tell({ isNew: true, isOld: true }),
      saying(snapshotOf('completed', { task, videoUrl: 'https://cdn.example.com/a.mp4?sig=1' })),
      saying(snapshotOf('in_progress', { task, raw: { a: [1] } })),
    ];
    for (const message of messages) expect(read(message)).toEqual(message);
    const error = new RushesError('NOT_FOUND', 'gone', { task });
    expect(read(tell({ event: { kind: 'lost', task, error } }))).toMatchObject({ event: { kind: 'lost', error } });
  });

  it('goes without what cannot be said', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const many = Array.from({ length: 30_000 }, () => 0);
    for (const raw of [circular, many, 1n, 'x'.repeat(5_000_000)]) {
      expect(read(saying(snapshotOf('completed', { task, raw })))).toEqual(saying(snapshotOf('completed', { task })));
    }
    expect(read(saying({ task, status: 'completed', providerStatus: '', model: 1n }))).toEqual(tell({}));
  });

  it('is none of another version, about another task, from nobody, or garbled', () => {
    const good = JSON.parse(
      writeMessage(task, tell({ event: { kind: 'snapshot', task, snapshot: snapshotOf('queued', { task }) } })),
    );
    expect(readMessage(task, JSON.stringify(good))).toBeDefined();
    const other = { ...task, id: 'task_2' };
    for (const wrong of [
      { rushes: 2 },
      { rushes: '1' },
      { rushes: undefined },
      { task: other },
      { task: undefined },
      { from: undefined },
      { from: 'A'.repeat(32) },
      { from: 'a'.repeat(33) },
      { kind: 'shout' },
      { isNew: 1 },
      { isOld: undefined },
      { event: null },
      { event: { ...good.event, task: other } },
      { event: { ...good.event, snapshot: { ...good.event.snapshot, task: other } } },
      { event: { task: other, kind: 'snapshot', snapshot: { ...good.event.snapshot, task: other } } },
      { event: { ...good.event, snapshot: { ...good.event.snapshot, status: 'done' } } },
      { event: { kind: 'lost', task, error: { code: 'TimeoutError', message: '' } } },
    ])
      expect(readMessage(task, JSON.stringify({ ...good, ...wrong })), JSON.stringify(wrong)).toBeUndefined();
    for (const text of ['', '{', 'null', '[]', '1', good, 1, null, undefined, '['.repeat(400_000)])
      expect(readMessage(task, text)).toBeUndefined();
  });

  it('never throws, and what it tells is about the task', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.json(), fc.string()), (said) => {
        const message = readMessage(task, said);
        expect(message === undefined || message.kind === 'ask' || message.event?.task.id !== 'task_2').toBe(true);
      }),
    );
  });
});

describe('the name that tabs share', () => {
  it('is of one version, scope and task, whatever is in them', () => {
    const part = fc.tuple(
      fc.string({ minLength: 1, unit: 'binary' }),
      fc.constantFrom('a', 'b'),
      fc.string({ minLength: 1 }),
    );
    fc.assert(
      fc.property(part, part, ([scope, provider, id], [scope2, provider2, id2]) => {
        const same = scope === scope2 && provider === provider2 && id === id2;
        expect(tabName(scope, { provider, id }) === tabName(scope2, { provider: provider2, id: id2 })).toBe(same);
      }),
    );
    expect(tabName('a"]', { provider: 'x', id: '/"' })).toBe('["rushes",1,"a\\"]","x","/\\""]');
  });

  it('is no name that locks refuse', () => {
    expect(tabName('-', task).startsWith('-')).toBe(false);
  });
});

describe('the id of a tab', () => {
  it('is 32 hexadecimal digits, whatever chance says', () => {
    for (const chance of [0, 0.5, 0.999_999_999_99]) expect(tabId(() => chance)).toMatch(/^[0-9a-f]{32}$/);
  });
});
