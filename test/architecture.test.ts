import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** What each part may import beside itself. */
const arrows: Readonly<Record<string, readonly string[]>> = (() => {
  const below = ['task', 'errors', 'cadence', 'providers', 'http', 'budget', 'operators', 'watch', 'create', 'client'];
  const upTo = (part: string) => below.slice(0, below.indexOf(part));
  return {
    task: [],
    errors: ['task'],
    files: [],
    cadence: ['task', 'errors'],
    providers: upTo('providers'),
    http: upTo('http'),
    budget: ['task', 'errors', 'cadence'],
    operators: upTo('operators'),
    watch: upTo('watch'),
    create: [...upTo('create'), 'files'],
    client: upTo('client'),
    download: [...below, 'files'],
    told: ['task', 'errors', 'providers', 'operators'],
    wake: upTo('create'),
    tabs: [...upTo('create'), 'told', 'wake'],
    sse: [...below, 'download', 'told'],
    streams: upTo('watch'),
    bridges: [...upTo('create'), 'told'],
    fleet: [...below, 'told', 'bridges'],
    react: below,
    index: [...below, 'download'],
    node: [...below, 'download', 'sse'],
    browser: ['create', 'tabs', 'wake'],
    testing: ['task', 'errors', 'providers', 'watch', 'operators', 'bridges'],
    cli: [...below, 'download', 'told', 'sse', 'fleet', 'index', 'node', 'testing'],
  };
})();

/** What each part may take from elsewhere; the longest path that fits a file counts. */
const packages: Readonly<Record<string, readonly string[]>> = {
  task: [],
  errors: [],
  providers: ['zod/mini'],
  http: ['rxjs', 'cross-fetch', 'ipaddr.js'],
  'http/node-transport.ts': ['rxjs', 'undici', 'node:'],
  'http/node-connection.ts': ['undici', 'node:'],
  'http/node-answer.ts': ['undici', 'node:'],
  'http/node-proxy.ts': ['node:'],
  files: ['rxjs', 'node:'],
  'create/file-ledger': ['rxjs', 'node:'],
  'create/storage-ledger': ['rxjs', 'idb'],
  'download/to-file': ['rxjs', 'node:'],
  told: [],
  'bridges/nats': ['rxjs', '@nats-io/transport-node'],
  fleet: ['rxjs', '@nats-io/jetstream', '@nats-io/transport-node'],
  'fleet/poll-once.ts': ['rxjs'],
  'sse/gateway/to-node-listener.ts': ['rxjs', 'node:'],
  'sse/remote': ['rxjs', 'eventsource-parser/stream', 'eventsource-parser'],
  react: ['rxjs', 'react'],
  testing: ['rxjs', 'fast-check', 'node:'],
  cli: ['rxjs', 'log-update', 'commander', 'node:'],
  'cli/fleet': ['rxjs', 'commander', '@nats-io/transport-node', 'node:'],
};

interface Module {
  readonly file: string;
  readonly part: string;
  readonly lines: number;
  readonly imports: readonly { readonly specifier: string; readonly isType: boolean }[];
}

const modules: readonly Module[] = filesIn(src).map((path) => {
  const text = readFileSync(path, 'utf8');
  const statements = text.matchAll(/^(?:import|export)\b(?<head>[^;'"]*?)\bfrom\s+'(?<specifier>[^']+)'/gm);
  const lazy = text.matchAll(/\bimport\('(?<specifier>[^']+)'\)/g);
  return {
    file: relative(src, path),
    part: partOf(path),
    lines: text.split('\n').length - 1,
    imports: [...statements, ...lazy].map(({ groups }) => ({
      specifier: groups?.['specifier'] ?? '',
      isType: /^\s*type\b/.test(groups?.['head'] ?? ''),
    })),
  };
});

describe('the architecture', () => {
  it.each(modules)('lets $file import only what lies below it', ({ file, part, imports }) => {
    const own = imports.filter(({ specifier }) => specifier.startsWith('.'));
    const parts = own.map(({ specifier }) => partOf(join(src, dirname(file), specifier)));
    expect(parts.filter((other) => other !== part && !arrows[part]?.includes(other))).toEqual([]);
  });

  it.each(modules)('lets $file take only its packages', ({ file, imports }) => {
    const foreign = imports.map(({ specifier }) => specifier).filter((specifier) => !specifier.startsWith('.'));
    const allowed = allowedIn(file);
    expect(
      foreign.filter(
        (name) => !allowed.some((prefix) => name === prefix || (name.startsWith('node:') && prefix === 'node:')),
      ),
    ).toEqual([]);
  });

  it('reaches Node from its own entries only', () => {
    const files = new Map(modules.map((module) => [module.file, module]));
    const reached = (file: string, seen: Set<string>): Set<string> => {
      if (seen.has(file)) return seen;
      seen.add(file);
      for (const { specifier } of files.get(file)?.imports ?? []) {
        if (specifier.startsWith('.')) reached(join(dirname(file), specifier).replace(/\.js$/, '.ts'), seen);
      }
      return seen;
    };
    const entries = [
      'index.ts',
      'browser.ts',
      'sse/index.ts',
      'streams/index.ts',
      'react/index.ts',
      'bridges/index.ts',
    ];
    const anyRuntime = [...new Set(entries.flatMap((entry) => [...reached(entry, new Set())]))];
    expect(anyRuntime.length).toBeGreaterThan(50);
    const needsNode = anyRuntime.filter((file) =>
      files.get(file)?.imports.some(({ specifier }) => /^(?:node:|undici$)/.test(specifier)),
    );
    expect(needsNode).toEqual([]);
  });

  it('has no cycle', () => {
    const graph = new Map(
      modules.map(({ file, imports }) => [
        file,
        imports
          .filter(({ specifier }) => specifier.startsWith('.'))
          .map(({ specifier }) => join(dirname(file), specifier).replace(/\.js$/, '.ts')),
      ]),
    );
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      expect(path, `${[...path, file].join(' → ')} is a cycle`).not.toContain(file);
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
  });

  it('keeps the simulator a second reading of the documents', () => {
    const simulator = modules.filter(({ file }) => /^testing\/(?:dialects|media|server|simulat)/.test(file));
    const own = simulator.flatMap(({ file, imports }) =>
      imports
        .filter(({ isType }) => !isType)
        .map(({ specifier }) => (specifier.startsWith('.') ? partOf(join(src, dirname(file), specifier)) : 'package')),
    );
    expect(simulator.length).toBeGreaterThan(5);
    expect(new Set(own.filter((part) => part !== 'testing' && part !== 'package'))).toEqual(new Set());
  });

  it('keeps every file to one idea of at most 250 lines', () => {
    expect(modules.filter(({ lines }) => lines > 250).map(({ file, lines }) => `${file}: ${lines}`)).toEqual([]);
  });

  it('reads no ambient clock or chance in its pure parts', () => {
    const pure = filesIn(src).filter((path) =>
      /^(?:task|cadence|budget|operators|watch|create|http|providers)$/.test(partOf(path)),
    );
    const ambient = pure.filter((path) =>
      /\b(?:Date\.now|Math\.random|setTimeout|setInterval|performance\.now)\(/.test(
        readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\//g, ''),
      ),
    );
    expect(ambient.map((path) => relative(src, path))).toEqual([]);
  });
});

function allowedIn(file: string): readonly string[] {
  const fitting = Object.keys(packages).filter(
    (path) => file === path || file.startsWith(`${path}/`) || file === `${path}.ts`,
  );
  const [closest] = fitting.sort((a, b) => b.length - a.length);
  return closest === undefined ? ['rxjs'] : (packages[closest] as readonly string[]);
}

function partOf(path: string): string {
  return (relative(src, path).split('/')[0] ?? '').replace(/\.[jt]s$/, '');
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : path.endsWith('.ts') ? [path] : [];
  });
}
