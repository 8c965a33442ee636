import type { TaskEvent } from '../../operators/task-event.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import { isLive, isTerminal } from '../../task/snapshot.js';
import { developed, type Frame, lookedAgain, newFrame, takenBy } from './frame.js';
import { TypicalTimes } from './typical-times.js';

/** What a piece of news made of a frame. */
export interface Change {
  readonly before: Frame;
  readonly after: Frame;
}

/** All frames, and which of them have changed since somebody last drew them. */
export class Sheet {
  readonly #frames = new Map<string, Frame>();
  readonly #changed = new Set<string>();
  readonly #typical = new TypicalTimes();

  /** In their order, which never changes. */
  get frames(): Iterable<Frame> {
    return this.#frames.values();
  }

  get size(): number {
    return this.#frames.size;
  }

  /** Adds a frame. Whether it is new. */
  add(task: TaskRef, addedAt: number): boolean {
    const key = taskKey(task);
    if (this.#frames.has(key)) return false;
    this.#put(key, newFrame(this.#frames.size + 1, task, addedAt));
    return true;
  }

  /** What a piece of news makes of its frame; `undefined` where that is nothing. */
  hear(event: TaskEvent, nowMs: number): Change | undefined {
    const key = taskKey(event.task);
    const before = this.#frames.get(key);
    if (!before) return undefined;
    const after = developed(before, event, nowMs);
    if (after === before) return undefined;
    this.#put(key, after);
    this.#learn(before, after, nowMs);
    return { before, after };
  }

  lookAgain(task: TaskRef): void {
    const frame = this.#frames.get(taskKey(task));
    if (frame) this.#put(taskKey(task), lookedAgain(frame));
  }

  /** How long tasks of the model of a frame usually take, in milliseconds, where its task may still take that long. */
  typicalFor({ snapshot, error }: Frame): number | undefined {
    const isAwaited = snapshot && isLive(snapshot) && !error;
    return isAwaited && snapshot.model !== undefined ? this.#typical.of(snapshot.model) : undefined;
  }

  /** The frames that have changed since the last time, each once. */
  takeChanged(): Frame[] {
    const changed = [...this.#changed].flatMap((key) => this.#frames.get(key) ?? []);
    this.#changed.clear();
    return changed;
  }

  #put(key: string, frame: Frame): void {
    this.#frames.set(key, frame);
    this.#changed.add(key);
  }

  /** A task that has completed says what is usual for its model, which all frames of that model show. */
  #learn(before: Frame, { snapshot, ...frame }: Frame, nowMs: number): void {
    if (snapshot?.status !== 'completed' || snapshot.model === undefined) return;
    if (before.snapshot && isTerminal(before.snapshot)) return;
    const taken = takenBy({ ...frame, snapshot }, nowMs);
    if (!taken || taken.isSinceSeen) return;
    this.#typical.add(snapshot.model, taken.ms);
    for (const [key, other] of this.#frames) if (other.snapshot?.model === snapshot.model) this.#changed.add(key);
  }
}
