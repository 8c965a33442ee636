import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ledgerPlace } from '../../src/cli/ledger/ledger-place.js';
import { findingOf, settlementsOf } from '../../src/cli/ledger/settlements.js';
import { untilSaved } from '../../src/cli/ledger/until-saved.js';
import { chosenProvider, openProvider } from '../../src/cli/provider-choice.js';
import { givenTasks } from '../../src/cli/task-ids.js';
import { type Ledger, type OpenCreate, RushesError, type TerminalSnapshot, type Unfinished } from '../../src/index.js';
import { ref, said } from './board/boards.js';

describe('the provider', () => {
  it('is the one that is named, or the one whose key is set', () => {
    expect(chosenProvider('ark', { COMETAPI_KEY: 'k' })).toBe('ark');
    expect(chosenProvider(undefined, { ARK_API_KEY: 'k', COMETAPI_KEY: '' })).toBe('ark');
    expect(chosenProvider(undefined, { INFINITY_BLUE_API_KEY_FILE: '/a' })).toBe('infinity-blue');
    expect(() => chosenProvider(undefined, {})).toThrow(/no key is set/);
    expect(() => chosenProvider(undefined, { ARK_API_KEY: 'k', COMETAPI_KEY: 'k' })).toThrow(/cometapi or ark/);
  });

  it('has the key, and the address that is wanted', () => {
    const provider = openProvider('openai-compatible', 'https://a.test/', { OPENAI_COMPATIBLE_API_KEY: 'k' });
    expect([provider.name, provider.baseUrl, provider.key()]).toEqual(['openai-compatible', 'https://a.test', 'k']);
    expect(openProvider('ark', undefined, { ARK_API_KEY: 'k' }).baseUrl).toBe(
      'https://ark.ap-southeast.bytepluses.com/api/v3',
    );
    expect(() => openProvider('acme', 'https://a.test', {})).toThrow(/no provider is called acme/);
  });
});

it('an address with a query is refused, with what is wrong about it', () => {
  expect(() => openProvider('ark', 'https://a.test/v1?key=x', { ARK_API_KEY: 'k' })).toThrow(
    /no query and no fragment/,
  );
});

it.each([
  ['linux', {}, '/home/me/.local/state/rushes/ledger'],
  ['linux', { XDG_STATE_HOME: '/state' }, '/state/rushes/ledger'],
  ['linux', { XDG_STATE_HOME: 'relative' }, '/home/me/.local/state/rushes/ledger'],
  ['darwin', {}, '/home/me/Library/Application Support/rushes/ledger'],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/rushes/ledger'],
] as const)('the ledger on %s with %j is %s', (platform, env, place) => {
  expect(ledgerPlace({ platform, env, home: '/home/me' })).toBe(place);
});

describe('task ids', () => {
  const all = async (args: readonly string[], lines = '') => {
    const wrong: string[] = [];
    const given = givenTasks(args, 'ark', { stdin: Readable.from([lines]) }, (problem) => wrong.push(problem));
    const ids: string[] = [];
    for await (const { id } of given.all) ids.push(id);
    return { named: given.named.map(({ id }) => id), ids, wrong: wrong.length };
  };

  it('come from arguments, and from standard input where a dash says so', async () => {
    expect(await all(['a', 'b', 'a'])).toEqual({ named: ['a', 'b'], ids: ['a', 'b'], wrong: 0 });
    expect(await all(['-', 'a'], 'b\r\n\n \nsora-2:x/y\n..\nlast')).toEqual({
      named: ['a'],
      ids: ['a', 'b', ' ', 'sora-2:x/y', 'last'],
      wrong: 1,
    });
  });

  it('that are none are wrong usage', () => {
    expect(() => givenTasks(['a', '.'], 'ark', { stdin: Readable.from([]) }, () => {})).toThrow(/walk the path/);
  });
});

describe('settlements', () => {
  it.each([
    ['k=not-created', { key: 'k', found: 'not-created' }],
    ['k=task=1', { key: 'k', found: 'task=1' }],
    ['ark/a=b=abandoned', { key: 'ark/a=b', found: 'abandoned' }],
  ])('%s', (text, finding) => expect(findingOf(text)).toEqual(finding));

  it.each(['k', 'k=', '=x', 'k=..'])('%s is none', (text) => expect(() => findingOf(text)).toThrow(/Expected/));

  it.each(['k=TASK_ID', 'k=<task id>'])('%s is a template, and no finding', (text) =>
    expect(() => findingOf(text)).toThrow(/Expected the id/),
  );

  const unfinished = {
    creates: [{ key: 'k', provider: 'cometapi' } as OpenCreate],
    snapshots: [said(ref('task_1'), 'queued')],
  } as unknown as Unfinished;
  const settled = (texts: readonly string[], look: () => Promise<unknown> = async () => {}) =>
    (async () => settlementsOf(texts.map(findingOf), unfinished, look))();

  it('close creates, and tasks that nobody waits for', async () => {
    expect(await settled(['k=task_2', 'k=not-created', 'k=abandoned', 'cometapi/task_1=abandoned'])).toEqual([
      ['k', { ref: { provider: 'cometapi', id: 'task_2' } }],
      ['k', 'not-created'],
      ['k', 'abandoned'],
      ['cometapi/task_1', 'abandoned'],
    ]);
  });

  it('are wrong for what is not open', async () => {
    await expect(settled(['k=task_2', 'x=abandoned'])).rejects.toThrow(/nothing that is open/);
    await expect(settled(['cometapi/task_1=not-created'])).rejects.toThrow(/nothing that is open/);
  });

  it('need a task that its provider knows', async () => {
    const failing = (code: 'NOT_FOUND' | 'UNAVAILABLE') => () => Promise.reject(new RushesError(code, 'no'));
    await expect(settled(['k=task_2'], failing('NOT_FOUND'))).rejects.toThrow(/cometapi knows no task "task_2"/);
    await expect(settled(['k=task_2'], failing('UNAVAILABLE'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

it('a ledger that waits for videos hears of a completed task when its video is saved, and of others at once', async () => {
  const ended: string[] = [];
  const ledger = { end: async ({ task }: TerminalSnapshot) => void ended.push(task.id) } as unknown as Ledger;
  const waiting = untilSaved(ledger);
  await waiting.ledger.end(said(ref('good'), 'completed') as TerminalSnapshot, 'https://a.test');
  await waiting.ledger.end(
    said(ref('bad'), 'failed', { error: { message: 'no' } }) as TerminalSnapshot,
    'https://a.test',
  );
  expect(ended).toEqual(['bad']);
  await waiting.saved(ref('good'));
  await waiting.saved(ref('never heard of'));
  expect(ended).toEqual(['bad', 'good']);
});
