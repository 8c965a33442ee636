import { Observable, type ObservableNotification, type Subscriber } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  type CloudEvent,
  type Publisher,
  type PublishOptions,
  publishTo,
  toCloudEvent,
} from '../../src/bridges/index.js';
import { RushesError, type Snapshot, type TaskEvent } from '../../src/index.js';
import { type Clock, createClock, snapshotMarbles, snapshotOf } from '../../src/testing/index.js';
import { lost } from './news.js';

type Value = Snapshot | TaskEvent;
type Values = Readonly<Record<string, Value>>;

/** Letters for snapshots of one task. */
export const single: Values = snapshotMarbles();

const among = (id: string, status: Snapshot['status'], progress?: number): TaskEvent => {
  const task = { provider: 'test', id };
  return { kind: 'snapshot', task, snapshot: snapshotOf(status, { task, ...(progress && { progress }) }) };
};

/** Letters for news of two tasks: `abc`, the end `A` and the loss `L` of one, `xyz`, `X` and `M` of the other. */
export const many: Values = {
  a: among('one', 'queued'),
  b: among('one', 'in_progress', 10),
  c: among('one', 'in_progress', 20),
  A: among('one', 'completed'),
  F: among('one', 'failed'),
  L: lost({ provider: 'test', id: 'one' }),
  x: among('two', 'queued'),
  y: among('two', 'in_progress', 10),
  z: among('two', 'in_progress', 20),
  X: among('two', 'completed'),
  M: lost({ provider: 'test', id: 'two' }),
};

/** What is played, a frame a millisecond. */
export interface Script {
  readonly source: string;
  readonly values?: Values;
  /** Values that no event can be made of. */
  readonly more?: Values;
  /** What the source fails with at `#`. */
  readonly error?: unknown;
  /**
   * The bus's answers to the publishes of a letter, the last one again and again: `a` acknowledges, `r` refuses for now,
   * `n` for ever, `i` as an argument that can never be right; `-` is never answered.
   * @defaultValue `['--a']`
   */
  readonly answers?: Readonly<Record<string, readonly string[]>>;
  readonly options?: PublishOptions;
  /** The frame at which the subscriber leaves. */
  readonly leavesAt?: number;
  /** @defaultValue 1000 */
  readonly untilMs?: number;
}

/** What became of it, as marks such as `q@2`; `|@9` is the end, `#@9` an error, `P@9` news that was not published. */
export interface Played {
  readonly sent: readonly string[];
  readonly result: readonly string[];
  /** The frames at which the source was subscribed to, and left. */
  readonly listened: readonly string[];
  readonly values: readonly Value[];
  readonly events: readonly CloudEvent[];
  readonly error: unknown;
  readonly retries: readonly (readonly [letter: string, waitMs: number, message: string])[];
  /** Timers that are left; those of the script itself do not count. */
  readonly timers: number;
  /** The most events that were at the bus together, and the most of one task. */
  readonly most: { readonly together: number; readonly ofOneTask: number };
}

/** The marks of a row of marbles. */
export function marks(row: string): string[] {
  return messages(row, undefined, '#').map(({ frame, notification }) => {
    const mark = notification.kind === 'N' ? notification.value : notification.kind === 'E' ? '#' : '|';
    return `${mark}@${frame}`;
  });
}

function messages<T>(row: string, values: Readonly<Record<string, T>> | undefined, error: unknown) {
  return TestScheduler.parseMarbles(row.trimEnd(), values, error, false, true).map(({ frame, notification }) => ({
    frame: frame / TestScheduler.frameTimeFactor,
    notification: notification as ObservableNotification<T>,
  }));
}

const refusals: Readonly<Record<string, unknown>> = {
  r: new Error('the bus is away'),
  n: new RushesError('UNAUTHORIZED', 'no right to publish'),
  i: new RushesError('INVALID_ARGUMENT', 'bus(address): expected at most 10 bytes'),
};

/** Plays a script through `publishTo`. */
export async function play(script: Script): Promise<Played> {
  const { values = single, leavesAt, untilMs = 1_000, options = {} } = script;
  const clock = createClock({ startMs: 0 });
  const bus = new ScriptedBus(clock, values, script.answers);
  const at = (mark: string) => `${mark}@${clock.now()}`;
  const [result, listened]: [string[], string[]] = [[], []];
  const [passed, retries]: [Value[], (readonly [string, number, string])[]] = [[], []];
  let error: unknown;

  const said = messages(script.source, { ...values, ...script.more }, script.error);
  const source = new Observable<Value>((subscriber) => {
    listened.push(at('^'));
    for (const { frame, notification } of said)
      subscriber.add(clock.schedule(() => observe(notification, subscriber), frame));
    subscriber.add(() => listened.push(at('!')));
  });
  const onRetry: PublishOptions['onRetry'] = (event, trouble, waitMs) =>
    retries.push([bus.letterOf(event), waitMs, trouble.message]);
  const subscription = source
    .pipe(publishTo(bus, { scheduler: clock, random: () => 1, onRetry, ...options }))
    .subscribe({
      next: (value) => {
        passed.push(value);
        result.push(at(bus.markOf(value)));
      },
      error: (trouble: unknown) => {
        error = trouble;
        result.push(at('#'));
      },
      complete: () => result.push(at('|')),
    });
  if (leavesAt !== undefined) {
    await clock.advance(leavesAt);
    subscription.unsubscribe();
  }
  const timers = () => clock.pending - bus.answering;
  const left = leavesAt === undefined ? 0 : timers();
  await clock.advance(untilMs - clock.now());
  const { sent, events, most } = bus;
  return { sent, result, listened, values: passed, events, error, retries, timers: Math.max(left, timers()), most };
}

function observe<T>(notification: ObservableNotification<T>, subscriber: Subscriber<T>): void {
  if (notification.kind === 'N') subscriber.next(notification.value);
  else if (notification.kind === 'E') subscriber.error(notification.error);
  else subscriber.complete();
}

/** A bus that answers as it is told. */
class ScriptedBus implements Publisher {
  readonly sent: string[] = [];
  readonly events: CloudEvent[] = [];
  readonly most = { together: 0, ofOneTask: 0 };
  /** Answers that are still to come. */
  answering = 0;
  readonly #tries = new Map<string, number>();
  readonly #under = new Map<string, number>();
  readonly #letters: ReadonlyMap<string, string>;

  constructor(
    private readonly clock: Clock,
    private readonly values: Values,
    private readonly answers: Script['answers'],
  ) {
    this.#letters = new Map(Object.entries(values).map(([letter, value]) => [keyOf(toCloudEvent(value)), letter]));
  }

  publish(event: CloudEvent): Promise<void> {
    const letter = this.letterOf(event);
    const all = this.answers?.[letter] ?? ['--a'];
    const turn = this.#tries.get(letter) ?? 0;
    this.#tries.set(letter, turn + 1);
    const answer = all[Math.min(turn, all.length - 1)] ?? '';
    this.sent.push(`${letter}@${this.clock.now()}`);
    this.events.push(event);
    this.#count(event, 1);
    return new Promise<void>((resolve, reject) => {
      if (answer.endsWith('-')) return;
      this.answering++;
      this.clock.schedule(() => {
        this.answering--;
        this.#count(event, -1);
        const refusal = refusals[answer.slice(-1)];
        if (refusal === undefined) resolve();
        else reject(refusal);
      }, answer.length - 1);
    });
  }

  letterOf(event: CloudEvent): string {
    return this.#letters.get(keyOf(event)) ?? '?';
  }

  markOf(value: Value): string {
    const isOther = 'kind' in value && value.kind === 'lost' && !Object.values(this.values).includes(value);
    return isOther ? 'P' : this.letterOf(toCloudEvent(value));
  }

  #count({ subject }: CloudEvent, by: 1 | -1): void {
    this.#under.set(subject, (this.#under.get(subject) ?? 0) + by);
    this.most.ofOneTask = Math.max(this.most.ofOneTask, ...this.#under.values());
    const together = [...this.#under.values()].reduce((sum, one) => sum + one, 0);
    this.most.together = Math.max(this.most.together, together);
  }
}

/** Ends of one task share an id, and say which they are by their type. */
function keyOf({ id, type }: CloudEvent): string {
  return `${id} ${type}`;
}
