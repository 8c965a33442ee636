import { InvalidArgumentError } from 'commander';
import { isRushesError, type OpenCreate, type Settlement, type TaskRef, type Unfinished } from '../../index.js';
import { idProblem } from '../../task/ref.js';
import { WrongUsage } from '../wrong-usage.js';

/** What a person found out about an open create, or decided about a task that nobody waits for any more. */
export interface Finding {
  /** Of the create, or `provider/id` of the task. */
  readonly key: string;
  /** `not-created`, `abandoned`, or the id of the task that was made. */
  readonly found: string;
}

/** What stands for the id in a command that is shown; it is refused where it was not replaced. */
export const idPlaceholder = '<task id>';

/** Reads `KEY=not-created`, `KEY=abandoned` or `KEY=TASK_ID`. @throws What the parser tells as wrong usage. */
export function findingOf(text: string): Finding {
  const [, key = '', found = ''] = /^(.+)=(not-created|abandoned)$/s.exec(text) ?? /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (found === 'TASK_ID' || found === idPlaceholder) {
    throw new InvalidArgumentError(`Expected the id of the task that was made in place of ${found}.`);
  }
  const problem = key === '' ? 'KEY=not-created, KEY=abandoned or KEY=TASK_ID' : idProblem(found);
  if (problem !== undefined) throw new InvalidArgumentError(`Expected ${problem}.`);
  return { key, found };
}

/**
 * How each of `findings` is to be settled.
 *
 * @param look - Reads the task that a create is said to have made.
 * @throws WrongUsage for a key that nothing open has, and for an id that its provider does not know.
 */
export function settlementsOf(
  findings: readonly Finding[],
  unfinished: Unfinished,
  look: (create: OpenCreate, task: TaskRef) => Promise<unknown>,
): Promise<(readonly [key: string, settlement: Settlement])[]> {
  const settlements = findings.map((finding) => ({ ...finding, ...settlementOf(finding, unfinished) }));
  return Promise.all(
    settlements.map(async ({ key, create, settlement }) => {
      if (create && typeof settlement === 'object') await makeSure(() => look(create, settlement.ref), settlement.ref);
      return [key, settlement] as const;
    }),
  );
}

interface Closing {
  readonly create?: OpenCreate | undefined;
  readonly settlement: Settlement;
}

function settlementOf({ key, found }: Finding, { creates, snapshots }: Unfinished): Closing {
  const create = creates.find((open) => open.key === key);
  const isTask = snapshots.some(({ task }) => `${task.provider}/${task.id}` === key);
  if (!create && !(isTask && found === 'abandoned')) {
    throw new WrongUsage(`--settle: nothing that is open has the key ${JSON.stringify(key)}`);
  }
  if (found === 'abandoned') return { settlement: found };
  const isNone = !create || found === 'not-created';
  return { create, settlement: isNone ? 'not-created' : { ref: { provider: create.provider, id: found } } };
}

async function makeSure(look: () => Promise<unknown>, { provider, id }: TaskRef): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!isRushesError(error) || error.code !== 'NOT_FOUND') throw error;
    throw new WrongUsage(`--settle: ${provider} knows no task ${JSON.stringify(id)}, so nothing was closed`);
  }
}
