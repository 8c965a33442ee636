import type { Look, Paint } from './terminal.js';

const DONE = '━';
const LEFT = '─';
const RUNNER_CELLS = 3;

/** How far something has come, in `width` cells. @param progress - 0-100 */
export function bar(progress: number, width: number, look: Look, paint: Paint): string {
  const done = Math.round((Math.min(Math.max(progress, 0), 100) / 100) * width);
  return paint(look, DONE.repeat(done)) + paint('dim', LEFT.repeat(width - done));
}

/** Something that goes on, nobody knows how far: a runner that goes to and fro. */
export function runner(step: number, width: number, look: Look, paint: Paint): string {
  const length = Math.min(RUNNER_CELLS, width);
  const way = width - length;
  const before = way - Math.abs(way - (step % Math.max(2 * way, 1)));
  const after = way - before;
  return paint('dim', LEFT.repeat(before)) + paint(look, DONE.repeat(length)) + paint('dim', LEFT.repeat(after));
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;

/** One cell that turns. */
export function spinner(step: number): string {
  return SPINNER[step % SPINNER.length] ?? SPINNER[0];
}
