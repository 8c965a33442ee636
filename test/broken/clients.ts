import {
  catchError,
  defer,
  map,
  merge,
  NEVER,
  type Observable,
  share,
  shareReplay,
  switchMap,
  takeUntil,
  throwError,
  timer,
} from 'rxjs';
import {
  type Client,
  type ClientOptions,
  createClient,
  type Heard,
  type Provider,
  RushesError,
  type Snapshot,
  type SnapshotSource,
  type TaskRef,
  takeUntilTerminal,
  throwIfFailed,
} from '../../src/index.js';
import type { MakeClient } from '../watch/law.js';
import { canary } from '../watch/scripted.js';

type To = Provider | SnapshotSource;
type Break = (client: Client, to: To, options: ClientOptions) => Partial<Client>;

/** The real client with something of it broken, also in what `with` makes of it. */
function broken(
  break_: Break,
  change: { to?: (to: To) => To; options?: (options: ClientOptions) => ClientOptions } = {},
): MakeClient {
  const wrap = (client: Client, to: To, options: ClientOptions): Client => ({
    ...client,
    with: (more) => wrap(client.with(change.options?.(more) ?? more), to, { ...options, ...more }),
    ...break_(client, to, options),
  });
  return ((to: To, options: ClientOptions = {}) => {
    const given = change.to?.(to) ?? to;
    const set = change.options?.(options) ?? options;
    return wrap(createClient(given as Provider, set), given, set);
  }) as MakeClient;
}

const watching = (change: (news: Observable<Snapshot>) => Observable<Snapshot>): MakeClient =>
  broken((client) => ({ watch: (task, options) => change(client.watch(task, options)) }));

const hearing = (change: (heard: Extract<Heard, { kind: 'snapshot' }>) => Snapshot): MakeClient =>
  broken(() => ({}), {
    to: (to) => {
      if (typeof to === 'function') return to;
      return {
        ...to,
        hear: (operation, response) => {
          const heard = to.hear(operation, response);
          return heard.kind === 'snapshot' ? { ...heard, snapshot: change(heard) } : heard;
        },
      };
    },
  });

const completed = ({ task }: Snapshot): Snapshot => ({ task, providerStatus: '', status: 'completed' });
const bare = (to: To, task: unknown) => (to as SnapshotSource)(task as TaskRef);

/** Clients that each break one point of the law, in a way that people really do. */
export const brokenClients: readonly { readonly breaks: number; readonly how: string; readonly make: MakeClient }[] = [
  {
    breaks: 1,
    how: 'takes a source that ends early for one that is done',
    make: broken((_, to) => ({ watch: (task) => bare(to, task).pipe(takeUntilTerminal()) })),
  },
  { breaks: 1, how: 'never completes', make: watching((news) => merge(news, NEVER)) },
  {
    breaks: 2,
    how: 'passes on whatever its source says',
    make: broken((_, to) => ({ watch: (task) => bare(to, task) })),
  },
  {
    breaks: 2,
    how: 'asks about a task that is known to have ended',
    make: broken((client) => ({
      watch: (task, options) => client.watch(typeof task === 'object' && 'task' in task ? task.task : task, options),
    })),
  },
  { breaks: 3, how: 'throws a failed task', make: watching((news) => news.pipe(throwIfFailed())) },
  {
    breaks: 4,
    how: 'forgets the task in its errors',
    make: watching((news) =>
      news.pipe(catchError((error: RushesError) => throwError(() => new RushesError(error.code, error.message)))),
    ),
  },
  {
    breaks: 4,
    how: 'keeps the request, and with it the key, on its errors',
    make: watching((news) =>
      news.pipe(
        catchError((error) =>
          throwError(() => Object.assign(error, { request: { authorization: `Bearer ${canary}` } })),
        ),
      ),
    ),
  },
  {
    breaks: 5,
    how: 'dies on the first bad poll',
    make: broken(() => ({}), { options: (options) => ({ ...options, retry: { giveUpAfterMs: 0 } }) }),
  },
  {
    breaks: 5,
    how: 'never gives up',
    make: broken(() => ({}), {
      options: (options) => ({ ...options, retry: { giveUpAfterMs: Number.POSITIVE_INFINITY } }),
    }),
  },
  { breaks: 6, how: 'goes on asking for nobody', make: watching((news) => news.pipe(shareReplay(1))) },
  {
    breaks: 7,
    how: 'creates for each subscriber',
    make: broken((client) => ({
      run: (input) => defer(() => client.create(input)).pipe(switchMap((created) => client.watch(created))),
    })),
  },
  {
    breaks: 7,
    how: 'creates again when the answer was lost',
    make: broken((client) => ({ run: (input) => client.run(input).pipe(catchError(() => client.run(input))) })),
  },
  {
    breaks: 8,
    how: 'polls for each subscriber',
    make: broken((client) => ({ watch: (task, options) => defer(() => client.with({}).watch(task, options)) })),
  },
  {
    breaks: 8,
    how: 'lets a late subscriber wait for the next news',
    make: broken((client) => {
      const shared = new Map<string, Observable<Snapshot>>();
      return {
        watch: (task) => {
          const key = typeof task === 'string' ? task : 'id' in task ? task.id : task.task.id;
          const news = shared.get(key) ?? client.watch(task).pipe(share());
          shared.set(key, news);
          return news;
        },
      };
    }),
  },
  {
    breaks: 9,
    how: 'takes progress 100 for completed',
    make: hearing(({ snapshot }) => (snapshot.progress === 100 ? completed(snapshot) : snapshot)),
  },
  {
    breaks: 9,
    how: 'takes completed_at for completed',
    make: hearing(({ snapshot, body }) =>
      (body as { completed_at?: number }).completed_at ? completed(snapshot) : snapshot,
    ),
  },
  {
    breaks: 10,
    how: 'takes an unknown word for a failure',
    make: hearing(({ snapshot }) =>
      snapshot.status === 'unknown'
        ? { ...snapshot, status: 'failed', error: { message: 'unknown status' } }
        : snapshot,
    ),
  },
  { breaks: 10, how: 'loses the word', make: hearing(({ snapshot }) => ({ ...snapshot, providerStatus: '' })) },
  {
    breaks: 11,
    how: 'errors on old news',
    make: broken((client, _, { scheduler }) => ({
      watch: (task, { deadlineMs = 0 } = {}) => {
        const over = timer(deadlineMs, scheduler).pipe(
          map(() => {
            throw new RushesError('DEADLINE', 'too late', { task: task as TaskRef, retryable: true });
          }),
        );
        return client.watch(task, { deadlineMs: Number.POSITIVE_INFINITY }).pipe(takeUntil(over));
      },
    })),
  },
  {
    breaks: 11,
    how: 'has no deadline',
    make: broken((client) => ({ watch: (task) => client.watch(task, { deadlineMs: Number.POSITIVE_INFINITY }) })),
  },
];
