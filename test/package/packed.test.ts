import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const exported = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');
const names = exported.map((subpath) => subpath.replace(/^\./, 'rushes'));

/** What is installed with the package, and with what it needs. */
const needed = [
  ...['rxjs', 'tslib', 'zod', 'undici', 'cross-fetch', 'node-fetch', 'whatwg-url', 'tr46', 'webidl-conversions'],
  ...['@types', 'undici-types'],
];
/** What is installed beside it by who wants it. */
const optional = ['fast-check', 'pure-rand', 'react', 'csstype', '@nats-io', 'tweetnacl'];

describe('the package as packed', () => {
  let folder: string;
  /** Has none of what is optional. */
  let bare: string;
  let tarball: string;
  let installed: string;

  /** Installs what was packed, as a package manager does. */
  const install = (into: string, packages: readonly string[]) => {
    const modules = join(into, 'node_modules');
    mkdirSync(modules, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', modules]);
    execFileSync('mv', [join(modules, 'package'), join(modules, 'rushes')]);
    for (const name of packages) symlinkSync(join(root, 'node_modules', name), join(modules, name));
    writeFileSync(join(into, 'package.json'), '{ "name": "consumer", "type": "module" }');
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rushes-packed-'));
    bare = mkdtempSync(join(tmpdir(), 'rushes-bare-'));
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    tarball = join(folder, /rushes-[\w.-]+\.tgz/.exec(packed)?.[0] ?? '');
    install(folder, [...needed, ...optional]);
    install(bare, needed);
    installed = join(folder, 'node_modules', 'rushes');
  });

  afterAll(() => {
    for (const each of [folder, bare]) rmSync(each, { recursive: true, force: true });
  });

  it('passes publint', async () => {
    const { messages } = await publint({ pkgDir: installed, strict: true, pack: false });
    expect(messages).toEqual([]);
  });

  it.concurrent('has types that are not wrong', { timeout: 120_000 }, async ({ expect }) => {
    const attw = join(root, 'node_modules', '.bin', 'attw');
    const { stdout: report } = await run(attw, [tarball, '--profile', 'esm-only', '--no-color']);
    const resolutions = report.match(/^(?:node16 \(from ESM\)|bundler): .*$/gm) ?? [];
    expect(resolutions).toHaveLength(2 * (names.length + 1));
    expect(resolutions.filter((line) => !line.includes('🟢'))).toEqual([]);
  });

  it.concurrent.for(names)('gives %s to import and to require, as one module', async (name, { expect }) => {
    const script = `
      const { createRequire } = await import('node:module');
      const imported = await import('${name}');
      const required = createRequire(process.cwd() + '/x.js')('${name}');
      console.log(Object.keys(imported).length > 0 && Object.keys(imported).every((key) => imported[key] === required[key]));
    `;
    const flags = ['--input-type=module', '--no-warnings'];
    const { stdout } = await run(process.execPath, [...flags, '--eval', script], { cwd: folder });
    expect(stdout.trim()).toBe('true');
  });

  const evaluate = (script: string, cwd: string) =>
    run(process.execPath, ['--input-type=module', '--no-warnings', '--eval', script], { cwd });

  it.concurrent.each([
    ['import', 'await import'],
    ['require', "(await import('node:module')).createRequire(process.cwd() + '/x.js')"],
  ])('polls once where NATS is not installed, and says what a fleet lacks: %s', async (_, load) => {
    const script = `
      const load = async (name) => ${load}(name);
      const { createFleet, pollOnce } = await load('rushes/fleet');
      const { cometapi } = await load('rushes');
      const { simulate } = await load('rushes/testing');
      const sim = await simulate();
      const provider = cometapi({ apiKey: 'key', baseUrl: sim.url + '/cometapi' });
      const { snapshot, next } = await pollOnce(provider, sim.add('cometapi'));
      await sim.close();
      const connection = { subscribe() {} };
      const wrong = (() => { try { createFleet({ connection, shards: 2 }); } catch (error) { return error.code; } })();
      const fleet = createFleet({ connection, provider });
      const ask = [
        () => fleet.submit('task_1'), () => fleet.forget('task_1'), () => fleet.status(), () => fleet.upgrade(),
        () => new Promise((_, reject) => fleet.work().subscribe({ error: reject })),
        () => new Promise((_, reject) => fleet.source({ provider: 'cometapi', id: 'a' }).subscribe({ error: reject })),
      ];
      const errors = await Promise.all(ask.map((each) => each().catch((error) => error.code + ': ' + error.message)));
      console.log(JSON.stringify({ status: snapshot.status, next: typeof next, wrong, errors }));
    `;
    const { stdout } = await evaluate(script, bare);
    const lacking =
      'UNSUPPORTED: a fleet needs the client of NATS: npm install @nats-io/jetstream @nats-io/transport-node';
    expect(JSON.parse(stdout)).toEqual({
      status: 'queued',
      next: 'number',
      wrong: 'INVALID_ARGUMENT',
      errors: Array(6).fill(lacking),
    });
  });

  const resolutionOf = { nodenext: 'nodenext', esnext: 'bundler' } as const;
  type Kind = keyof typeof resolutionOf;
  const importsOf = (from: readonly string[]) =>
    from.map((name, i) => `import * as m${i} from '${name}'; export const n${i}: object = m${i};`);
  const typeCheck = async (module: Kind, cwd: string, lines: readonly string[]) => {
    const consumer = join(cwd, `${module}.ts`);
    writeFileSync(consumer, `${lines.join('\n')}\n`);
    const tsc = join(root, 'node_modules', '.bin', 'tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--types', 'node'];
    const how = ['--module', module, '--moduleResolution', resolutionOf[module]];
    const { stdout } = await run(tsc, [...options, '--lib', 'es2022,dom,dom.iterable', ...how, consumer], {
      cwd,
    }).catch((failed: { stdout: string }) => failed);
    expect(stdout).toBe('');
  };
  const ofNats = [
    "import type { NatsConnection } from '@nats-io/transport-node';",
    "import type { NatsClient } from 'rushes/fleet';",
    'export const asClient = (connection: NatsConnection): NatsClient => connection;',
  ];
  const checkAll = (module: Kind) => typeCheck(module, folder, [...importsOf(names), ...ofNats]);
  it.concurrent('type-checks for its consumers in Node', () => checkAll('nodenext'), 120_000);
  it.concurrent('type-checks for its consumers that bundle', () => checkAll('esnext'), 120_000);

  const withoutPeers = names.filter((name) => !/nats|react|arbitraries/.test(name));
  const checkBare = (module: Kind) => typeCheck(module, bare, importsOf(withoutPeers));
  it.concurrent('type-checks where nothing optional is installed, in Node', () => checkBare('nodenext'), 120_000);
  it.concurrent('type-checks where nothing optional is installed, bundled', () => checkBare('esnext'), 120_000);

  it('holds nothing but what it exports', () => {
    const listed = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n');
    expect(
      listed.filter(
        (file) =>
          !/^package\/(?:dist\/.*\.(?:js|d\.ts)|dist\/sheet\/\w+\.(?:html|css|svg)|docs\/(?:[\w-]+\/)*[\w-]+\.(?:md|tsx?)|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(
            file,
          ),
      ),
    ).toEqual([]);
  });

  const bundle = async (source: string, external: string[]) => {
    const result = await build({
      stdin: { contents: source, resolveDir: folder },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      external,
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const { imports = [] } = Object.values(result.metafile.outputs)[0] ?? {};
    return { text: result.outputFiles[0]?.text ?? '', imports: [...new Set(imports.map(({ path }) => path))].sort() };
  };
  const theThree = ['rxjs', 'zod/mini', 'cross-fetch'];

  it('needs nothing but rxjs, zod and cross-fetch in its root, and no runtime', async () => {
    const { imports } = await bundle("export * from 'rushes'", ['rxjs', 'zod/*', 'cross-fetch', 'node:*']);
    expect(imports.filter((path) => !theThree.includes(path))).toEqual([]);
  });

  it('has no side effects', async () => {
    expect((await bundle("import 'rushes'", theThree)).text.trim()).toBe('');
    expect((await bundle("import { isLost } from 'rushes'; console.log(isLost)", theThree)).text.length).toBeLessThan(
      2_000,
    );
  });

  // What is loaded by `import()` is a file of its own: how addresses are told apart, for who opens a video; creating, for who does.
  const apart = [...theThree, 'react', './ipaddr-*', './create-at-gateway-*'];

  it.each([
    ['A client with one provider', "export { createClient, cometapi } from 'rushes'"],
    ['`remote`', "export { remote } from 'rushes/sse'"],
    ['a client on it', "export { createClient } from 'rushes'; export { remote } from 'rushes/sse'"],
    ['both hooks', "export { useTask, useTasks } from 'rushes/react'"],
  ])('weighs what its README says: %s', async (label, source) => {
    const { text } = await bundle(source, apart);
    const kilobytes = gzipSync(text, { level: 9 }).length / 1_000;
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const said = new RegExp(`${label}[^|\\d]* (\\d+\\.\\d) KB gzipped`).exec(readme)?.[1];
    expect(Math.abs(kilobytes - Number(said)), `README says ${said} KB, it is ${kilobytes.toFixed(2)} KB`).toBeLessThan(
      0.15,
    );
  });

  it.each([
    ['rushes/sse', []],
    ['rushes/browser', []],
    ['rushes/streams', []],
    ['rushes/react', ['react']],
  ])('needs nothing of Node and nothing foreign in %s', async (name, more) => {
    const { imports } = await bundle(`export * from '${name}'`, [...theThree, 'react', 'node:*']);
    expect(imports.filter((path) => ![...theThree, ...more].includes(path))).toEqual([]);
  });
});
