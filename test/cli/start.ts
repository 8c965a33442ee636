import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';
import { bundleProgram } from '../bundle-program.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A key that must be seen nowhere. */
export const canary = 'sk-canary-of-the-command-line-0123456789';

/** What a command left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when `stream` has `text`; rejects when the command ends without it. */
  until(stream: 'stdout' | 'stderr', text: string | RegExp): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** How a command is started. */
export interface Start {
  readonly env?: Readonly<Record<string, string>>;
  /** Given to standard input, which then ends; without it, standard input stays open and empty. */
  readonly stdin?: string;
  readonly cwd?: string;
}

/** The command line as one file, and a home for what it remembers; both are gone after the tests of a file. */
export function installed() {
  const folder = mkdtempSync(join(tmpdir(), 'rushes-cli-'));
  const script = join(folder, 'dist', 'cli.js');
  const children = new Set<ChildProcessWithoutNullStreams>();

  beforeAll(async () => {
    await bundleProgram(join(root, 'src/cli/main.ts'), script);
    copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  });

  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** A home of its own for a test, so that its ledger is. */
  const home = () => mkdtempSync(join(folder, 'home-'));

  const environment = (env: Start['env'] = {}) => ({
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    XDG_STATE_HOME: join(folder, 'state'),
    ...env,
  });

  const start = (args: readonly string[], { env, stdin, cwd }: Start = {}): Running => {
    const child = spawn(process.execPath, [script, ...args], { env: environment(env), cwd });
    children.add(child);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    if (stdin !== undefined) child.stdin.end(stdin);
    const ended = once(child, 'close').then(([code]): Ended => {
      children.delete(child);
      expect(stdout + stderr + args.join(' ')).not.toContain(canary);
      return { code: code as number | null, stdout, stderr };
    });
    const said = { stdout: () => stdout, stderr: () => stderr };
    const until = (stream: 'stdout' | 'stderr', text: string | RegExp) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!(typeof text === 'string' ? said[stream]().includes(text) : text.test(said[stream]()))) return;
          child[stream].off('data', look);
          resolve();
        };
        child[stream].on('data', look);
        look();
        ended.then(() => reject(new Error(`ended without ${text}: ${stdout}${stderr}`)), reject);
      });
    return { child, ...said, until, ended };
  };

  return {
    folder,
    script,
    home,
    environment,
    start,
    run: (args: readonly string[], options: Start = {}) => start(args, { stdin: '', ...options }).ended,
    /** All that was written under `place`, to be searched. */
    contentOf: (place: string): string =>
      readdirSync(place, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name + readFileSync(join(entry.parentPath, entry.name), 'latin1'))
        .join('\n'),
  };
}

/** Each line of `stdout`, which is JSON or nothing. */
export function linesOf(stdout: string): Record<string, unknown>[] {
  if (stdout === '') return [];
  expect(stdout.endsWith('\n')).toBe(true);
  return stdout
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
