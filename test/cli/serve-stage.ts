import { readdirSync, readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request as send } from 'node:http';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { bundleSheet } from '../bundle-sheet.js';
import { canary, installed, type Running, type Start } from './start.js';

/** A board that runs in a process of its own. */
export interface RunningBoard extends Running {
  /** Without the token. */
  readonly origin: string;
  readonly port: number;
  readonly token: string;
  /** The page, with the token. */
  readonly url: string;
  /** A request as it is written, with headers that no browser would let a page set. */
  get(path: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Answer>;
  /** As {@link get}, with the token. */
  ask(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** What came of a request. A stream is read until its first message. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The command line with its page beside it, and how a board is started. */
export function installedBoard() {
  const cli = installed();
  beforeAll(() => bundleSheet(join(cli.folder, 'dist', 'sheet')));
  return {
    ...cli,
    board: async (args: readonly string[], options: Start = {}): Promise<RunningBoard> => {
      const running = cli.start(args, options);
      await running.until('stdout', '\n');
      const { url } = JSON.parse(running.stdout().split('\n')[0] ?? '') as { readonly url: string };
      const { origin, port, hash } = new URL(url);
      const token = hash.slice(1);
      const get: RunningBoard['get'] = (path, headers = {}, method = 'GET') =>
        exchange(Number(port), path, headers, method);
      return {
        ...running,
        origin,
        port: Number(port),
        token,
        url,
        get,
        ask: (path, headers = {}) => get(path, { authorization: `Bearer ${token}`, ...headers }),
      };
    },
  };
}

/** The environment of a command that has a key, and a ledger of its own. */
export function withKey(home: string): Readonly<Record<string, string>> {
  return { COMETAPI_KEY: canary, XDG_STATE_HOME: home };
}

/** The argument lists of all processes that `pid` has started. */
export function childrenOf(pid: number | undefined): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, parent] = / \S (\d+) /.exec(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/\(.*\)/s, '')) ?? [];
        return Number(parent) === pid ? [readFileSync(`/proc/${name}/cmdline`, 'utf8')] : [];
      } catch {
        return [];
      }
    });
}

function exchange(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  method: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send({ host: '127.0.0.1', port, path, headers, method, agent: false }, (response) => {
      let text = '';
      const isStream = response.headers['content-type']?.startsWith('text/event-stream');
      const done = () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      response.setEncoding('latin1').on('data', (part: string) => {
        text += part;
        if (!isStream || !text.includes('\n\n')) return;
        done();
        request.destroy();
      });
      response.on('end', done);
    });
    request.on('error', reject);
    request.end();
  });
}
