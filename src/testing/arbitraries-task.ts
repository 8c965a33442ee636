import fc from 'fast-check';
import { idProblem, type TaskRef } from '../task/ref.js';
import type { LiveSnapshot, Snapshot, TerminalSnapshot } from '../task/snapshot.js';
import type { LiveStatus, TerminalStatus } from '../task/status.js';
import { statusWord } from './arbitraries-wire.js';
import { snapshotOf } from './marbles.js';

/**
 * Any id that a task can have: mostly like the vendors' own, else whatever text is allowed, with characters that mean
 * something in addresses.
 *
 * @example
 * ```ts
 * fc.assert(fc.property(taskId(), (id) => decodeToken(encodeToken(id)) === id));
 * ```
 */
export function taskId(): fc.Arbitrary<string> {
  const tail = fc.stringMatching(/^[A-Za-z0-9]{8,32}$/);
  return fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom('task_', 'video_', 'cgt-', 'sora-2:task_'), tail).map(joined) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(' ', '*', '>', 'a.>', '#', '+', '%2e%2e', '../x', 'a/b', '?a=b', '$SYS/x'),
    },
    {
      weight: 2,
      arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }).filter((id) => idProblem(id) === undefined),
    },
  );
}

/** Constraints of {@link taskRef}. */
export interface TaskRefConstraints {
  /** The provider of every ref. @defaultValue any name */
  readonly provider?: string;
}

/**
 * Any ref of a task.
 *
 * @example
 * ```ts
 * fc.sample(taskRef({ provider: 'ark' }), 1); // [{ provider: 'ark', id: 'cgt-x8Jq1LmZ' }]
 * ```
 */
export function taskRef({ provider }: TaskRefConstraints = {}): fc.Arbitrary<TaskRef> {
  const name = fc.oneof(fc.constantFrom('cometapi', 'infinity-blue', 'ark'), fc.stringMatching(/^[a-z0-9-]{1,12}$/));
  return fc.record({ provider: provider === undefined ? name : fc.constant(provider), id: taskId() });
}

/** Constraints of {@link snapshot} and of those that are made of it. */
export interface SnapshotConstraints {
  /** The task of every snapshot. @defaultValue any */
  readonly task?: TaskRef;
}

/**
 * Any snapshot, valid and frozen.
 *
 * @example
 * ```ts
 * fc.assert(fc.property(snapshot(), (s) => advance(undefined, s) === s));
 * ```
 */
export function snapshot(constraints: SnapshotConstraints = {}): fc.Arbitrary<Snapshot> {
  return fc.oneof(liveSnapshot(constraints), terminalSnapshot(constraints));
}

/** Any snapshot of a task that may still change; see {@link snapshot}. */
export function liveSnapshot(constraints: SnapshotConstraints = {}): fc.Arbitrary<LiveSnapshot> {
  return snapshotWith(fc.constantFrom<LiveStatus>('queued', 'in_progress', 'unknown'), constraints, {});
}

/** Any snapshot of a task that has ended; see {@link snapshot}. */
export function terminalSnapshot(constraints: SnapshotConstraints = {}): fc.Arbitrary<TerminalSnapshot> {
  const failure = fc.constantFrom<TerminalStatus>('failed', 'error', 'cancelled', 'expired');
  return fc.oneof(
    snapshotWith<TerminalSnapshot>(fc.constant('completed'), constraints, {
      videoUrl: fc.webUrl({ validSchemes: ['https'] }),
      completedAt: moment(),
      expiresAt: moment(),
    }),
    snapshotWith<TerminalSnapshot>(failure, constraints, { error: problem() }),
  );
}

/** Constraints of {@link timeline}. */
export interface TimelineConstraints extends SnapshotConstraints {
  /** Whether the last snapshot is terminal. @defaultValue either */
  readonly ends?: boolean;
  /** The most live snapshots. @defaultValue `10` */
  readonly maxLive?: number;
}

/**
 * What a lawful watch of one task may say: live snapshots in any order, then, where it ends, one terminal one; never
 * nothing.
 *
 * @example
 * ```ts
 * fc.assert(fc.property(timeline({ ends: true }), (said) => said.findIndex(isTerminal) === said.length - 1));
 * ```
 */
export function timeline({ ends, maxLive = 10, task }: TimelineConstraints = {}): fc.Arbitrary<readonly Snapshot[]> {
  const about = task === undefined ? taskRef() : fc.constant(task);
  return fc.tuple(about, ends === undefined ? fc.boolean() : fc.constant(ends)).chain(([ref, hasEnd]) => {
    const live = fc.array(liveSnapshot({ task: ref }), { minLength: hasEnd ? 0 : 1, maxLength: maxLive });
    if (!hasEnd) return live;
    return fc.tuple(live, terminalSnapshot({ task: ref })).map(([before, end]) => [...before, end]);
  });
}

function joined(parts: readonly string[]): string {
  return parts.join('');
}

function moment(): fc.Arbitrary<number> {
  return fc.integer({ min: Date.UTC(2_024, 0), max: Date.UTC(2_100, 0) });
}

function problem(): fc.Arbitrary<{ code?: string; message: string }> {
  const message = fc.string({ minLength: 1 });
  return fc.record({ code: fc.stringMatching(/^[A-Za-z]{1,30}$/), message }, { requiredKeys: ['message'] });
}

function snapshotWith<S extends Snapshot>(
  statuses: fc.Arbitrary<S['status']>,
  { task }: SnapshotConstraints,
  more: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<S> {
  const optional: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    progress: fc.integer({ min: 0, max: 100 }),
    createdAt: moment(),
    model: fc.constantFrom('sora-2', 'doubao-seedance-2-0'),
    seconds: fc.integer({ min: 1, max: 30 }),
    size: fc.constantFrom('1280x720', '16:9'),
    ...more,
  };
  const about = task === undefined ? taskRef() : fc.constant(task);
  const facts = fc.record(optional, { requiredKeys: 'error' in more ? ['error'] : [] });
  return fc
    .tuple(statuses, about, facts)
    .chain(([status, ref, said]) =>
      statusWord({ status }).map((word) => snapshotOf(status, { task: ref, providerStatus: word, ...said }) as S),
    );
}
