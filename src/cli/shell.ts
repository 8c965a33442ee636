import { constants, homedir } from 'node:os';
import { fromEvent, map, merge, type Observable, share, shareReplay } from 'rxjs';
import { prose } from './board/prose.js';
import { type Terminal, terminalOf } from './board/terminal.js';

/** A signal that asks a command to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Where a command runs. */
export interface Shell {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly terminal: Terminal;
  /** Each signal to end; who listens late hears of the latest at once. */
  readonly signals: Observable<EndSignal>;
  /** That `stdout` takes no more: nobody reads it. */
  readonly readerLeft: Observable<unknown>;
  /** Writes a line for a person, beside what is written for programs. Foreign text in it cannot drive the terminal. */
  say(line: string): void;
}

/** The shell that started this process. */
export function shellOf({ stdin, stdout, stderr, env, platform }: NodeJS.Process): Shell {
  const received = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) =>
    fromEvent(process, name).pipe(map(() => name)),
  );
  const signals = merge(...received).pipe(shareReplay(1));
  const readerLeft = fromEvent(stdout, 'error').pipe(share());
  // Without listeners a signal, or a reader that leaves, would end the process on the spot.
  signals.subscribe();
  readerLeft.subscribe();
  stderr.on('error', () => undefined);
  return {
    stdin,
    stdout,
    env,
    platform,
    home: homedir(),
    terminal: terminalOf(stdout, env),
    signals,
    readerLeft,
    say: (line) => void stderr.write(`${prose(line, terminalOf(stderr, env).columns)}\n`),
  };
}

/** The exit code of a command that `signal` ended. */
export function exitCodeOf(signal: EndSignal): number {
  return 128 + constants.signals[signal];
}
