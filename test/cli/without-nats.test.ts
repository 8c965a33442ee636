import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

const options = {
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'silent',
} as const satisfies BuildOptions;

it('loads the client of NATS for what a fleet does only, and not to read its options', async () => {
  const { metafile } = await build({
    ...options,
    outdir: 'nowhere',
    write: false,
    metafile: true,
    packages: 'external',
  });
  /** What is loaded with a file, before anything in it is done. */
  const loadedWith = (file: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const { path, kind } of metafile.outputs[file]?.imports ?? [])
      if (kind === 'import-statement') loadedWith(path, seen);
    return seen;
  };
  const isOfNats = (file: string) => file.startsWith('@nats-io/');
  const entry = Object.keys(metafile.outputs).find((file) => basename(file) === 'main.js') ?? '';
  const eager = loadedWith(entry);
  expect([...eager]).toContain('commander');
  expect([...eager].filter(isOfNats)).toEqual([]);
  const inputs = [...eager].flatMap((file) => Object.keys(metafile.outputs[file]?.inputs ?? {}));
  expect(inputs).toContain('src/fleet/fleet-name.ts');
  const lazy = Object.keys(metafile.outputs).filter((file) => !eager.has(file));
  expect(lazy.flatMap((file) => [...loadedWith(file)]).some(isOfNats)).toBe(true);
});

it('says what to install where the client of NATS is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rushes-without-nats-'));
  try {
    const banner = {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    };
    await build({ ...options, outdir: join(folder, 'dist'), external: ['@nats-io/*'], banner });
    writeFileSync(join(folder, 'package.json'), '{ "version": "0.0.0", "type": "module" }');
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'dist/main.js'), 'fleet', 'status'], {
      encoding: 'utf8',
    });
    expect(stderr).toContain(
      'npm install @nats-io/jetstream @nats-io/transport-node (with -g where rushes is global)\n',
    );
    expect(status).toBe(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
