import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('loads the client of NATS for what a fleet does only, and not to read its options', async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    outdir: 'nowhere',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
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
