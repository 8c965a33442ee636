import { invalidArgument, type RushesError, scrub } from '../errors.js';
import { idProblem } from '../task/ref.js';
import type { TerminalSnapshot } from '../task/snapshot.js';
import type { CreateOutcome, Settlement } from './ledger.js';
import { isOpen, type LedgerBook } from './ledger-book.js';
import { stripped } from './ledger-intent.js';
import { type CreateRecord, type EndedRecord, intentIn, keptFacts, type LedgerRecord } from './ledger-record.js';

/** An id of a request, as opposed to a text. */
const isId = /^[\w.:=+/|-]{1,200}$/;

/** What became of the create that `known` tells of, as it is noted. */
export function outcomeRecord(known: CreateRecord, outcome: CreateOutcome, at: number): LedgerRecord {
  const intent = intentIn(known);
  if (outcome.kind === 'refused') return { v: 1, kind: 'refused', at, ...intent };
  if (outcome.kind === 'created') {
    const { snapshot } = outcome;
    return { v: 1, kind: 'created', at, ...intent, ...snapshot.task, facts: keptFacts(snapshot) };
  }
  const { message, status, requestIds } = outcome;
  const ids = Object.entries(requestIds).filter(([, id]) => isId.test(id));
  const evidence = {
    ...(intent.prompt !== undefined && { message: scrub(message) }),
    ...(status !== undefined && { status }),
    requestIds: Object.fromEntries(ids),
  };
  return { v: 1, kind: 'ambiguous', at, ...intent, evidence };
}

/** The end of a task that was seen at `baseUrl`, as it is noted. */
export function endedRecord(snapshot: TerminalSnapshot, baseUrl: string, at: number): EndedRecord {
  const { provider, id } = snapshot.task;
  return { v: 1, kind: 'ended', at, provider, id, baseUrl: stripped(baseUrl), facts: keptFacts(snapshot) };
}

/** Why `'not-created'` cannot be noted yet: who says that opens the way to another create of that name. */
export function stillInFlight(): RushesError {
  const expected = "{ ref } or 'abandoned' while its sender waits for the answer";
  return invalidArgument('ledger.settle(settlement)', expected, 'not-created');
}

/**
 * What a person found out, as it is noted.
 *
 * @param key - Of a create, or `provider/id` of a task.
 * @throws `INVALID_ARGUMENT` when nothing open has that key, or `settlement` does not suit it.
 */
export function settlementRecord(book: LedgerBook, key: string, settlement: Settlement, at: number): LedgerRecord {
  const known = book.create(key);
  if (settlement === 'abandoned') {
    const task = book.unfinishedTask(key);
    if (task) return { v: 1, kind: 'dropped', at, ...task };
  }
  if (!known || !isOpen(known)) {
    const expected = settlement === 'abandoned' ? 'open create or of an unfinished task' : 'open create';
    throw invalidArgument('ledger.settle(key)', `the key of an ${expected}`, key);
  }
  const intent = intentIn(known);
  if (settlement === 'abandoned' || settlement === 'not-created') return { v: 1, kind: settlement, at, ...intent };
  if (typeof settlement?.ref !== 'object' || settlement.ref === null)
    throw invalidArgument('ledger.settle(settlement)', "{ ref }, 'not-created' or 'abandoned'", settlement);
  const { provider, id } = settlement.ref;
  if (provider !== intent.provider)
    throw invalidArgument('ledger.settle(ref.provider)', `${intent.provider}, where ${key} was sent`, provider);
  const problem = idProblem(id);
  if (problem !== undefined) throw invalidArgument('ledger.settle(ref.id)', problem, id);
  return { v: 1, kind: 'found', at, ...intent, id };
}
