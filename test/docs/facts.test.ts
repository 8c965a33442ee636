import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ark, clientDefaults, cometapi, infinityBlue, openaiCompatible } from '../../src/index.js';
import * as arbitraries from '../../src/testing/arbitraries.js';
import { cellsOf, page, root } from './pages.js';

const apiKey = 'sk-docs';
const gateway = 'https://gateway.example.com';
const providers = {
  cometapi: cometapi({ apiKey }),
  infinityBlue: infinityBlue({ apiKey }),
  ark: ark({ apiKey }),
  openaiCompatible: openaiCompatible({ apiKey, baseUrl: gateway }),
};

describe('docs/guides/providers.md', () => {
  const table = page('docs/guides/providers.md')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map(cellsOf);
  const columns = table[0]?.slice(1) ?? [];
  const row = (name: string) => table.find(([first]) => first === name)?.slice(1);

  it('says where, how often and how long the providers are asked', () => {
    expect(columns).toEqual(Object.keys(providers));
    const each = Object.values(providers);
    expect(row('baseUrl')).toEqual(each.map(({ baseUrl }) => (baseUrl === gateway ? 'required' : baseUrl)));
    expect(row('name')).toEqual(each.map(({ name }) => name));
    const seconds = (ms: number) => ms / 1_000;
    expect(row('asked every')).toEqual(
      each.map(({ guidance: { minMs, maxMs } }) => `${seconds(minMs)}-${seconds(maxMs)} s`),
    );
    const hours = each.map(({ deadlineMs = clientDefaults.deadlineMs }) => `${deadlineMs / 3_600_000} h`);
    expect(row('deadline')?.map((cell) => cell.split(',')[0])).toEqual(hours);
  });

  it('says what each supports', () => {
    const each = Object.values(providers);
    const isSupported = (name: string) => row(name)?.map((cell) => cell !== 'not documented');
    expect(isSupported('cancel')).toEqual(each.map(({ supports }) => supports.cancel));
    expect(isSupported('idempotency keys')).toEqual(each.map(({ supports }) => supports.idempotency));
    expect(row('the video')?.map((cell) => cell.includes('/content'))).toEqual(
      each.map(({ supports }) => supports.content),
    );
  });
});

describe('docs/guides/testing.md', () => {
  const text = page('docs/guides/testing.md');

  it('names every kind of fault', () => {
    const source = readFileSync(join(root, 'src/testing/fault.ts'), 'utf8');
    const kinds = /interface FaultKinds \{\n([\s\S]*?)^\}/m.exec(source)?.[1] ?? '';
    const table = text.slice(text.search(/\| `kind` +\|/)).split('\n\n')[0] ?? '';
    const named = Array.from(table.matchAll(/^\| (`[^|]+?) +\|/gm), ([, cell = '']) =>
      cell.replace(/`/g, '').split(', '),
    );
    expect(named.flat().slice(1).sort()).toEqual(
      Array.from(kinds.matchAll(/^ {2}readonly (\w+): /gm), ([, kind]) => kind).sort(),
    );
  });

  it('names every generator', () => {
    const sentence = /There are ([^.]+)\./.exec(text)?.[1] ?? '';
    const named = Array.from(sentence.matchAll(/`(\w+)`/g), ([, name]) => name);
    expect(named.sort()).toEqual(Object.keys(arbitraries).sort());
  });
});
