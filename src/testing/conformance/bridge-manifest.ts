import type { Publisher } from '../../bridges/publish/publisher.js';
import type { TaskRef } from '../../task/ref.js';
import type { SnapshotSource } from '../../watch/snapshot-source.js';

/** A bus, and the ways onto it and back. */
export interface BusWorld {
  /** The publisher that is to be checked. */
  readonly publisher: Publisher;
  /** The source that is to be checked. @defaultValue the bus cannot be read back, and nothing is asked of a source */
  readonly source?: SnapshotSource;
  /** The body of every message that the bus took, oldest first, poison too. */
  events(): Promise<readonly (string | Uint8Array)[]>;
  /** Puts bytes where news of `task` is expected, as anybody with access could. @defaultValue no poison is tried */
  inject?(task: TaskRef, body: Uint8Array): Promise<void>;
  /** Resolves when all that was published or subscribed has had time to arrive. */
  settle(): Promise<void>;
  /** How much is left at the bus: subscriptions, consumers, connections of a source. @defaultValue not looked at */
  busy?(): number | Promise<number>;
  /** @defaultValue nothing to close */
  close?(): void | Promise<void>;
}

/** What `bridgeConformance` needs to know of a bus. */
export interface BridgeConformanceOptions {
  /** A new, empty world for each check. */
  readonly open: () => BusWorld | Promise<BusWorld>;
  readonly supports: {
    /** Who subscribes late is told how the task stands. */
    readonly late: boolean;
    /** Whatever is published of a task after its end is acknowledged and not stored. */
    readonly oneEnd: boolean;
    /** Each task has a place of its own, so that news of it from elsewhere is known to be forged. @defaultValue false */
    readonly addresses?: boolean;
  };
  /** The provider of the tasks that are published. @defaultValue `"test"` */
  readonly provider?: string;
}

/** What `bridgeConformance` takes unless told otherwise. */
export const bridgeConformanceDefaults = Object.freeze({
  provider: 'test',
} as const satisfies Partial<BridgeConformanceOptions>);
