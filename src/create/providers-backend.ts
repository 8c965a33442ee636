import { tap } from 'rxjs';
import type { Budget } from '../budget/budget.js';
import { invalidArgument } from '../errors.js';
import type { AddressRules } from '../http/video-address.js';
import type { Provider } from '../providers/provider.js';
import { providerNameProblem, type TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import { Account } from '../watch/account.js';
import type { Backend } from '../watch/backend.js';
import { type Asking, askAccount, type PollSettings } from '../watch/poll-source.js';
import { cancelledByUs } from '../watch/read.js';
import type { SnapshotSource } from '../watch/snapshot-source.js';
import { cancelTask } from './cancel-task.js';
import { createOperation, createTask } from './create-task.js';
import { type Ledger, recordOf } from './ledger.js';
import { notingEnds } from './noting-ends.js';
import { openVideoContent } from './open-video-content.js';

/** The accounts of a client's providers, by name. @throws `INVALID_ARGUMENT` for none, for what is none, or one name twice. */
export function openAccounts(providers: readonly Provider[], budget: Budget): ReadonlyMap<string, Account> {
  const accounts = new Map<string, Account>();
  if (providers.length === 0) throw invalidArgument('createClient(providers)', 'at least one provider', providers);
  for (const provider of providers) {
    if (!isProvider(provider))
      throw invalidArgument('createClient(provider)', 'a provider, such as cometapi({ apiKey })', provider);
    const problem = providerNameProblem(provider.name);
    if (problem !== undefined) throw invalidArgument('provider.name', problem, provider.name);
    if (accounts.has(provider.name)) {
      throw invalidArgument('createClient(providers)', 'a name of its own for each provider', provider.name);
    }
    accounts.set(provider.name, new Account(provider, budget));
  }
  return accounts;
}

/** Whether `value` is a provider, and not a backend. */
export function isProvider(value: unknown): value is Provider {
  const { ask, hear } = Object(value) as Partial<Provider>;
  return typeof ask === 'function' && typeof hear === 'function';
}

/** Accounts as something to stand a client on: each task goes to the provider that its ref names. */
export function providersBackend(accounts: ReadonlyMap<string, Account>, settings: BackendSettings): Required<Backend> {
  const asked = new Map<string, Asked>();
  for (const [name, account] of accounts)
    asked.set(name, noting({ account, ...askAccount(account, settings) }, settings));
  const of = ({ provider }: TaskRef) => asked.get(provider) as Asked;
  return {
    watch: (task, known) => of(task).watch(task, known),
    read: (task) => of(task).read(task),
    checkInput: (input, { provider, idempotencyKey } = {}) => {
      createOperation(chosen(asked, provider).account.provider, input, idempotencyKey);
    },
    create: (input, { provider, idempotencyKey } = {}) =>
      createTask(input, idempotencyKey, { ...settings, ...chosen(asked, provider) }),
    cancel: async (task) => {
      const asking = of(task);
      const outcome = await cancelTask(task, { ...settings, ...asking });
      if (outcome === 'cancelled') await asking.end(cancelledByUs(task));
      return outcome;
    },
    content: (task, options = {}) => openVideoContent(task, options, { ...settings, ...of(task) }),
  };
}

/** How a client's providers are asked. */
export interface BackendSettings extends PollSettings {
  readonly createTimeoutMs: number;
  readonly ledger?: Ledger | undefined;
  /** Where the addresses of videos may lead. */
  readonly addresses: AddressRules;
}

interface Asked extends Asking {
  readonly account: Account;
  /** Notes that a task has ended. */
  readonly end: (snapshot: Snapshot) => Promise<void>;
}

/** Notes the end of each task that is seen to end, and waits for those to appear that were created only just now. */
function noting(asking: Asking & Pick<Asked, 'account'>, { ledger, reporter, waits }: BackendSettings): Asked {
  const { account, watch, read } = asking;
  const end = notingEnds(ledger, account.provider.baseUrl, (error, task) =>
    reporter.report(() => ({ kind: 'ledger-failed', provider: task.provider, task, error })),
  );
  const expecting: SnapshotSource = (task, known) => {
    const record = recordOf(known);
    if (record) account.expect(task, record.createdAt, waits.now());
    return watch(task, known);
  };
  if (!ledger) return { ...asking, end, watch: expecting };
  return {
    ...asking,
    end,
    watch: (task, known) => expecting(task, known).pipe(tap(end)),
    read: (task) => read(task).pipe(tap(end)),
  };
}

function chosen(asked: ReadonlyMap<string, Asked>, name: string | undefined): Asked {
  const names = [...asked.keys()];
  const choice = asked.get(name ?? (names.length === 1 ? (names[0] as string) : ''));
  if (choice) return choice;
  throw invalidArgument('create.provider', `one of this client's providers (${names.join(', ')})`, name);
}
