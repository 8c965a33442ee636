import { asyncScheduler, firstValueFrom, type SchedulerLike } from 'rxjs';
import { checkMs } from '../cadence/delay.js';
import { Waits } from '../cadence/waits.js';
import { type CreateTrace, checkNames, invalidArgument, RushesError } from '../errors.js';
import { exchange } from '../http/exchange.js';
import { fetchTransport } from '../http/fetch-transport.js';
import type { Transport } from '../http/transport.js';
import type { HttpResponse, Provider } from '../providers/provider.js';
import type { Snapshot } from '../task/snapshot.js';
import { timeLimit } from '../watch/read.js';

/** Where candidates are looked for. */
export interface CreateCandidatesOptions {
  /** The way to the network. @defaultValue {@link fetchTransport} */
  readonly transport?: Transport;
  /** How far from the moment of sending, by the provider's clock, a task may have been created. @defaultValue 600000 */
  readonly aroundMs?: number;
  /** How long each request may take. @defaultValue 30000 */
  readonly requestTimeoutMs?: number;
  /** Where time comes from. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
}

/** The defaults of {@link CreateCandidatesOptions} that are plain values. */
export const createCandidatesDefaults = Object.freeze({
  aroundMs: 600_000,
  requestTimeoutMs: 30_000,
} satisfies CreateCandidatesOptions);

/** A provider that always has one more page must not be asked for ever. */
const MAX_PAGES = 50;

/**
 * The tasks that an ambiguous create may have made: those that the provider lists for its model, created around the
 * time when it was sent. Which of them it is, if any, is for a person to say, with `ledger.settle`.
 *
 * @param create - `error.create` of a `CREATE_AMBIGUOUS`, or one of a ledger's open creates.
 * @throws `INVALID_ARGUMENT` for a create at another provider or base URL; `UNSUPPORTED` where the provider lists no
 * tasks; what a read would, when it cannot be asked.
 * @example
 * ```ts
 * const { creates } = await ledger.unfinished();
 * for (const create of creates) console.log(create.key, await createCandidates(provider, create));
 * // 4f1c… [ { task: { provider: 'ark', id: 'cgt-20261122140000-abcde' }, status: 'running', … } ]
 * ```
 */
export function createCandidates(
  provider: Provider,
  create: Pick<CreateTrace, 'provider' | 'baseUrl' | 'model' | 'sentAt'>,
  options: CreateCandidatesOptions = {},
): Promise<readonly Snapshot[]> {
  checkNames('options', options, ['transport', 'aroundMs', 'requestTimeoutMs', 'scheduler']);
  const { aroundMs = createCandidatesDefaults.aroundMs, scheduler = asyncScheduler } = options;
  const { requestTimeoutMs = createCandidatesDefaults.requestTimeoutMs, transport = fetchTransport() } = options;
  if (typeof provider?.hear !== 'function') throw invalidArgument('createCandidates(provider)', 'a provider', provider);
  if (typeof create?.sentAt !== 'number') {
    throw invalidArgument('createCandidates(create)', 'the `create` of an error, or one of a ledger', create);
  }
  checkMs('aroundMs', aroundMs);
  checkMs('requestTimeoutMs', requestTimeoutMs);
  const { name, baseUrl, supports } = provider;
  if (create.provider !== name || create.baseUrl !== baseUrl) {
    throw invalidArgument('create', `one at ${name}, ${baseUrl}`, `${create.provider}, ${create.baseUrl}`);
  }
  if (!supports.list) throw new RushesError('UNSUPPORTED', `${name} has no documented way to list tasks`);
  const inTime = timeLimit<HttpResponse>(requestTimeoutMs, new Waits(scheduler));
  const ask = exchange(provider, transport);
  return listedAround(create, aroundMs, async (page) => {
    const operation = { kind: 'list', model: create.model, page } as const;
    const heard = provider.hear(operation, await firstValueFrom(ask(operation).pipe(inTime)));
    if (heard.kind === 'problem') throw new RushesError(heard.code, heard.message, { retryable: heard.retryable });
    return (heard.kind === 'done' && heard.listed) || [];
  });
}

type Sent = Pick<CreateTrace, 'provider' | 'baseUrl' | 'model' | 'sentAt'>;

/** Pages have the newest first, so one that is all before the time, or empty, is the last to look at. */
async function listedAround(
  { sentAt }: Sent,
  aroundMs: number,
  listPage: (page: number) => Promise<readonly Snapshot[]>,
): Promise<readonly Snapshot[]> {
  const found = new Map<string, Snapshot>();
  for (let page = 1; page <= MAX_PAGES; page++) {
    const listed = await listPage(page);
    for (const snapshot of listed) {
      const { task, createdAt = sentAt } = snapshot;
      if (Math.abs(createdAt - sentAt) <= aroundMs) found.set(task.id, snapshot);
    }
    if (listed.every(({ createdAt = sentAt }) => createdAt < sentAt - aroundMs)) break;
  }
  return Object.freeze([...found.values()]);
}
