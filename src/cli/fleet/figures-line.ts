import { messageOf } from '../../errors.js';
import type { WorkFigures } from '../../fleet/index.js';
import { cut } from '../board/cells.js';
import type { Terminal } from '../board/terminal.js';
import { spanOf } from '../duration.js';

/** What a worker has done, and does, for people: a line or two, and one more where something is wrong. */
export function figuresLines(figures: WorkFigures, { columns, paint }: Pick<Terminal, 'columns' | 'paint'>): string[] {
  const { polls, pollsPerSecond, underWay, finished, lost, lateMs } = figures;
  const told = [
    things(polls, 'poll'),
    `${counted(pollsPerSecond)}/s`,
    `${counted(underWay)} under way`,
    `${counted(finished)} finished`,
    `${counted(lost)} lost`,
    `late ${counted(lateMs.p50)} ms (99%: ${counted(lateMs.p99)} ms)`,
  ];
  const wrong = troublesOf(figures).join(', ');
  return [...lined(told, columns), ...(wrong === '' ? [] : [paint('yellow', `  ${cut(wrong, columns - 2)}`)])];
}

/** Numbers, of which none is cut, in lines; the second is set in. */
function lined(numbers: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const number of numbers) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 2 + number.length <= columns) lines.push(`${lines.pop()}  ${number}`);
    else lines.push(line === undefined ? number : `  ${number}`);
  }
  return lines;
}

function troublesOf({ isWell, troubles, busTroubles, pausedMs, lastTrouble }: WorkFigures): string[] {
  const pauses = Object.entries(pausedMs).map(([provider, ms]) => `${provider} wants no polls for ${spanOf(ms)}`);
  const reason = lastTrouble ? `: ${messageOf(lastTrouble)}` : '';
  const met = [
    ...(troubles > 0 ? [`${counted(troubles)} met trouble`] : []),
    ...(busTroubles > 0 ? [`${counted(busTroubles)} failed at NATS`] : []),
  ];
  return [...(isWell ? [] : ['no work from NATS']), ...pauses, ...(met.length > 0 ? [met.join(', ') + reason] : [])];
}

/** So many of a kind, whose plural ends in s. */
export function things(count: number, kind: string): string {
  return `${counted(count)} ${kind}${count === 1 ? '' : 's'}`;
}

/** A whole number with its thousands apart. */
export function counted(number: number): string {
  return number.toLocaleString('en-US');
}
