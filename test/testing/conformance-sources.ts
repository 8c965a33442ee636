import { filter, finalize, map, merge, NEVER, type Observable, of, ReplaySubject, Subject, takeWhile } from 'rxjs';
import {
  cometapi,
  isLive,
  isTerminal,
  pollEvery,
  pollSource,
  type Snapshot,
  type SnapshotSource,
  shareByTask,
  type TaskRef,
  takeUntilTerminal,
} from '../../src/index.js';
import { isSameTask, taskKey } from '../../src/task/ref.js';
import { createClock, type SourceConformanceOptions, type SourceWorld, snapshotOf } from '../../src/testing/index.js';
import { scripted } from '../watch/scripted.js';

type Listen = (news: Observable<Snapshot>, task: TaskRef) => Observable<Snapshot>;

/** A bus that remembers all that was said, and counts who listens. */
export function remembering(listen: Listen, options: { late: boolean } = { late: true }): SourceConformanceOptions {
  const open = (): SourceWorld => {
    const bus = options.late ? new ReplaySubject<Snapshot>() : new Subject<Snapshot>();
    return {
      source: (task) => listen(bus, task),
      say: (snapshot) => bus.next(snapshot),
      settle: async () => undefined,
      busy: () => (bus.observed ? 1 : 0),
    };
  };
  return { open, supports: options };
}

const about = (task: TaskRef) => filter((snapshot: Snapshot) => isSameTask(snapshot.task, task));

/** The sources of this library, and the one of the doc comment. */
export const ownSources: Readonly<Record<string, SourceConformanceOptions>> = {
  'of the doc comment': remembering((bus, task) => bus.pipe(about(task), takeUntilTerminal())),
  'shared by task': remembering((bus, task) => shareByTask((asked) => bus.pipe(about(asked)))(task), { late: false }),
  polled: { provider: 'cometapi', supports: { late: true }, open: () => polled((source) => source) },
  'polled and shared by task': { provider: 'cometapi', supports: { late: true }, open: () => polled(shareByTask) },
};

/** A server that answers what was said last, asked once a second. */
function polled(around: (source: SnapshotSource) => SnapshotSource): SourceWorld {
  const clock = createClock();
  const said = new Map<string, Snapshot>();
  const server = scripted(clock, (_, { url }) => {
    const id = decodeURIComponent(url.split('/').at(-1) ?? '');
    const { status } = said.get(`cometapi/${id}`) ?? snapshotOf('queued');
    return { kind: 'answer', afterMs: 10, status: 200, text: JSON.stringify({ id, status }) };
  });
  const options = { transport: server.transport, scheduler: clock, cadence: pollEvery(1_000) };
  return {
    source: around(pollSource(cometapi({ apiKey: 'any' }), options)),
    say: (snapshot) => void said.set(taskKey(snapshot.task), snapshot),
    settle: () => clock.advance(2_000),
    busy: () => clock.pending + server.inFlight,
  };
}

/** Sources that each get one thing wrong. */
export const brokenSources: readonly { foundBy: string; how: string; options: SourceConformanceOptions }[] = [
  {
    foundBy: 'what is said arrives, in order',
    how: 'tells only the end',
    options: remembering((bus, task) => bus.pipe(about(task), filter(isTerminal))),
  },
  {
    foundBy: 'it completes after a terminal snapshot, and a failure is one',
    how: 'waits for more after the end',
    options: remembering((bus, task) => merge(bus.pipe(about(task), takeUntilTerminal()), NEVER)),
  },
  {
    foundBy: 'it completes after a terminal snapshot, and a failure is one',
    how: 'knows only one end',
    options: remembering((bus, task) =>
      bus.pipe(
        about(task),
        takeWhile(({ status }) => status !== 'completed', true),
      ),
    ),
  },
  {
    foundBy: 'it completes after a terminal snapshot, and a failure is one',
    how: 'keeps the end to itself',
    options: remembering((bus, task) => bus.pipe(about(task), takeWhile(isLive))),
  },
  {
    foundBy: 'it tells only of the task that was asked for',
    how: 'takes an id for a pattern',
    options: remembering((bus, { id }) =>
      bus.pipe(
        filter(({ task }) => id === '*' || task.id === id),
        takeUntilTerminal(),
      ),
    ),
  },
  {
    foundBy: 'it tells only of the task that was asked for',
    how: 'looks at the beginning of an id',
    options: remembering((bus, { id }) =>
      bus.pipe(
        filter(({ task }) => task.id.startsWith(id)),
        takeUntilTerminal(),
      ),
    ),
  },
  {
    foundBy: 'it takes every id for what it is',
    how: 'trims ids',
    options: remembering((bus, { id }) =>
      bus.pipe(
        filter(({ task }) => task.id === id.trim()),
        takeUntilTerminal(),
      ),
    ),
  },
  {
    foundBy: 'news is frozen plain JSON',
    how: 'hands out what it parsed',
    options: remembering((bus, task) =>
      bus.pipe(
        about(task),
        map((snapshot) => structuredClone(snapshot)),
        takeUntilTerminal(),
      ),
    ),
  },
  {
    foundBy: 'who leaves is told no more, and leaves nothing behind',
    how: 'never lets go of its bus',
    options: remembering((bus, task) => {
      const news = new ReplaySubject<Snapshot>();
      bus.pipe(about(task), takeUntilTerminal()).subscribe(news);
      return news;
    }),
  },
  {
    foundBy: 'who leaves takes nothing from the others',
    how: 'has one listener for all',
    options: {
      supports: { late: false },
      open: () => {
        const bus = new Subject<Snapshot>();
        const news = new Map<string, Subject<Snapshot>>();
        const source = (task: TaskRef) => {
          const shared = news.get(taskKey(task)) ?? new Subject<Snapshot>();
          if (!news.has(taskKey(task))) bus.pipe(about(task), takeUntilTerminal()).subscribe(shared);
          news.set(taskKey(task), shared);
          return shared.pipe(finalize(() => shared.complete()));
        };
        return { source, say: (snapshot: Snapshot) => bus.next(snapshot), settle: async () => undefined };
      },
    },
  },
  {
    foundBy: 'nothing is left running after the end',
    how: 'listens on after the end',
    options: remembering((bus, task) => {
      const news = new Subject<Snapshot>();
      bus.pipe(about(task)).subscribe(news);
      return news.pipe(takeUntilTerminal());
    }),
  },
  {
    foundBy: 'who comes late is told how the task stands',
    how: 'tells who comes late that all begins',
    options: remembering((_, task) => merge(of(snapshotOf('queued', { task })), NEVER)),
  },
];
