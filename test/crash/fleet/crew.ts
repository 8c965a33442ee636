import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { WorkFigures } from '../../../src/fleet/index.js';

/** A process of a worker, from its start to its end. */
export interface Life {
  readonly key: string;
  /** When it was stopped, and when it could go on. */
  readonly stops: { readonly fromMs: number; toMs: number }[];
  killedMs: number;
  figures: WorkFigures | undefined;
  refused: number;
  /** What it said that is no figures. */
  said: string;
}

interface Seat {
  readonly life: Life;
  readonly child: ChildProcess;
  readonly gone: Promise<unknown>;
}

/** What a life shows before something may befall it. */
export type Sign = 'ready' | 'polled';

/** The worker processes of a fleet, one in each seat at most. */
export class Crew {
  /** All there ever were. */
  readonly lives: Life[] = [];
  /** What ended by itself. */
  readonly failures: string[] = [];
  readonly #seats = new Map<number, Seat>();

  /** @param command - A worker's program and what it is given, by the key of its life. */
  constructor(private readonly command: (key: string) => readonly string[]) {}

  start(seat: number): void {
    const key = `seat-${seat}-life-${this.lives.length}`;
    const life: Life = {
      key,
      stops: [],
      killedMs: Number.POSITIVE_INFINITY,
      figures: undefined,
      refused: 0,
      said: '',
    };
    const child = spawn(process.execPath, [...this.command(key)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let line = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const each of lines) hear(life, each);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      life.said += text;
    });
    child.once('exit', (code, signal) => {
      if (signal === 'SIGKILL' || (signal === null && code === 0)) return;
      this.failures.push(`${key} ended by itself (${code ?? signal}): ${life.said}`);
    });
    this.lives.push(life);
    this.#seats.set(seat, { life, child, gone: once(child, 'close') });
  }

  async shows(seat: number, sign: Sign): Promise<void> {
    const isShown = () => {
      const life = this.#seats.get(seat)?.life;
      return !life || (sign === 'ready' ? life.said.includes('ready') : (life.figures?.polls ?? 0) > 0);
    };
    for (let i = 0; i < 500 && !isShown(); i++) await wait(20);
  }

  /** Ends a worker without a word, also one that is stopped. */
  async kill(seat: number): Promise<void> {
    const taken = this.#seats.get(seat);
    if (!taken) return;
    this.#seats.delete(seat);
    const { life, child, gone } = taken;
    // A stop never comes to its end: what it was in the middle of, it is for ever.
    life.killedMs = Date.now();
    child.kill('SIGKILL');
    await gone;
  }

  isStopped(seat: number): boolean {
    return this.#seats.get(seat)?.life.stops.some(({ toMs }) => toMs === Number.POSITIVE_INFINITY) ?? false;
  }

  async stopFor(seat: number, ms: number): Promise<void> {
    const taken = this.#seats.get(seat);
    if (!taken || this.isStopped(seat)) return;
    const stop = { fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY };
    taken.life.stops.push(stop);
    taken.child.kill('SIGSTOP');
    await wait(ms);
    taken.child.kill('SIGCONT');
    stop.toMs = Date.now();
  }

  /** Asks all to end what they have begun, and waits until they have. */
  async end(): Promise<void> {
    const seats = [...this.#seats.values()];
    for (const { child } of seats) child.kill('SIGTERM');
    await Promise.all(seats.map(({ gone }) => gone));
    this.#seats.clear();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#seats.keys()].map((seat) => this.kill(seat)));
  }
}

function hear(life: Life, line: string): void {
  const { kind, figures, refused } = JSON.parse(line);
  if (kind !== 'figures') {
    life.said += `${line}\n`;
    return;
  }
  life.figures = figures;
  life.refused = refused;
}
