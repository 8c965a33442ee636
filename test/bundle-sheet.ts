import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const sheet = fileURLToPath(new URL('../src/cli/sheet/', import.meta.url));

/** Builds the page of the board in `folder`, as the package has it beside its command line. */
export async function bundleSheet(folder: string): Promise<void> {
  await Promise.all([
    build({
      entryPoints: { sheet: `${sheet}main.ts` },
      outdir: folder,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      external: ['cross-fetch', 'ipaddr.js'],
      logLevel: 'error',
    }),
    cp(`${sheet}static`, folder, { recursive: true }),
  ]);
}
