import { catchError, defer, exhaustMap, type Observable, of, timer } from 'rxjs';
import { recordOf } from '../../create/ledger.js';
import { messageOf } from '../../errors.js';
import type { Ledger, LiveSnapshot, Unfinished } from '../../index.js';
import { wordsOf } from '../error-words.js';
import { addressOf } from '../ledger/task-groups.js';
import type { Accounts } from './accounts.js';
import type { Entry } from './roster.js';

/** What a look into a ledger found. */
export interface Findings {
  readonly entries: readonly Entry[];
  /** What of it cannot be shown, or is for a person to look into. */
  readonly notices: readonly string[];
}

/** Of whose tasks, and at which address where it is not the one that they were created at. */
interface Meant {
  readonly provider?: string | undefined;
  readonly baseUrl?: string | undefined;
}

/** What is unfinished in `ledger`, read again every `everyMs`: other programs write it. It never errors. */
export function ledgerFindings(
  ledger: Pick<Ledger, 'unfinished'>,
  accounts: Pick<Accounts, 'at'>,
  { everyMs, ...meant }: Meant & { readonly everyMs: number },
): Observable<Findings> {
  const look = async () => findingsOf(await ledger.unfinished(), accounts, meant);
  const unreadable = (error: unknown) => ({
    entries: [],
    notices: [`The ledger cannot be read: ${messageOf(error)}.`],
  });
  return timer(0, everyMs).pipe(
    exhaustMap(() => defer(look).pipe(catchError((error: unknown) => of(unreadable(error))))),
  );
}

function findingsOf(
  { snapshots, creates, skipped }: Unfinished,
  accounts: Pick<Accounts, 'at'>,
  meant: Meant,
): Findings {
  const isMeant = ({ provider }: { readonly provider: string }) => provider === (meant.provider ?? provider);
  const hidden = new Map<string, number>();
  const entries = snapshots
    .filter(({ task }) => isMeant(task))
    .flatMap((known): Entry[] => {
      const { task } = known;
      try {
        return [{ task, known, client: accounts.at(task.provider, addressIn(known, meant)) }];
      } catch (error) {
        const reason = wordsOf(error);
        hidden.set(reason, (hidden.get(reason) ?? 0) + 1);
        return [];
      }
    });
  const open = creates.filter((create) => create.state === 'ambiguous' && isMeant(create)).length;
  return {
    entries,
    notices: [
      ...[...hidden].map(([reason, count]) => `${counted(count, 'task')} cannot be shown: ${reason}.`),
      ...(open > 0 ? [`${counted(open, 'create')} may or may not have made a task. See: rushes resume`] : []),
      ...(skipped > 0 ? [`${counted(skipped, 'record')} of the ledger cannot be read.`] : []),
    ],
  };
}

function addressIn(known: LiveSnapshot, meant: Meant): string | undefined {
  return addressOf(
    known.task.id,
    recordOf(known)?.baseUrl,
    meant.baseUrl === undefined ? {} : { baseUrl: meant.baseUrl },
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
