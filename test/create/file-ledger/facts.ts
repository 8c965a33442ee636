import type { Begun, NewCreate } from '../../../src/create/ledger.js';
import type { Snapshot, TerminalSnapshot } from '../../../src/index.js';

export const create: NewCreate = {
  provider: 'ark',
  baseUrl: 'https://ark.example.com/api/v3',
  input: { model: 'doubao-seedance-2-0', prompt: 'a paper plane over a lake' },
};

/** What a provider answers to a create. */
export function made(id: string, more: Partial<Snapshot> = {}): Snapshot {
  return { task: { provider: 'ark', id }, status: 'queued', providerStatus: 'queued', ...more } as Snapshot;
}

export function done(id: string): TerminalSnapshot {
  return made(id, { status: 'completed', providerStatus: 'succeeded' }) as TerminalSnapshot;
}

/** The key of a create that is to be sent. */
export function keyOf(begun: Begun): string {
  if (begun.kind !== 'new') throw new Error(`known as ${begun.snapshot.task.id}`);
  return begun.key;
}
