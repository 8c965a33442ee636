import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { widthOf, wrap } from '../../src/cli/board/cells.js';
import { prose } from '../../src/cli/board/prose.js';
import { sizeOf } from '../../src/cli/board/size.js';
import { durationOf, spanOf } from '../../src/cli/duration.js';
import { wordsOf } from '../../src/cli/error-words.js';
import { byLedger, goOnById } from '../../src/cli/go-on.js';
import { jsonLine } from '../../src/cli/json-line.js';
import { wordsOfCreate } from '../../src/cli/ledger/create-words.js';
import { shellLine } from '../../src/cli/shell-quote.js';
import { ark, type OpenCreate, openaiCompatible } from '../../src/index.js';
import { ref } from './board/boards.js';

const anything = fc.string({ unit: 'binary', maxLength: 40 });

describe('a line of JSON', () => {
  it('is one line that drives no terminal, and means the same', () => {
    fc.assert(
      fc.property(fc.dictionary(anything, anything), (value) => {
        const line = jsonLine(value);
        expect(line.endsWith('\n')).toBe(true);
        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('escapes what JSON would let through', () => {
    expect(jsonLine('\u007f\u009b\u2028\u202e\u{e0001}')).toBe('"\\u007f\\u009b\\u2028\\u202e\\udb40\\udc01"\n');
  });
});

describe('a line for a shell', () => {
  it('shows no control or format character', () => {
    fc.assert(
      fc.property(fc.array(anything), (words) => {
        expect(shellLine(words)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it.skipIf(spawnSync('bash', ['--version']).status !== 0)('is taken apart into the same words', () => {
    const words = [
      'task_1',
      '',
      "it's",
      'a b',
      '$HOME',
      '`x`',
      'a\\b',
      "\u202ea'\\",
      '负载',
      '*',
      '\u{e0001}',
      '-x',
      '\x1b[2J',
    ];
    const script = `for word in ${shellLine(words)}; do printf '%s\\0' "$word"; done`;
    const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8', env: { LC_ALL: 'C.UTF-8' } });
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });

  it('goes on with the same tasks at the same place', () => {
    const options = { baseUrl: 'https://a.test', deadline: { text: '1h', ms: 3_600_000 }, ledger: false } as const;
    expect(goOnById('watch', options, 'ark')([ref('a'), ref('b')])).toBe(
      'rushes watch a b --provider ark --base-url https://a.test --deadline 1h --no-ledger',
    );
    expect(goOnById('watch', {}, 'ark')([ref('-a')])).toBe('rushes watch --provider ark -- -a');
    expect(goOnById('download', options, 'ark')([ref('a')], true)).toBe(
      'rushes download a --provider ark --base-url https://a.test --no-ledger',
    );
    expect(byLedger({ ledger: 'my ledger', download: 'v' }).goOn()).toBe(
      "rushes resume --download v --ledger 'my ledger'",
    );
    expect(byLedger({ download: 'v' }).giveUp(ref('a'))).toBe('rushes resume --settle cometapi/a=abandoned');
  });
});

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['0s', 0],
  ])('%s', (text, ms) => expect(durationOf(text)).toBe(ms));

  it.each(['', '5', 's', '-1s', '1 s', '1d', '1e3s', 'Infinityh', `${'9'.repeat(400)}h`, '٣s'])(
    '"%s" is none',
    (text) => expect(durationOf(text)).toBeUndefined(),
  );

  it.each([
    [0, '0.0 s'],
    [8_160, '8.2 s'],
    [65_000, '1m 05s'],
    [3_725_000, '1h 02m'],
  ])('%d ms are %s for people', (ms, text) => expect(spanOf(ms)).toBe(text));
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_836, '1.8 kB'],
  [23_400_000, '23.4 MB'],
  [5e15, '5000.0 TB'],
])('%d bytes are %s', (bytes, text) => expect(sizeOf(bytes)).toBe(text));

it('wraps between words, and within one that is too long', () => {
  expect(wrap('a paper boat in abcdefghij', 6)).toEqual(['a', 'paper', 'boat', 'in', 'abcdef', 'ghij']);
  fc.assert(
    fc.property(anything, fc.integer({ min: 2, max: 30 }), (text, width) => {
      for (const line of wrap(text, width)) expect(widthOf(line)).toBeLessThanOrEqual(width);
    }),
  );
});

it('breaks prose between words, and commands not at all', () => {
  const text = 'The create is on its way\n  task_0123456789 and more words\n  rushes watch task_0123456789 task_2';
  expect(prose(text, 16)).toBe(
    'The create is on\nits way\n  task_0123456789\n  and more words\n  rushes watch task_0123456789 task_2',
  );
});

describe('errors', () => {
  const wordsAfter = (call: () => unknown) => {
    try {
      call();
    } catch (error) {
      return wordsOf(error);
    }
    return undefined;
  };

  it('name what was given on the command line', () => {
    const apiKey = 'sk-a';
    expect(wordsAfter(() => ark({ apiKey: '' }))).toMatch(/^ARK_API_KEY: expected/);
    expect(wordsAfter(() => openaiCompatible({ apiKey, baseUrl: 'x' }))).toMatch(/^--base-url: expected/);
    const input = { model: 'm', prompt: 'p', seconds: -1 };
    expect(wordsAfter(() => ark({ apiKey }).ask({ kind: 'create', input }))).toMatch(/^--seconds: expected/);
  });
});

describe('an open create', () => {
  const create: OpenCreate = {
    key: 'k-1',
    state: 'ambiguous',
    provider: 'cometapi',
    baseUrl: 'https://api.cometapi.com',
    model: 'm',
    promptHash: 'abc',
    sentAt: Date.UTC(2026, 0, 1),
    evidence: { message: 'no answer', status: 503, requestIds: { 'x-request-id': 'r-1' } },
  };

  it('is told with all that helps to find it, and how to close it', () => {
    expect(wordsOfCreate(create, {})).toBe(
      [
        '  2026-01-01T00:00:00.000Z  m at cometapi',
        '    look at: https://api.cometapi.com',
        '    prompt sha256: abc',
        '    answer: HTTP 503',
        '    x-request-id: r-1',
        '    because: no answer',
        '    close it with one of:',
        '      rushes resume --settle k-1=not-created',
        "      rushes resume --settle 'k-1=<task id>'",
        '      rushes resume --settle k-1=abandoned',
      ].join('\n'),
    );
  });

  it('says its reason, and not once more what stands around it', () => {
    const message =
      'a task of m may or may not have been made at https://a.test (x-request-id: r-1): the answer: none; look it up there before creating again';
    const evidence = { message, requestIds: {} };
    expect(wordsOfCreate({ ...create, evidence }, {})).toContain('    because: the answer: none\n');
  });

  it('of another ledger is closed there', () => {
    expect(wordsOfCreate(create, { ledger: 'l' })).toContain('rushes resume --settle k-1=abandoned --ledger l');
  });

  it('in flight is nothing to close', () => {
    const { evidence: _, ...rest } = create;
    expect(wordsOfCreate({ ...rest, state: 'in-flight' }, {})).not.toContain('--settle');
  });
});
