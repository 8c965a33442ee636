import { appendFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toLine } from '../../../src/create/file-ledger/record-line.js';
import type { LedgerRecord } from '../../../src/create/ledger-record.js';
import { create, createIn, keyOf, ledgers, segments, standing } from './stage.js';

const home = ledgers();

/** A ledger whose one file holds `text`, long ago. */
async function ledgerOf(text: string | Uint8Array) {
  const path = await home.path();
  await mkdir(`${path}.d`, { mode: 0o700 });
  const file = join(`${path}.d`, 'host-1.jsonl');
  await writeFile(file, text, { mode: 0o600 });
  await utimes(file, 0, 0);
  return { path, ledger: await home.open(path) };
}

/** What one process wrote: two tasks. */
async function written(): Promise<string> {
  const path = await home.path();
  const ledger = await home.open(path);
  await createIn(ledger, 'first');
  await createIn(ledger, 'second é 🎬');
  await ledger.close();
  return readFile((await segments(path))[0] as string, 'utf8');
}

describe('a file that was cut', () => {
  it('at any byte loses at most the record that was cut, and never one of another process', async () => {
    const text = Buffer.from(await written());
    const start = text.lastIndexOf('\n');
    const { path } = await ledgerOf(text);
    const [file] = await segments(path);
    await createIn(await home.open(path), 'of another');
    for (let length = start; length <= text.length; length++) {
      await writeFile(file as string, text.subarray(0, length));
      const isWhole = length === text.length;
      const { tasks } = await standing(await home.open(path));
      expect(tasks, `${length}`).toEqual(isWhole ? ['first', 'of another', 'second é 🎬'] : ['first', 'of another']);
    }
  });

  it('and written on by its own kind keeps what follows', async () => {
    const text = await written();
    const lines = text.split('\n');
    const torn = `${lines.slice(0, 3).join('\n')}\n${lines[3]?.slice(0, 40)}\n${lines[4]}`;
    const { ledger } = await ledgerOf(torn);
    expect(await standing(ledger)).toMatchObject({ tasks: ['first', 'second é 🎬'], skipped: 1 });
  });

  it('is read on when the rest of a record comes', async () => {
    const text = await written();
    const { path, ledger } = await ledgerOf(text.slice(0, -30));
    expect((await standing(ledger)).tasks).toEqual(['first']);
    await appendFile((await segments(path))[0] as string, text.slice(-30));
    expect(await standing(ledger)).toMatchObject({ tasks: ['first', 'second é 🎬'], creates: [], skipped: 0 });
  });
});

describe('a file with foreign bytes', () => {
  const hostile: readonly (readonly [string, string])[] = [
    ['a run of NUL', '\0'.repeat(5_000)],
    ['garbage', '}{"v":1,\u{fffd}"sum":"0123456789abcdef"}'],
    ['a record with a wrong checksum', '{"v":1,"kind":"begun","sum":"0123456789abcdef"}'],
    ['a later version', toLine({ v: 2, kind: 'begun' } as unknown as LedgerRecord).slice(1)],
    ['an unknown kind', toLine({ v: 1, kind: 'paid', at: 1 } as unknown as LedgerRecord).slice(1)],
    ['a kind of every object', toLine({ v: 1, kind: 'constructor', at: 1 } as unknown as LedgerRecord).slice(1)],
    ['a record without its fields', toLine({ v: 1, kind: 'created', at: 1 } as unknown as LedgerRecord).slice(1)],
  ];

  it.each(hostile)('skips and counts %s', async (_, line) => {
    const text = await written();
    const [, first, ...others] = text.split('\n');
    const { ledger } = await ledgerOf(['', line, first, line, ...others, line].join('\n'));
    expect(await standing(ledger)).toMatchObject({ tasks: ['first', 'second é 🎬'], skipped: 3 });
  });

  it('is believed in no record of which a letter was changed', async () => {
    const { ledger } = await ledgerOf((await written()).replace('"id":"first"', '"id":"fjrst"'));
    const { tasks, creates, skipped } = await standing(ledger);
    expect([tasks, creates.length, skipped]).toEqual([['second é 🎬'], 1, 1]);
  });

  it('is neither mended nor touched', async () => {
    const text = `${await written()}\n\0\0\0`;
    const { path, ledger } = await ledgerOf(text);
    const key = keyOf(await ledger.begin(create));
    await ledger.settle(key, 'abandoned');
    expect(await readFile(join(`${path}.d`, 'host-1.jsonl'), 'utf8')).toBe(text);
  });

  it('reads files of many megabytes in pieces', async () => {
    const text = await written();
    const { ledger } = await ledgerOf(`${'\n\0'.repeat(1_200_000)}${text}`);
    expect(await standing(ledger)).toMatchObject({ tasks: ['first', 'second é 🎬'], skipped: 1_200_000 });
  });
});
