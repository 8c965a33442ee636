import { readFileSync } from 'node:fs';
import type { RunHelpers } from 'rxjs/internal/testing/TestScheduler';
import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';
import { type ErrorCode, RushesError } from '../../src/errors.js';
import type { TaskEvent } from '../../src/operators/task-event.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import type { Status } from '../../src/task/status.js';
import { snapshotOf } from '../task/snapshots.js';

/** A line of marbles in which every token is one character, and what the characters stand for. */
export interface Marbles<T> {
  readonly marbles: string;
  readonly values: Readonly<Record<string, T>>;
}

/** What the doc comment of an operator draws. */
export interface DocMarble {
  /** One for each subscription, beginning at the frame `atFrame`. */
  readonly sources: readonly (Marbles<Snapshot | TaskEvent> & { readonly atFrame: number })[];
  readonly result: string;
  /** The code that the note says `#` stands for. */
  readonly code: ErrorCode | undefined;
}

const statusOf: Readonly<Record<string, Status>> = { q: 'queued', r: 'in_progress', C: 'completed', F: 'failed' };
const spare = 'αβγδεζηθικλμ';

/** Reads the marbles in the doc comment of `src/operators/<name>.ts`. */
export function readDocMarble(name: string): DocMarble {
  const text = readFileSync(new URL(`../../src/operators/${name}.ts`, import.meta.url), 'utf8');
  const block = /```text\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  const lines = block.split('\n').map((line) => line.replace(/^ \* ?/, ''));
  const from = (lines[0] as string).search(/(?<=source: +)\S/);
  const drawn = lines.map((line) => line.slice(from).replace(/ {2,}\(.*$|\s+$/g, ''));
  const end = lines.findIndex((line) => line.startsWith('result:'));
  const sources = drawn.slice(0, end).map((line) => {
    const atFrame = line.search(/\S/);
    return {
      ...single(line.trim().replace(/^\.+/, ''), meaning),
      atFrame: atFrame + (line.match(/\.+/)?.[0].length ?? 0),
    };
  });
  const code = /# is ([A-Z_]+)/.exec(block)?.[1] as ErrorCode | undefined;
  return { sources, result: drawn[end] as string, code };
}

/** Gives each token of a line one character, keeping every column; `mean` says what a token stands for. */
export function single<T>(line: string, mean: (token: string) => T): Marbles<T> {
  const values: Record<string, T> = {};
  const marbles = line.replace(/[A-Za-z]?\d+|[A-Za-z]/g, (token) => {
    const character = token.length === 1 ? token : (spare[Object.keys(values).length] as string);
    values[character] = mean(token);
    return character.padEnd(token.length, '-');
  });
  return { marbles, values };
}

/** `q`, `r`, `C`, `F` with the number of the task, `L` for a lost one, or a progress. */
export function meaning(token: string): Snapshot | TaskEvent {
  if (/^\d+$/.test(token)) return snapshotOf('in_progress', { progress: Number(token) });
  const task = { provider: 'cometapi', id: `task_${token.slice(1) || '1'}` };
  if (token.startsWith('L')) return { kind: 'lost', task, error: new RushesError('DEADLINE', 'too late', { task }) };
  return snapshotOf(statusOf[token.slice(0, 1)] as Status, { task });
}

/** An error with this code, whatever else it says. */
export function withCode(code: ErrorCode | undefined): unknown {
  return expect.objectContaining({ code });
}

/** Runs marbles in virtual time, one frame a millisecond. */
export function inMarbles(run: (helpers: RunHelpers) => void): void {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);
}
