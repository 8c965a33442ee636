import { invalidArgument } from '../errors.js';
import { idProblem, providerNameProblem, type TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import { isStatus, isTerminalStatus } from '../task/status.js';

/** A task by its id (where the client has one provider), by its handle, or by what is known of it so far. */
export type TaskLike = string | TaskRef | Snapshot;

/** Who a {@link TaskLike} names, and what is known of it. */
export interface NamedTask {
  readonly task: TaskRef;
  readonly known?: Snapshot;
}

/**
 * Who `input` names.
 *
 * @param providers - the client's providers; `undefined` over a backend, which knows its own.
 * @throws `INVALID_ARGUMENT` when it names nobody, or a provider that the client does not have.
 */
export function nameTask(input: unknown, providers: readonly string[] | undefined): NamedTask {
  if (typeof input === 'string')
    return { task: checkRef({ provider: soleProvider(input, providers), id: input }, providers) };
  if (!isObject(input)) throw invalidArgument('task', 'an id, a { provider, id } or a snapshot', input);
  if (!('task' in input)) return { task: checkRef(input, providers) };
  if (!isObject(input.task)) throw invalidArgument('task.task', 'a { provider, id }', input.task);
  if (!isStatus(input.status)) throw invalidArgument('task.status', 'the status of a snapshot', input.status);
  const { message } = (isObject(input.error) ? input.error : {}) as { message?: unknown };
  const isFailed = isTerminalStatus(input.status) && input.status !== 'completed';
  if (isFailed && typeof message !== 'string') throw invalidArgument('task.error.message', 'a string', message);
  const task = checkRef(input.task, providers);
  if (Object.isFrozen(input) && Object.isFrozen(input.task)) return { task, known: input as unknown as Snapshot };
  return { task, known: Object.freeze({ providerStatus: '', ...input, task }) as unknown as Snapshot };
}

/** As much of a name as a task has that cannot be watched. */
export function nameForBlame(input: unknown): TaskRef {
  const named = isObject(input) && isObject(input.task) ? input.task : isObject(input) ? input : { id: input };
  return Object.freeze({
    provider: typeof named.provider === 'string' ? named.provider : '',
    id: typeof named.id === 'string' ? named.id : '',
  });
}

function soleProvider(id: string, providers: readonly string[] | undefined): string {
  const [sole, ...others] = providers ?? [];
  if (sole !== undefined && others.length === 0) return sole;
  const choice = providers ? ` with provider one of ${providers.join(', ')}` : '';
  throw invalidArgument('task', `a { provider, id }${choice}, since an id alone does not say whose it is`, id);
}

function checkRef(ref: Record<string, unknown>, providers: readonly string[] | undefined): TaskRef {
  const { provider, id } = ref;
  const wrongProvider = providerNameProblem(provider);
  if (wrongProvider !== undefined) throw invalidArgument('task.provider', wrongProvider, provider);
  if (providers && !providers.includes(provider as string)) {
    throw invalidArgument('task.provider', `one of this client's providers (${providers.join(', ')})`, provider);
  }
  const wrongId = idProblem(id);
  if (wrongId !== undefined) throw invalidArgument('task.id', wrongId, id);
  return Object.freeze({ provider: provider as string, id: id as string });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
