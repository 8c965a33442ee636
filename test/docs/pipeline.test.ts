import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import sqlite from 'node-sqlite3-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTable } from '../../docs/examples/pipeline/open-table.js';
import { isTerminalStatus, type Status } from '../../src/task/status.js';
import { type Simulation, simulate, type Timeline } from '../../src/testing/index.js';
import { event, lost, ref, said } from '../streams/told.js';
import { page, root } from './pages.js';

interface Row {
  readonly id: string;
  readonly status: Status;
  readonly has_ended: number;
  readonly snapshot: string | null;
  readonly lost: string | null;
}

/** What a table says: its rows by id, and the statuses that were noted of each. */
interface State {
  readonly rows: ReadonlyMap<string, Row>;
  noted(id: string): readonly Status[];
}

const home = mkdtempSync(join(tmpdir(), 'rushes-pipeline-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function copyOf(file: string): string {
  const folder = mkdtempSync(join(home, 'copy-'));
  const endings = ['', '-wal', '-journal'].filter((ending) => existsSync(file + ending));
  for (const ending of endings) cpSync(file + ending, join(folder, `copy.db${ending}`));
  return join(folder, 'copy.db');
}

/** Read in a copy, so that nobody but the program mends what a kill left. */
function stateOf(file: string): State {
  const db = new sqlite.Database(copyOf(file));
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    const rows = db.all('SELECT * FROM tasks') as unknown as Row[];
    const news = db.all('SELECT id, status FROM news ORDER BY nth') as unknown as Row[];
    expect(db.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
    return {
      rows: new Map(rows.map((row) => [row.id, row])),
      noted: (id) => news.filter((each) => each.id === id).map(({ status }) => status),
    };
  } finally {
    db.close();
  }
}

describe('the table of the pipeline', () => {
  const files = { made: 0 };
  const newTable = () => {
    const file = join(home, `table-${files.made++}.db`);
    return { file, table: openTable(file) };
  };

  it('moves its rows by the rule of advance', () => {
    const { file, table } = newTable();
    table.add(ref('a'));
    const story = [said('a', 'queued'), said('a', 'completed'), said('a', 'in_progress', 30), said('a', 'failed')];
    for (const snapshot of story) table.write(event(snapshot));
    table.write(lost('a'));
    table.add(ref('a'));
    table.close();
    const { rows, noted } = stateOf(file);
    expect(rows.get('a')).toMatchObject({ status: 'completed', has_ended: 1, lost: null });
    expect(JSON.parse(rows.get('a')?.snapshot ?? '')).toEqual(said('a', 'completed'));
    expect(noted('a')).toEqual(['queued', 'completed']);
  });

  it('keeps a lost task unfinished, and forgets the loss at the next news', () => {
    const { file, table } = newTable();
    table.write(event(said('a', 'queued')));
    table.write(lost('a'));
    expect([...table.unfinished()]).toEqual([ref('a')]);
    expect(stateOf(file).rows.get('a')).toMatchObject({ status: 'queued', lost: 'DEADLINE' });
    table.write(event(said('a', 'in_progress', 1)));
    table.close();
    expect(stateOf(file).rows.get('a')).toMatchObject({ status: 'in_progress', lost: null });
  });

  it('gives each unfinished task once, a page at a time, also while tasks end', () => {
    const { table } = newTable();
    const ids = Array.from({ length: 250 }, (_, i) => `task ${String(i).padStart(3, '0')}`);
    for (const id of ids) table.add(ref(id));
    const given: string[] = [];
    for (const task of table.unfinished()) {
      given.push(task.id);
      table.write(event(said(task.id, 'completed')));
    }
    expect(given).toEqual(ids);
    expect([...table.unfinished()]).toEqual([]);
    table.close();
  });

  it('undoes the transaction in which its process was killed, and whose lock is left', () => {
    const { file, table } = newTable();
    for (let i = 0; i < 500; i++) table.add(ref(`${i}`));
    table.close();
    const db = new sqlite.Database(file);
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = 2; BEGIN');
    db.run('UPDATE tasks SET has_ended = 1, snapshot = ?', ['x'.repeat(300)]);
    const copy = copyOf(file);
    cpSync(`${file}.lock`, `${copy}.lock`, { recursive: true });
    const reopened = openTable(copy);
    expect([...reopened.unfinished()]).toHaveLength(500);
    reopened.close();
    db.exec('ROLLBACK');
    db.close();
  });
});

describe('the pipeline, killed at any moment and started again', () => {
  const tasks = 40;
  const shortLives = 3;
  const longLives = 5;
  let program: string;
  let sim: Simulation;
  /** Told of each request before it is answered. */
  let onRequest = () => {};

  beforeAll(async () => {
    program = join(home, 'pipeline.mjs');
    symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
    await build({
      entryPoints: [join(root, 'docs/examples/pipeline/main.ts')],
      outfile: program,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      alias: { rushes: join(root, 'src/index.ts'), 'rushes/streams': join(root, 'src/streams/index.ts') },
      // It looks for its WebAssembly beside itself.
      external: ['node-sqlite3-wasm'],
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      logLevel: 'error',
    });
    sim = await simulate({
      timeline: ({ id }) => lifeOf(id),
      faults: () => {
        onRequest();
        return undefined;
      },
    });
  });
  afterAll(() => sim.close());

  /** They end one after the other; every third changes its mind afterwards, and back. */
  function lifeOf(id: string): Timeline {
    const nth = Number(id.replace('task_', ''));
    const endMs = 400 + 130 * nth;
    const end = { afterMs: endMs, status: nth % 4 === 0 ? 'failed' : 'completed' } as const;
    const changed = [
      { afterMs: endMs + 300, status: 'in_progress', progress: 10 },
      { afterMs: endMs + 600, status: nth % 4 === 0 ? 'completed' : 'failed' },
    ] as const;
    const start = { afterMs: 100, status: 'in_progress', progress: 1 } as const;
    const half = { afterMs: endMs / 2, status: 'in_progress', progress: 50 } as const;
    return [start, half, end, ...(nth % 3 === 0 ? changed : [])];
  }

  const start = (file: string) => {
    const child = spawn(process.execPath, [program, file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, COMETAPI_KEY: 'sk-pipeline', COMETAPI_URL: `${sim.url}/cometapi`, EVERY_MS: '60' },
    });
    const output = { text: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output.text += chunk;
      });
    }
    return { child, output, ready: once(child.stdout, 'data'), gone: once(child, 'close') };
  };

  const endedIn = ({ rows }: State) => [...rows.values()].filter(({ has_ended }) => has_ended);

  function checkLaw(state: State): void {
    for (const { id, status, has_ended, snapshot } of state.rows.values()) {
      const noted = state.noted(id);
      const ends = noted.filter(isTerminalStatus);
      expect(ends, id).toHaveLength(has_ended);
      expect(noted.at(-1) ?? 'unknown', `${id}: both tables or neither`).toBe(status);
      expect(snapshot === null ? 'unknown' : JSON.parse(snapshot).status, id).toBe(status);
      expect(has_ended, id).toBe(Number(isTerminalStatus(status)));
    }
  }

  it('brings every task to its end once, and takes none back', { timeout: 120_000 }, async () => {
    const file = join(home, 'tasks.db');
    const table = openTable(file);
    for (let nth = 0; nth < tasks; nth++) {
      table.add({
        provider: 'cometapi',
        id: sim.add('cometapi', { id: `task_${nth}`, timeline: lifeOf(`task_${nth}`) }),
      });
    }
    table.close();

    let before = stateOf(file);
    let cutOff = 0;
    // In requests, each of which ends one task at most: the first lives are cut off however slow the machine is.
    const short = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: shortLives, maxLength: shortLives });
    const long = fc.array(fc.integer({ min: tasks / 2, max: 2 * tasks }), {
      minLength: longLives,
      maxLength: longLives,
    });
    const [lives = []] = fc.sample(
      fc.tuple(short, long).map((all) => all.flat()),
      { seed: Number(process.env['FC_SEED'] ?? 1), numRuns: 1 },
    );
    for (const life of [...lives, Number.POSITIVE_INFINITY]) {
      const asked = sim.requests.length;
      const { child, output, ready, gone } = start(file);
      let heard = 0;
      await ready;
      // Not before: what the life before asked may still be in a socket, and would end this one before it has begun.
      onRequest = () => {
        if (++heard >= life) child.kill('SIGKILL');
      };
      if (life === 0) child.kill('SIGKILL');
      await gone;
      onRequest = () => {};
      const after = stateOf(file);
      if (child.signalCode === 'SIGKILL') cutOff++;
      else expect([child.exitCode, output.text]).toEqual([0, 'watching\nall have ended or were lost\n']);
      checkLaw(after);
      for (const row of endedIn(before)) {
        expect(after.rows.get(row.id), 'an end stays as it was').toEqual(row);
        expect(after.noted(row.id)).toEqual(before.noted(row.id));
        expect(sim.requests.slice(asked).filter(({ id }) => id === row.id)).toEqual([]);
      }
      before = after;
    }

    expect(endedIn(before)).toHaveLength(tasks);
    expect(new Set(endedIn(before).map(({ status }) => status))).toEqual(new Set(['completed', 'failed']));
    expect(sim.requests.length).toBeGreaterThan(tasks);
    expect(new Set(sim.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(cutOff).toBeGreaterThanOrEqual(shortLives);
  });
});

describe('docs/guides/streams.md', () => {
  it('quotes the pipeline as it is', () => {
    const guide = page('docs/guides/streams.md');
    const source = (name: string) => readFileSync(join(root, 'docs/examples/pipeline', name), 'utf8');
    expect(guide).toContain(`\`\`\`typescript\n${source('main.ts')}\`\`\``);
    const advance = /^const advance = `\n([\s\S]*?)`;$/m.exec(source('open-table.ts'))?.[1] ?? 'none';
    expect(guide).toContain(`\`\`\`sql\n${advance.replace(/^ {2}/gm, '')}\`\`\``);
  });
});
