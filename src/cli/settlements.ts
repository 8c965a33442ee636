import { InvalidArgumentError } from 'commander';
import type { Ledger, Settlement, Unfinished } from '../index.js';
import { idProblem } from '../task/ref.js';
import { WrongUsage } from './wrong-usage.js';

/** What a person found out about an open create, or decided about a task that nobody waits for any more. */
export interface Finding {
  /** Of the create, or `provider/id` of the task. */
  readonly key: string;
  /** `not-created`, `abandoned`, or the id of the task that was made. */
  readonly found: string;
}

/** Reads `KEY=not-created`, `KEY=abandoned` or `KEY=TASK_ID`. @throws What the parser tells as wrong usage. */
export function findingOf(text: string): Finding {
  const [, key = '', found = ''] = /^(.+)=(not-created|abandoned)$/s.exec(text) ?? /^([^=]+)=(.+)$/s.exec(text) ?? [];
  const problem = key === '' ? 'KEY=not-created, KEY=abandoned or KEY=TASK_ID' : idProblem(found);
  if (problem !== undefined) throw new InvalidArgumentError(`Expected ${problem}.`);
  return { key, found };
}

/**
 * Closes what was looked into.
 *
 * @throws WrongUsage, before anything is closed, for a key that nothing open has.
 */
export async function settleAll(findings: readonly Finding[], ledger: Ledger): Promise<void> {
  if (findings.length === 0) return;
  const unfinished = await ledger.unfinished();
  const settlements = findings.map((finding) => [finding.key, settlementOf(finding, unfinished)] as const);
  for (const [key, settlement] of settlements) await ledger.settle(key, settlement);
}

function settlementOf({ key, found }: Finding, { creates, snapshots }: Unfinished): Settlement {
  const create = creates.find((open) => open.key === key);
  const isTask = snapshots.some(({ task }) => `${task.provider}/${task.id}` === key);
  if (!create && !(isTask && found === 'abandoned')) {
    throw new WrongUsage(`--settle: nothing that is open has the key ${JSON.stringify(key)}`);
  }
  if (found === 'abandoned') return found;
  return !create || found === 'not-created' ? 'not-created' : { ref: { provider: create.provider, id: found } };
}
