import { bridgeChecks } from './bridge-checks.js';
import { type BridgeConformanceOptions, bridgeConformanceDefaults } from './bridge-manifest.js';
import { poisonChecks } from './bridge-poison.js';
import { BridgeStage, sourceWorld } from './bridge-stage.js';
import { runIn } from './run-in.js';
import { sourceChecks } from './source-checks.js';
import { SourceStage } from './source-stage.js';

/** One thing that the bridge to a bus must do. */
export interface BridgeCheck {
  /** A plain sentence, unique within the suite. */
  readonly name: string;
  /** Rejects with an `Error` that says in a sentence what was expected and what happened. */
  run(): Promise<void>;
}

/**
 * What the bridge to any bus must do, as a list for any test runner: the publisher, the source back from the bus, which
 * also has to be what `sourceConformance` wants, and both together. Checks of a source, or of poison, pass in a world
 * that has no `source`, or no `inject`.
 *
 * @example
 * ```ts
 * const open = () => {
 *   const bodies: string[] = [];
 *   const publisher = { publish: async (event: CloudEvent) => void bodies.push(JSON.stringify(event)) };
 *   return { publisher, events: async () => bodies, settle: async () => undefined };
 * };
 * for (const { name, run } of bridgeConformance({ open, supports: { late: false, oneEnd: false } })) it(name, run);
 * // ✓ what is acknowledged is on the bus … ✓ poison between good news changes nothing
 * ```
 */
export function bridgeConformance(options: BridgeConformanceOptions): readonly BridgeCheck[] {
  const { open, supports, provider } = { ...bridgeConformanceDefaults, ...options };
  const ofSource = sourceChecks.map(({ check, ...rest }) => ({
    ...rest,
    async check({ world }: BridgeStage) {
      const source = sourceWorld(world);
      if (source) await check(new SourceStage(source, provider));
    },
  }));
  return [...bridgeChecks, ...poisonChecks, ...ofSource]
    .filter(({ needs }) => needs === undefined || supports[needs])
    .map(({ name, check }) => ({
      name,
      run: () => runIn(open, (world) => check(new BridgeStage(world, provider))),
    }));
}
