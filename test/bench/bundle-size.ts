import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Figure } from './figure.js';

/** P12: what `import { createClient, cometapi }` brings to a page. */
export async function bundleSize(): Promise<readonly Figure[]> {
  const size = async (what: string, external: readonly string[], goal: number, stretch: number): Promise<Figure> => {
    const measured = await gzippedKb(external);
    return { metric: 'P12', what, against: '', measured, goal, stretch, unit: 'KB' };
  };
  return [
    await size('createClient and cometapi, gzipped, without rxjs and zod', ['rxjs', 'zod'], 9, 7),
    await size('  everything but rxjs', ['rxjs'], 16, 13),
  ];
}

/** Two are never in it, being loaded by `import()`: `cross-fetch`, where there is no `fetch`, and `ipaddr.js`, for a video. */
async function gzippedKb(external: readonly string[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { createClient, cometapi } from './src/index.js';`,
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    external: ['cross-fetch', 'ipaddr.js', ...external.flatMap((name) => [name, `${name}/*`])],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  });
  const [bundle] = outputFiles;
  return gzipSync(bundle?.contents ?? '', { level: 9 }).byteLength / 1_000;
}
