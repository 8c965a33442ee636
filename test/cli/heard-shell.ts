import { Readable } from 'node:stream';
import { NEVER, Subject } from 'rxjs';
import { unpainted } from '../../src/cli/board/terminal.js';
import type { EndSignal, Shell } from '../../src/cli/shell.js';

/** A shell of which a test hears all, and that it can interrupt. */
export function heardShell({ isTTY = false, env = {} as Shell['env'], stdin = '' } = {}) {
  const written: string[] = [];
  const said: string[] = [];
  const signals = new Subject<EndSignal>();
  const shell: Shell = {
    stdin: Readable.from([stdin]),
    stdout: { isTTY, write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream,
    env,
    platform: 'linux',
    home: '/nowhere',
    terminal: { isLive: false, columns: 100, rows: 24, paint: unpainted },
    signals,
    readerLeft: NEVER,
    say: (line) => void said.push(line),
  };
  return { shell, written, said, signals };
}
