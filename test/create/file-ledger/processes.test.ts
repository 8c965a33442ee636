import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../../src/create/file-ledger/open-ledger.js';
import { bundleProgram } from '../../bundle-program.js';
import { reasonOf } from '../studio.js';
import { create, createIn, ledgers } from './stage.js';

const home = ledgers();
const children: ChildProcess[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rushes-ledger-'));
  await bundleProgram(fileURLToPath(new URL('worker.ts', import.meta.url)), join(folder, 'worker.mjs'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process on a ledger, and what it has said so far. */
function start(...args: string[]) {
  const child = spawn(process.execPath, [join(folder, 'worker.mjs'), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  let said = '';
  const gone = new Promise<void>((resolve) => child.stdout.on('end', () => resolve()));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const lines = () => said.split('\n').slice(0, -1);
  const until = (count: number) =>
    expect.poll(() => lines().length, { timeout: 20_000, interval: 5 }).toBeGreaterThanOrEqual(count);
  return { child, gone, lines, until };
}

describe('a ledger of several processes', () => {
  it('loses nothing that it acknowledged when they are killed at any moment', async () => {
    const path = await home.path();
    const deaths = fc.sample(fc.integer({ min: 1, max: 1 + 100 + 80 }), 8);
    const workers = deaths.map((_, n) => start('create', path, String(n)));
    await Promise.all(
      workers.map(async ({ child, gone, until }, n) => {
        await until(deaths[n] as number);
        child.kill('SIGKILL');
        await gone;
      }),
    );
    const said = workers.flatMap(({ lines }) => lines().map((line) => line.split(' ')));
    const created = said.filter(([what]) => what === 'created');
    const begun = said.filter(([what]) => what === 'begun');
    const { snapshots, creates } = await (await openLedger(path)).unfinished();
    const tasks = new Set(snapshots.map(({ task }) => task.id));
    const open = new Set(creates.map(({ key }) => key));
    expect(begun.length).toBeGreaterThan(0);
    expect(created.filter(([, , id]) => !tasks.has(id as string))).toEqual([]);
    const isCreated = new Set(created.map(([, key]) => key));
    const lost = begun.filter(([, key]) => !isCreated.has(key) && !open.has(key as string));
    // A create may have been noted as made though its process was killed before it could say so.
    expect(lost.length).toBeLessThanOrEqual(tasks.size - created.length);
  });

  it('keeps each of 8 × 100 creates', async () => {
    const path = await home.path();
    const workers = Array.from({ length: 8 }, (_, n) => start('create', path, String(n)));
    await Promise.all(workers.map(({ until }) => until(1 + 100 + 80 + 1)));
    const { snapshots, creates, skipped } = await (await openLedger(path)).unfinished();
    expect([snapshots.length, creates.length, skipped]).toEqual([8 * 80, 8 * 20, 0]);
    expect(new Set(creates.map(({ state }) => state))).toEqual(new Set(['in-flight']));
  });

  it('sends a create of one name once, though six begin it at once: 20 rounds', async () => {
    const path = await home.path();
    const workers = Array.from({ length: 6 }, () => start('race', path));
    await Promise.all(workers.map(({ until }) => until(1)));
    for (let round = 1; round <= 20; round++) {
      for (const { child } of workers) child.stdin?.write(`job-${round}\n`);
      await Promise.all(workers.map(({ until }) => until(1 + round)));
      const said = workers.map(({ lines }) => lines()[round]);
      expect(
        said.filter((word) => word === 'new'),
        `round ${round}: ${said}`,
      ).toHaveLength(1);
      expect(said.filter((word) => word === 'CREATE_AMBIGUOUS')).toHaveLength(5);
    }
    expect((await (await openLedger(path)).unfinished()).creates).toHaveLength(20);
  });
});

describe('a full disk', () => {
  /** A small disk; `undefined` where this user may not have one. */
  async function smallDisk(): Promise<string | undefined> {
    const mount = join(await home.home(), 'disk');
    await mkdir(mount);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', mount], { stdio: 'ignore' });
    } catch {
      return undefined;
    }
    return mount;
  }

  it('refuses the create that finds no room, and keeps all before it', async ({ skip }) => {
    const disk = await smallDisk();
    if (disk === undefined) return skip('no disk can be mounted');
    const path = join(disk, 'videos.ledger');
    const ledger = await home.open(path);
    try {
      const kept: string[] = [];
      let failure: unknown;
      while (failure === undefined) {
        const id = `task-${kept.length}`;
        failure = await createIn(ledger, id).then(
          () => void kept.push(id),
          (error: unknown) => error,
        );
      }
      expect(failure).toMatchObject({ code: 'LEDGER_FAILED' });
      expect(await reasonOf(ledger.begin(create))).toMatchObject({ code: 'LEDGER_FAILED' });
      const { snapshots, creates } = await (await openLedger(path)).unfinished();
      expect(snapshots.map(({ task }) => task.id)).toEqual(expect.arrayContaining(kept));
      expect(creates.length).toBeLessThanOrEqual(1);
    } finally {
      await ledger.close();
      execFileSync('umount', [disk]);
    }
  });
});
