import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isPublishFailed } from '../../src/bridges/index.js';
import { RushesError } from '../../src/index.js';
import { snapshotOf } from '../../src/testing/index.js';
import { many, marks, play, single } from './bus-scene.js';

const task = { provider: 'test', id: 'task_1' };
const deadline = new RushesError('DEADLINE', 'too late', { task });

describe('publishTo', () => {
  it('does what its doc comment draws', async () => {
    const text = readFileSync(new URL('../../src/bridges/publish/publish-to.ts', import.meta.url), 'utf8');
    const row = (name: string) => new RegExp(`${name}: +(\\S+)`).exec(text)?.[1] ?? '';
    const afterMs = Number(/acknowledged after (\d+) frames/.exec(text)?.[1]);
    const ack = `${'-'.repeat(afterMs)}a`;
    const { sent, result, listened } = await play({
      source: row('source'),
      answers: { q: [ack], r: [ack], s: [ack], t: [ack], C: [ack] },
      values: {
        ...single,
        s: snapshotOf('in_progress', { progress: 5 }),
        t: snapshotOf('in_progress', { progress: 8 }),
      },
    });
    expect(sent).toEqual(marks(row('sent')));
    expect(result).toEqual(marks(row('result')));
    expect(listened).toEqual(['^@0', '!@12']);
  });

  it('passes each value on once it is acknowledged, and no sooner', async () => {
    const played = await play({ source: 'q----r----C|', answers: { r: ['a'], C: ['---a'] } });
    expect(played.sent).toEqual(marks('  q----r----C'));
    expect(played.result).toEqual(marks('--q--r-------(C|)'));
    expect(played.listened).toEqual(['^@0', '!@11']);
    expect(played.values).toEqual([single['q'], single['r'], single['C']]);
    expect(played.timers).toBe(0);
  });

  it('passes on what it was given, not a copy', async () => {
    const [one, among] = [await play({ source: 'q|' }), await play({ source: 'a|', values: many })];
    expect([one.values[0], among.values[0]]).toEqual([single['q'], many['a']]);
    expect(one.values[0] === single['q'] && among.values[0] === many['a']).toBe(true);
  });

  it('publishes when it was seen, not when it had its turn', async () => {
    const { events } = await play({ source: '--q---C|', answers: { q: ['---------a'] } });
    expect(events.map(({ time }) => time)).toEqual(['1970-01-01T00:00:00.002Z', '1970-01-01T00:00:00.006Z']);
  });

  it.each<[string, string, string, string]>([
    ['nothing', '---|', '', '---|'],
    ['an end at once', '|', '', '|'],
    ['an error that is no loss', '--#', '', '--#'],
  ])('ends as its source, after %s', async (_, source, sent, result) => {
    const played = await play({ source });
    expect([played.sent, played.result]).toEqual([marks(sent), marks(result)]);
  });

  it('lets its end wait for all acknowledgements', async () => {
    const played = await play({ source: '(ax)|', values: many, answers: { a: ['------a'], x: ['--------a'] } });
    expect(played.result).toEqual(marks('------a-(x|)'));
    const failing = await play({ source: '(ax)#', values: many, answers: { x: ['--------a'] }, error: 'gone' });
    expect(failing.result).toEqual(marks('--a-----(x#)'));
    expect(failing.error).toBe('gone');
    expect(failing.listened).toEqual(['^@0', '!@4']);
  });

  it('begins anew with each subscriber', async () => {
    expect(await play({ source: 'q-C|' })).toMatchObject({ result: marks('--q-(C|)') });
    expect(await play({ source: 'q-C|' })).toMatchObject({ result: marks('--q-(C|)') });
  });
});

describe('the line of a task', () => {
  it('lets newer live news take the place of live news that waits, which is never passed on', async () => {
    const played = await play({ source: 'q-r-5-6-7--|', answers: { q: ['---------a'], 7: ['--a'] } });
    expect(played.sent).toEqual(marks('  q--------7'));
    expect(played.result).toEqual(marks('---------q-(7|)'));
  });

  it('never replaces what is under way', async () => {
    const played = await play({ source: 'q---r---5|', answers: { r: ['---------a'] } });
    expect(played.sent).toEqual(marks('  q---r--------5'));
    expect(played.result).toEqual(marks('--q----------r-(5|)'));
  });

  it('never replaces the end of the task, nor takes anything for news after it', async () => {
    const played = await play({ source: '(qCrFX5)|', answers: { q: ['---a'], C: ['---a'] } });
    expect(played.sent).toEqual(marks('  q--C'));
    expect(played.result).toEqual(marks('---q--C-|'));
    const alone = await play({ source: '(CFr)|', answers: { C: ['------a'] } });
    expect([alone.sent, alone.result]).toEqual([marks('C'), marks('------(C|)')]);
  });

  it('lets the end wait behind the newest live news', async () => {
    const played = await play({ source: '(qr5C)|', answers: { q: ['---a'] } });
    expect(played.sent).toEqual(marks('  q--5-C'));
  });

  it('never replaces the loss of a watch, nor live news before it', async () => {
    const played = await play({ source: '(abLcbLA)|', values: many });
    expect(played.sent).toEqual(marks('  a-b-L-b-L-A'));
    expect(played.result.slice(0, -1)).toEqual(marks('--a-b-L-b-L-A'));
  });

  it('is a new one when the task comes back after its end was acknowledged', async () => {
    const played = await play({ source: 'A---b---|', values: many });
    expect([played.sent, played.result]).toEqual([marks('A---b'), marks('--A---b-|')]);
  });

  it('does not hold up other tasks', async () => {
    const played = await play({ source: '(axby)-z-X|', values: many, answers: { a: ['-'] }, leavesAt: 50 });
    expect(played.sent).toEqual(['a@0', 'x@0', 'y@2', 'z@7', 'X@9']);
    expect(played.result).toEqual(['x@2', 'y@4', 'z@9', 'X@11']);
  });
});

describe('how much is under way', () => {
  const crowd = Object.fromEntries(
    Array.from('abcdefgh', (letter) => {
      const about = { provider: 'test', id: letter };
      const snapshot = { task: about, status: 'queued', providerStatus: '' } as const;
      return [letter, { kind: 'snapshot', task: about, snapshot }] as const;
    }),
  );

  it.each<[number, string]>([
    [1, 'a-b-c-d-e-f-g-h'],
    [3, '(abc)'],
    [Number.POSITIVE_INFINITY, '(abcdefgh)'],
  ])('is at most %s events', async (concurrency, begins) => {
    const played = await play({ source: '(abcdefgh)|', values: crowd, options: { concurrency } });
    expect(played.sent.slice(0, marks(begins).length)).toEqual(marks(begins));
    expect(played.most).toEqual({ together: Math.min(concurrency, 8), ofOneTask: 1 });
    expect(played.result).toHaveLength(9);
  });

  it('gives the place of an event that waits for its retry to others', async () => {
    const retry = { initialMs: 10, maxMs: 10 };
    const answers = { a: ['-r', '-a'], b: ['-a'] };
    const played = await play({ source: '(ab)|', values: crowd, answers, options: { concurrency: 1, retry } });
    expect(played.sent).toEqual(['a@0', 'b@1', 'a@11']);
    expect(played.result).toEqual(['b@2', 'a@12', '|@12']);
  });
});

describe('a single watch that is lost', () => {
  it('is published as lost, then passed on', async () => {
    const played = await play({
      source: 'q--#',
      values: { ...single, L: { kind: 'lost', task, error: deadline as never } },
      error: deadline,
    });
    expect(played.sent).toEqual(marks('q--L'));
    expect(played.result).toEqual(marks('--q--#'));
    expect(played.error).toBe(deadline);
    expect(played.events[1]).toMatchObject({
      type: 'rushes.task.lost',
      data: { kind: 'lost', task, error: { code: 'DEADLINE', message: 'too late' } },
    });
  });

  it('waits for what was said before', async () => {
    const played = await play({ source: '(qr)#', answers: { q: ['-----a'], r: ['--a'] }, error: deadline });
    expect(played.sent).toEqual(['q@0', 'r@5', '?@7']);
    expect(played.result).toEqual(['q@5', 'r@7', '#@9']);
  });

  it('is the error of its publishing when even that fails', async () => {
    const lastSnapshot = snapshotOf('queued');
    const error = new RushesError('DEADLINE', 'too late', { task, lastSnapshot });
    const played = await play({ source: 'q---#', answers: { '?': ['--n'] }, error });
    expect(played.error).toMatchObject({ code: 'PUBLISH_FAILED', task, lastSnapshot, retryable: false });
    expect(played.result).toEqual(['q@2', '#@6']);
    expect(isPublishFailed(played.error) && played.error.event.data).toMatchObject({
      kind: 'lost',
      error: { code: 'DEADLINE' },
    });
  });

  it.each([
    ['the task itself failed', new RushesError('TASK_FAILED', 'no video', { task })],
    ['no task is named', new RushesError('DEADLINE', 'too late')],
    ['it is no error of ours', new Error('boom')],
    ['another bus did not take it', new RushesError('PUBLISH_FAILED', 'no', { task, event: {} })],
    ['another bus could never take it', new RushesError('INVALID_ARGUMENT', 'too long', { task, event: {} })],
  ])('is not told of as lost when %s', async (_, error) => {
    const played = await play({ source: 'q-#', error });
    expect([played.sent, played.result]).toEqual([['q@0'], ['q@2', '#@2']]);
    expect(played.error).toBe(error);
  });
});

describe('a loss that cannot be told of', () => {
  it('is passed on all the same, where its task has no address', async () => {
    for (const id of ['', 'a\r\nPUB x 0']) {
      const error = new RushesError('DEADLINE', 'too late', { task: { provider: 'test', id } });
      const played = await play({ source: 'q-#', error });
      expect([played.sent, played.result]).toEqual([['q@0'], ['q@2', '#@2']]);
      expect(played.error).toBe(error);
    }
  });
});

describe('news that JSON cannot say', () => {
  it('is the error of the stream, once the others are acknowledged', async () => {
    const q = snapshotOf('queued', { raw: { nonce: 10n } });
    const played = await play({
      source: 'r-q-C|',
      values: { r: snapshotOf('in_progress'), C: snapshotOf('completed') },
      answers: { r: ['----a'] },
      more: { q },
    });
    expect([played.sent, played.result]).toEqual([['r@0'], ['r@4', '#@4']]);
    expect(played.error).toBeInstanceOf(TypeError);
    expect(played.listened).toEqual(['^@0', '!@2']);
  });
});

describe('who leaves', () => {
  it.each<[string, string, number, Record<string, string[]>]>([
    ['before any news', '-----q', 2, {}],
    ['while an event is under way', 'q--r--C|', 4, { q: ['-----------a'] }],
    ['while an event waits for its retry', 'q--r--C|', 4, { q: ['-r'], r: ['-r'] }],
    ['while the end waits for acknowledgements', 'q|', 4, { q: ['-------a'] }],
    ['while an answer is waited for', 'q--r', 4, { q: ['-'] }],
  ])('stops all at once: %s', async (_, source, leavesAt, answers) => {
    const played = await play({ source, leavesAt, answers });
    expect(played.timers).toBe(0);
    expect(played.result).toEqual([]);
    expect(played.sent.filter((mark) => Number(mark.split('@')[1]) > leavesAt)).toEqual([]);
    expect(played.listened.length).toBe(2);
  });

  it('hears no more of what the bus answers then, and nothing is tried again', async () => {
    const played = await play({ source: 'q-r-C|', leavesAt: 4, answers: { q: ['--------r'] } });
    expect(played).toMatchObject({ sent: ['q@0'], result: [], retries: [], timers: 0 });
  });

  it('may leave as it is told', async () => {
    const played = await play({ source: 'q--r--C|', leavesAt: 2 });
    expect(played).toMatchObject({ sent: ['q@0'], result: ['q@2'], listened: ['^@0', '!@2'], timers: 0 });
  });
});
