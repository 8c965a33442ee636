import type { Observable } from 'rxjs';
import type { TaskRef } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';

/** A source, and the world behind it. */
export interface SourceWorld {
  /** The source that is to be checked. */
  readonly source: (task: TaskRef) => Observable<Snapshot>;
  /** Has the world say this, whether somebody listens or not: publishes it, or lets the next answer be it. */
  say(snapshot: Snapshot): void | Promise<void>;
  /** Resolves when all that was said or subscribed has had time to arrive: a moved clock, or a short wait. */
  settle(): Promise<void>;
  /** How much is left running: timers, requests, subscriptions at a bus. @defaultValue not looked at */
  busy?(): number;
  /** @defaultValue nothing to close */
  close?(): void | Promise<void>;
}

/** What `sourceConformance` needs to know of a source. */
export interface SourceConformanceOptions {
  /** A new world for each check. */
  readonly open: () => SourceWorld | Promise<SourceWorld>;
  readonly supports: {
    /** Who subscribes late is told how the task stands. */
    readonly late: boolean;
  };
  /** The provider of the tasks that are asked for. @defaultValue `"test"` */
  readonly provider?: string;
}

/** What `sourceConformance` takes unless told otherwise. */
export const sourceConformanceDefaults = Object.freeze({
  provider: 'test',
} as const satisfies Partial<SourceConformanceOptions>);
