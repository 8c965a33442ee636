import type { Difference } from '../../fleet/index.js';
import { inWords } from '../../fleet/streams/difference.js';
import { clean } from '../board/cells.js';

/** What was changed: from what it was to what it is. */
export function changeLine({ of, setting, found, needed }: Difference): string {
  const what = setting === 'presence' ? '' : `${setting} `;
  return clean(`${of}: ${what}${shown(found)} → ${shown(needed)}`);
}

/** What is not as it should be, and by whose word. */
export function differenceLine(difference: Difference): string {
  const { of, setting, found, needed } = difference;
  if (setting === 'presence' || setting === 'cluster') return clean(inWords(difference));
  return clean(`${of}: ${setting} is ${shown(found)}, ${wanted(of, shown(needed))}`);
}

function wanted(of: string, needed: string): string {
  if (of === 'fleet') return `you asked for ${needed}`;
  return of.startsWith('worker ') ? `the fleet has ${needed}` : `and has to be ${needed}`;
}

function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing';
  if (value === Number.POSITIVE_INFINITY) return 'for ever';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
