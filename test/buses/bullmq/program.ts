import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { root, snippets } from '../../docs/pages.js';

/** What is other than in the guide, so that a test has time for it. */
const changes: readonly (readonly [from: string, to: string])[] = [
  ['cometapi({ ', 'cometapi({ baseUrl: process.env.COMETAPI_URL, '],
  ['{ ...state, budget }', '{ ...state, budget, cadence, retry: { initialMs: 50, maxMs: 500 } }'],
  ['delay: 5_000', 'delay: 200'],
  ['maxStalledCount:', 'lockDuration: 3_000, stalledInterval: 1_000, maxStalledCount:'],
];

/** It has a bug, as lines of a user's may. */
const cadence = `
function cadence(): number {
  if (Math.random() < Number(process.env.BUG_RATE)) throw new Error('a bug');
  return 100.5;
}
`;

/** The program of the guide, as many lines as it has. */
export const code =
  snippets.find(({ page, text }) => page.endsWith('/poll-once.md') && text.includes('new Worker'))?.text ?? '';

/** The program of the guide, to be run as often as one likes. */
export async function buildProgram() {
  const folder = mkdtempSync(join(tmpdir(), 'rushes-bullmq-'));
  for (const [from] of changes) expect(code.split(from), from).toHaveLength(2);
  const source = changes.reduce((text, [from, to]) => text.replace(from, to), code + cadence);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'program.ts'), source);
  await build({
    entryPoints: [join(folder, 'program.ts')],
    outfile: join(folder, 'program.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    alias: { rushes: join(root, 'src/index.ts'), 'rushes/fleet': join(root, 'src/fleet/poll-once.ts') },
    external: ['bullmq'],
    logLevel: 'error',
  });
  return {
    /** Starts a worker that adds `ids` first. */
    start(env: Readonly<Record<string, string>>, ids: readonly string[] = []) {
      const child = spawn(process.execPath, [join(folder, 'program.mjs'), ...ids], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, COMETAPI_KEY: 'sk-bullmq', BUG_RATE: '0', ...env },
      });
      const output = { text: '' };
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => {
          output.text += chunk;
        });
      }
      return { child, output, gone: once(child, 'close') };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export type Program = Awaited<ReturnType<typeof buildProgram>>;
