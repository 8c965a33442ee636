import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../src/node.js';
import { bundleProgram } from '../bundle-program.js';
import { openSlowStudio, type SlowStudio } from './slow-studio.js';

const runs = 200;
const atOnce = 12;
/** After which sign of life the end may come, and how long after it at the most. */
const moments = [
  { after: 'ready', withinMs: 60 },
  { after: 'posted', withinMs: 80 },
  { after: 'told', withinMs: 100 },
  { after: 'completed', withinMs: 250 },
] as const;
type Moment = (typeof moments)[number] & { readonly share: number };
const canary = 'sk-canary-of-the-crashes-0123456789';
const root = fileURLToPath(new URL('../../', import.meta.url));

describe('a program that is killed at any moment', () => {
  let folder: string;
  let worker: string;
  let studio: SlowStudio;
  const children = new Set<ChildProcess>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rushes-crash-'));
    worker = join(folder, 'worker.mjs');
    await bundleProgram(join(root, 'test/crash/worker.ts'), worker);
    studio = await openSlowStudio();
  });

  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    studio.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (mode: string, home: string, ...subjects: readonly string[]) => {
    const child = spawn(process.execPath, [worker, mode, studio.url, home, ...subjects], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, COMETAPI_KEY: canary },
    });
    children.add(child);
    const output = { text: '' };
    child.stdout.on('data', (chunk) => {
      output.text += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.text += chunk;
    });
    const ready = once(child.stdout, 'data');
    const gone = once(child, 'close').then(() => children.delete(child));
    return { child, output, ready, gone };
  };

  const madeFor = (prompt: string) => studio.sim.tasks.filter(({ input }) => input.prompt === prompt);
  const postsOf = (prompt: string) =>
    studio.sim.requests.filter(({ method, bodyText }) => method === 'POST' && bodyText.includes(`${prompt}\r\n`));

  /** One life that ends early, what is left of it, and how it is taken up. */
  async function liveAndDie(nth: number, moment: Moment): Promise<{ readonly phase: string }> {
    const prompt = `video number ${nth} of ${runs}`;
    const home = join(folder, `home-${nth}`);
    await mkdir(home);
    const life = start('create', home, prompt);
    await life.ready;
    const signs = {
      ready: () => true,
      posted: () => postsOf(prompt).length > 0,
      told: () => life.output.text.includes('"kind":"told"'),
      completed: () => life.output.text.includes('"status":"completed"'),
    };
    while (!signs[moment.after]() && life.child.exitCode === null) await wait(2);
    await wait(moment.share * moment.withinMs);
    life.child.kill('SIGKILL');
    await life.gone;

    expect(postsOf(prompt).length, 'POSTs').toBeLessThanOrEqual(1);
    const [made, ...more] = madeFor(prompt);
    expect(more).toEqual([]);
    const ledger = await openLedger(join(home, 'ledger'));
    const { snapshots, creates } = await ledger.unfinished();
    await ledger.close();
    const told = /"kind":"told"/.test(life.output.text);
    const hasEnded = /"status":"completed"/.test(life.output.text);
    if (made && !hasEnded) {
      expect([...snapshots.map(({ task }) => task.id), ...creates.map(({ state }) => state)]).toHaveLength(1);
    }
    if (told && !hasEnded) expect(snapshots.map(({ task }) => task.id)).toEqual([made?.id]);
    const found = fileIn(home);
    if (found !== undefined) expect(found, 'a whole file').toBe(sha256(await bytesOf(made?.id ?? '')));

    if (made && found === undefined) {
      const heir = start('resume', home, made.id);
      await heir.gone;
      expect(heir.output.text).toContain('"kind":"done"');
      expect(fileIn(home)).toBe(sha256(await bytesOf(made.id)));
      expect(readdirSync(home).filter((name) => name.includes('.part'))).toEqual([]);
      expect(postsOf(prompt)).toHaveLength(1);
      expect(heir.output.text).not.toContain(canary);
    }
    expect(life.output.text).not.toContain(canary);
    expect(everythingIn(home)).not.toContain(canary);
    return { phase: hasEnded ? 'download' : told ? 'watch' : made ? 'create' : 'start' };
  }

  it(`has each task in its ledger or knows of its create, sent one POST, and left whole files or none: ${runs} lives`, async () => {
    const seed = Number(process.env['FC_SEED'] ?? 1);
    const moment = fc.record({ at: fc.constantFrom(...moments), share: fc.integer({ min: 0, max: 99 }) });
    const ends = fc
      .sample(fc.noBias(moment), { seed, numRuns: runs })
      .map(({ at, share }) => ({ ...at, share: share / 100 }));
    const phases: Record<string, number> = {};
    let next = 0;
    const lane = async () => {
      while (next < runs) {
        const nth = next++;
        const { phase } = await liveAndDie(nth, ends[nth] as Moment);
        phases[phase] = (phases[phase] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    // Else the lives are too short or too long for this machine, and nothing was tested.
    for (const phase of ['create', 'watch', 'download'])
      expect(phases[phase] ?? 0, JSON.stringify(phases)).toBeGreaterThan(5);
  }, 300_000);

  const bytesOf = async (id: string) => {
    const asked = await studio.sim.fetch(`${studio.url}/v1/videos/${id}`, { headers: { authorization: 'Bearer any' } });
    const { video_url: url } = (await asked.json()) as { video_url: string };
    return new Uint8Array(await (await studio.sim.fetch(url)).arrayBuffer());
  };
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function fileIn(home: string): string | undefined {
  return readdirSync(home).includes('video.mp4') ? sha256(readFileSync(join(home, 'video.mp4'))) : undefined;
}

function everythingIn(home: string): string {
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('video.mp4'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}
