import {
  asyncScheduler,
  concat,
  EMPTY,
  filter,
  type MonoTypeOperatorFunction,
  mergeMap,
  type Observable,
  type OperatorFunction,
  of,
  type SchedulerLike,
  share,
  throwError,
  timeout,
} from 'rxjs';
import { checkMs } from '../../cadence/delay.js';
import { Waits } from '../../cadence/waits.js';
import { aboutTask, checkFunctions, RushesError } from '../../errors.js';
import { distinctSnapshots } from '../../operators/distinct-snapshots.js';
import { takeUntilTerminal } from '../../operators/take-until-terminal.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { isSameTask, type TaskRef } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import type { SnapshotSource } from '../../watch/snapshot-source.js';
import { type Attributes, readCloudEvent } from '../envelope/from-cloud-event.js';

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
   * How long nothing at all may be heard of a task before its watch is lost; `Infinity` for any time. Once something was
   * heard, only the deadline of the watch counts. @defaultValue 60000
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

/** A message of a bus. */
export interface BusMessage {
  /** The event: parsed, or its JSON as text or bytes. */
  readonly body: unknown;
  /** Whether it came by the address that news of this task has. @defaultValue the bus has no addresses */
  readonly isAddressOf?: (task: TaskRef) => boolean;
}

/** The news among messages; whatever is none is skipped and told of. */
export function readNews(options: BusSourceOptions): OperatorFunction<BusMessage, TaskEvent> {
  const { onSkipped, verify } = options;
  return mergeMap(({ body, isAddressOf }) => {
    const event = readCloudEvent(body);
    const reason = !event
      ? 'garbled'
      : isAddressOf?.(event.told.task) === false
        ? 'misplaced'
        : !isVerified(event.attributes, verify)
          ? 'refused'
          : undefined;
    if (event && reason === undefined) return of(event.told);
    tell(onSkipped, { reason: reason ?? 'garbled', body });
    return EMPTY;
  });
}

/** An error of whoever is told goes where RxJS takes those of listeners, as it must not stop what comes after. */
function tell(onSkipped: BusSourceOptions['onSkipped'], skipped: Skipped): void {
  try {
    onSkipped?.(skipped);
  } catch (error) {
    throwError(() => error).subscribe();
  }
}

function isVerified(attributes: Attributes, verify: BusSourceOptions['verify']): boolean {
  try {
    return verify === undefined || verify(attributes) === true;
  } catch {
    return false;
  }
}

/** The snapshots of one task among news, by the law: a lost watch, silence at first and an early end are errors. */
export function snapshotsOf(task: TaskRef, options: BusSourceOptions): OperatorFunction<TaskEvent, Snapshot> {
  const ended = () => aboutTask(new RushesError('SOURCE_ENDED', 'the bus ended before the task did'), task);
  return (news) =>
    concat(news, throwError(ended)).pipe(
      filter((told) => isSameTask(told.task, task)),
      heardWithin(task, options),
      mergeMap((told) => (told.kind === 'lost' ? throwError(() => told.error) : of(told.snapshot))),
      distinctSnapshots(),
      takeUntilTerminal(),
    );
}

/** A source over all messages of a bus, which are read once however many tasks are watched. Who comes late hears only what comes. */
export function toldSource(messages: Observable<BusMessage>, options: BusSourceOptions): SnapshotSource {
  const news = messages.pipe(readNews(options), share());
  return (task) => news.pipe(snapshotsOf(task, options));
}

function heardWithin<T>(task: TaskRef, options: BusSourceOptions): MonoTypeOperatorFunction<T> {
  const { firstNewsMs = busSourceDefaults.firstNewsMs, scheduler = asyncScheduler } = options;
  if (firstNewsMs === Number.POSITIVE_INFINITY) return (news) => news;
  const message = `nothing was heard of the task for ${firstNewsMs} ms`;
  const silent = () => new RushesError('STALLED', message, { task, retryable: true });
  return timeout({ first: firstNewsMs, with: () => throwError(silent), scheduler: new Waits(scheduler) });
}
