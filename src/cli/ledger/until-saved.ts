import type { Ledger, TaskRef } from '../../index.js';

/** A ledger that hears that a task has completed only when its video is saved. */
export interface SavingLedger {
  readonly ledger: Ledger;
  /** Notes the end that was held back; nothing where there was none. */
  saved(task: TaskRef): Promise<void>;
}

/** Holds completed tasks back from `ledger`, so that a crash in a download leaves them to be resumed. */
export function untilSaved(ledger: Ledger): SavingLedger {
  const held = new Map<string, Parameters<Ledger['end']>>();
  const keyOf = ({ provider, id }: TaskRef) => `${provider}/${id}`;
  return {
    ledger: {
      begin: (create) => ledger.begin(create),
      note: (key, outcome) => ledger.note(key, outcome),
      unfinished: () => ledger.unfinished(),
      settle: (key, settlement) => ledger.settle(key, settlement),
      end: async (...ending) => {
        const [{ status, task }] = ending;
        if (status !== 'completed') return ledger.end(...ending);
        held.set(keyOf(task), ending);
      },
    },
    saved: async (task) => {
      const ending = held.get(keyOf(task));
      if (ending) await ledger.end(...ending);
      held.delete(keyOf(task));
    },
  };
}
