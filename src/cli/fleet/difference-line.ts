import type { Difference } from '../../fleet/index.js';
import { clean } from '../board/cells.js';

/** What is not as it has to be, or was not: from what it is to what it has to be. */
export function differenceLine({ of, setting, found, needed }: Difference): string {
  const what = setting === 'presence' ? '' : `${setting} `;
  return clean(`${of}: ${what}${shown(found)} → ${shown(needed)}`);
}

function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing';
  if (value === Number.POSITIVE_INFINITY) return 'for ever';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
