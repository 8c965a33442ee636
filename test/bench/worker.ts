import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The programs that are measured, each with the library in it as it ships; each run is a process of its own. */
export interface Workers {
  /** Runs one to its end, and gives the number it prints. */
  run(name: string, ...args: readonly (string | number)[]): Promise<number>;
  /** Starts one that serves, and gives its first line of output and how to end it. */
  serve(name: string): Promise<{ readonly line: string; close(): void }>;
  /** Removes what was built. */
  close(): void;
}

/**
 * Compiles the workers as `npm run build` compiles the library. Run by tsx they would measure tsx, which renames every
 * closure when it is made.
 */
export async function buildWorkers(names: readonly string[]): Promise<Workers> {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'bench-'));
  await build({
    entryPoints: names.map((name) => join(here, `${name}.worker.ts`)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'es2022',
  });
  const start = (name: string, args: readonly (string | number)[]) =>
    spawn(process.execPath, ['--expose-gc', join(outdir, `${name}.worker.mjs`), ...args.map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  return {
    async run(name, ...args) {
      const child = start(name, args);
      const [line] = await Promise.all([firstLine(child), once(child, 'exit')]);
      return Number.parseFloat(line);
    },
    async serve(name) {
      const child = start(name, []);
      return { line: await firstLine(child), close: () => child.kill() };
    },
    close: () => rmSync(outdir, { recursive: true, force: true }),
  };
}

/** The first line that a child prints; empty if it ends without one. */
async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8');
  for await (const part of child.stdout ?? []) {
    text += part;
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0] ?? '';
}
