import type { Difference } from '../../fleet/index.js';
import { inWords, value } from '../../fleet/streams/difference.js';
import { clean } from '../board/cells.js';

/** What was changed: from what it was to what it is. */
export function changeLine({ of, setting, found, needed }: Difference): string {
  const what = setting === 'presence' ? '' : `${setting} `;
  return clean(`${of}: ${what}${value(setting, found)} → ${value(setting, needed)}`);
}

/** What is not as it should be, and by whose word. */
export function differenceLine(difference: Difference): string {
  const { of, setting, found, needed } = difference;
  if (setting === 'presence' || setting === 'cluster') return clean(inWords(difference));
  return clean(`${of}: ${setting} is ${value(setting, found)}, ${wanted(of, value(setting, needed))}`);
}

function wanted(of: string, needed: string): string {
  if (of === 'fleet') return `you asked for ${needed}`;
  return of.startsWith('worker ') ? `the fleet has ${needed}` : `and has to be ${needed}`;
}
