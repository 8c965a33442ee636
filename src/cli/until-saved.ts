import type { Ledger, TaskRef, TerminalSnapshot } from '../index.js';

/** A ledger that hears that a task has completed only when its video is saved. */
export interface SavingLedger {
  readonly ledger: Ledger;
  /** Notes the end that was held back; nothing where there was none. */
  saved(task: TaskRef): Promise<void>;
}

/** Holds completed tasks back from `ledger`, so that a crash in a download leaves them to be resumed. */
export function untilSaved(ledger: Ledger): SavingLedger {
  const held = new Map<string, TerminalSnapshot>();
  const keyOf = ({ provider, id }: TaskRef) => `${provider}/${id}`;
  return {
    ledger: {
      begin: (create) => ledger.begin(create),
      note: (key, outcome) => ledger.note(key, outcome),
      unfinished: () => ledger.unfinished(),
      settle: (key, settlement) => ledger.settle(key, settlement),
      end: async (snapshot) => {
        if (snapshot.status !== 'completed') return ledger.end(snapshot);
        held.set(keyOf(snapshot.task), snapshot);
      },
    },
    saved: async (task) => {
      const snapshot = held.get(keyOf(task));
      if (snapshot) await ledger.end(snapshot);
      held.delete(keyOf(task));
    },
  };
}
