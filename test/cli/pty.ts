import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Terminal } from '@xterm/headless';

/** Whether this machine has the pseudo-terminal of util-linux. */
export const hasPty = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux') ?? false;

/** A command in a terminal, as somebody sees it. */
export interface Seen {
  /** The lines that are on the screen, and those that it has scrolled away. */
  lines(): string[];
  /** Every byte that the terminal was sent. */
  readonly bytes: () => string;
  type(keys: string): void;
  until(text: string | RegExp): Promise<void>;
  readonly ended: Promise<number>;
}

/** Starts `command` in a terminal of that size. */
export function openPty(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  { columns = 100, rows = 30 } = {},
): Seen {
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const inner = `stty cols ${columns} rows ${rows}; exec ${quoted}`;
  const child = spawn('script', ['-qfec', inner, '/dev/null'], {
    env: { ...env, SHELL: '/bin/bash', TERM: 'xterm-256color' },
  });
  const screen = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1_000 });
  let bytes = '';
  let written = Promise.resolve();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    bytes += text;
    written = new Promise((resolve) => screen.write(text, resolve));
  });
  const lines = () =>
    Array.from(
      { length: screen.buffer.active.length },
      (_, y) => screen.buffer.active.getLine(y)?.translateToString(true) ?? '',
    );
  const ended = once(child, 'close').then(async ([code]) => {
    await written;
    return code as number;
  });
  return {
    lines,
    bytes: () => bytes,
    type: (keys) => void child.stdin.write(keys),
    until: async (text) => {
      let isOver = false;
      void ended.then(() => {
        isOver = true;
      });
      for (;;) {
        const shown = lines().join('\n');
        if (typeof text === 'string' ? shown.includes(text) : text.test(shown)) return;
        if (isOver) throw new Error(`ended without ${text}:\n${shown}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    ended,
  };
}
