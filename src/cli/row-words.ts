import { isFailure } from '../index.js';
import type { Row, Trouble } from './board.js';
import type { Look } from './terminal.js';

/** How long it is told that a trouble has passed. */
const RELIEF_MS = 1_500;

/** One cell for each way to stand; what moves has a spinner instead. */
export const signs: Readonly<Record<Row['status'], string>> = {
  queued: '·',
  in_progress: '>',
  unknown: '>',
  completed: '✓',
  failed: '✗',
  error: '✗',
  cancelled: '✗',
  expired: '✗',
  lost: '?',
};

/** The colour of a row's sign and bar. */
export function looks({ status, trouble }: Row): Look {
  if (status === 'completed') return 'green';
  if (status === 'lost') return 'magenta';
  if (status === 'queued') return 'dim';
  if (status !== 'in_progress' && status !== 'unknown') return 'red';
  return trouble && !trouble.overAtMs ? 'yellow' : 'cyan';
}

/** What there is to say of a task beside its progress. */
export function note(row: Row, nowMs: number): { readonly text: string; readonly look: Look } {
  const { snapshot, status, trouble, error } = row;
  if (status === 'completed')
    return { text: row.troubles > 0 ? `ready, past ${faultsMet(row)}` : 'ready', look: 'green' };
  if (error) return { text: `lost: ${error.code}`, look: 'magenta' };
  if (isFailure(snapshot)) return { text: `${status}: ${snapshot.error.message}`, look: 'red' };
  if (trouble && !trouble.overAtMs) return { text: waiting(trouble, nowMs), look: 'yellow' };
  if (trouble?.overAtMs && nowMs - trouble.overAtMs < RELIEF_MS)
    return { text: `${trouble.what}, passed`, look: 'dim' };
  if (row.isRequeued) return { text: 'back in the queue', look: 'yellow' };
  if (status === 'unknown' && snapshot.providerStatus) {
    return { text: `says "${snapshot.providerStatus}"`, look: 'yellow' };
  }
  return { text: status === 'in_progress' ? '' : status === 'queued' ? 'queued' : 'created', look: 'dim' };
}

/** A model without what all names of its family have: the vendor and the date. */
export function familiar(model: string): string {
  return model.replace(/^doubao-/, '').replace(/-\d{6}$/, '');
}

function waiting({ what, askAgainAtMs }: Trouble, nowMs: number): string {
  const leftMs = askAgainAtMs - nowMs;
  return leftMs > 0 ? `${what}, again in ${(leftMs / 1_000).toFixed(1)}s` : `${what}, asking again`;
}

/** How many faults the watches of `rows` have come through. */
export function faultsMet(...rows: readonly Row[]): string {
  const count = rows.reduce((sum, { troubles }) => sum + troubles, 0);
  return `${count} fault${count === 1 ? '' : 's'}`;
}
