import { isFailure } from '../../index.js';
import type { Row, Save, Trouble } from './board.js';
import { sizeOf } from './size.js';
import type { Look } from './terminal.js';

/** How long it is told that a trouble has passed. */
const RELIEF_MS = 1_500;

/** One cell for each way to stand; what moves has a spinner instead. */
export const signs: Readonly<Record<Row['status'], string>> = {
  asking: '>',
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
export function looks({ status, trouble, save }: Row): Look {
  if (save?.kind === 'saving') return 'blue';
  if (save?.kind === 'download-failed' || status === 'lost') return 'magenta';
  if (status === 'completed') return 'green';
  if (status === 'queued') return 'dim';
  if (status !== 'in_progress' && status !== 'unknown' && status !== 'asking') return 'red';
  if (trouble && !trouble.overAtMs) return 'yellow';
  return status === 'asking' ? 'dim' : 'cyan';
}

/** What there is to say of a task beside its progress. */
export function note(row: Row, nowMs: number): { readonly text: string; readonly look: Look } {
  const { snapshot, status, trouble, error, save } = row;
  if (save) return noteOfSave(save);
  if (status === 'completed')
    return { text: row.troubles > 0 ? `ready, past ${faultsMet(row)}` : 'ready', look: 'green' };
  if (error) return { text: `lost: ${error.code}`, look: 'magenta' };
  if (snapshot && isFailure(snapshot)) return { text: `${status}: ${snapshot.error.message}`, look: 'red' };
  if (trouble && !trouble.overAtMs) return { text: waiting(trouble, nowMs), look: 'yellow' };
  if (trouble?.overAtMs && nowMs - trouble.overAtMs < RELIEF_MS)
    return { text: `${trouble.what}, passed`, look: 'dim' };
  if (row.isRequeued) return { text: 'back in the queue', look: 'yellow' };
  if (status === 'unknown' && snapshot?.providerStatus) {
    return { text: `says "${snapshot.providerStatus}"`, look: 'yellow' };
  }
  if (status === 'asking' && row.awaiting !== undefined) return { text: row.awaiting, look: 'dim' };
  return { text: status === 'in_progress' ? '' : status === 'unknown' ? 'created' : status, look: 'dim' };
}

function noteOfSave(save: Save): { readonly text: string; readonly look: Look } {
  switch (save.kind) {
    case 'saved':
      return { text: `${save.already ? 'there already' : 'saved'}, ${sizeOf(save.bytes)}`, look: 'green' };
    case 'download-failed':
      return { text: `not saved: ${save.error.code}`, look: 'magenta' };
    case 'saving': {
      if (save.receivedBytes === 0) return { text: 'saving', look: 'blue' };
      const of = save.totalBytes === undefined ? '' : ` of ${sizeOf(save.totalBytes)}`;
      return { text: `saving ${sizeOf(save.receivedBytes)}${of}`, look: 'blue' };
    }
  }
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
