import { runIn } from './run-in.js';
import { sourceChecks } from './source-checks.js';
import { type SourceConformanceOptions, sourceConformanceDefaults } from './source-manifest.js';
import { SourceStage } from './source-stage.js';

/** One thing that a source must do. */
export interface SourceCheck {
  /** A plain sentence, unique within the suite. */
  readonly name: string;
  /** Rejects with an `Error` that says in a sentence what was expected and what happened. */
  run(): Promise<void>;
}

/**
 * What every source of snapshots must do, as a list for any test runner. Only facts that every dialect can say are
 * used: a status and its word.
 *
 * @example
 * ```ts
 * const open = () => {
 *   const bus = new ReplaySubject<Snapshot>();
 *   const source = (task: TaskRef) => bus.pipe(filter((s) => isSameTask(s.task, task)), takeUntilTerminal());
 *   return { source, say: (s: Snapshot) => bus.next(s), settle: async () => undefined };
 * };
 * for (const { name, run } of sourceConformance({ open, supports: { late: true } })) it(name, run);
 * // ✓ what is said arrives, in order … ✓ who comes late is told how the task stands
 * ```
 */
export function sourceConformance(options: SourceConformanceOptions): readonly SourceCheck[] {
  const { open, supports, provider } = { ...sourceConformanceDefaults, ...options };
  return sourceChecks
    .filter(({ needs }) => needs === undefined || supports[needs])
    .map(({ name, check }) => ({
      name,
      run: () => runIn(open, (world) => check(new SourceStage(world, provider))),
    }));
}
