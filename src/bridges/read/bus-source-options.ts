import type { SchedulerLike } from 'rxjs';
import { checkMs } from '../../cadence/delay.js';
import { checkFunctions } from '../../errors.js';
import type { Attributes } from '../envelope/from-cloud-event.js';

/** A message that a source took no news from. */
export interface Skipped {
  /** `garbled`: no event of ours; `misplaced`: its address is not that of its task; `refused`: `verify` said no. */
  readonly reason: 'garbled' | 'misplaced' | 'refused';
  /** What came, as the bus's client gave it. */
  readonly body: unknown;
}

/** How a source takes what comes from a bus. */
export interface BusSourceOptions {
  /**
   * How long nothing at all may be heard of a task before its watch is lost; `Infinity` for any time. Once something
   * was heard, only the deadline of the watch counts; but where what is published during a lost connection is not
   * heard, as on AMQP, and on MQTT unless it is retained, something has to be heard again once the connection is back.
   * @defaultValue 60000
   */
  readonly firstNewsMs?: number;
  /** Told of each message that is skipped, once however many watch. */
  readonly onSkipped?: (skipped: Skipped) => void;
  /**
   * Whether an event is from somebody who may speak, such as by an attribute that signs it. What is not `true`, and an
   * error that is thrown, refuse it. @defaultValue all are
   */
  readonly verify?: (event: Attributes) => boolean;
  /** @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
}

/** The defaults of {@link BusSourceOptions} that are plain values. */
export const busSourceDefaults = Object.freeze({ firstNewsMs: 60_000 } satisfies BusSourceOptions);

/** The names of {@link BusSourceOptions}, for `checkNames`. */
export const busSourceNames = ['firstNewsMs', 'onSkipped', 'verify', 'scheduler'] as const;

/** @throws `INVALID_ARGUMENT` naming what is wrong. */
export function checkBusSource(label: string, options: BusSourceOptions): void {
  const { firstNewsMs = busSourceDefaults.firstNewsMs, onSkipped, verify } = options;
  checkMs(`${label}.firstNewsMs`, firstNewsMs, { orInfinity: true });
  checkFunctions({ onSkipped, verify });
}
