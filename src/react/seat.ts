import type { Client } from '../client.js';
import { type AnyRushesError, isRushesError } from '../errors.js';
import { isSameTask, type TaskRef } from '../task/ref.js';
import { isSameNews } from '../task/sameness.js';
import { isLive, isTerminal, type Snapshot } from '../task/snapshot.js';
import { nameForBlame, nameTask, type TaskLike } from '../watch/task-like.js';
import { findHeldWatches, heldWatches } from './held-watches.js';

/** What a component is shown of a task: the same object until something in it changes. */
export interface WatchedTask {
  /** The latest that is known; `undefined` until something is. */
  readonly snapshot: Snapshot | undefined;
  /** Why the watch was lost, beside the last snapshot. Nothing is asked until {@link retry}. */
  readonly lost: AnyRushesError | undefined;
  /** Takes a lost watch up again, for all components that show the task; otherwise it does nothing. It never changes. */
  readonly retry: () => void;
}

/** One task of a list. */
export interface ListedTask extends WatchedTask {
  /** Which task this is: its handle, or the id where only that was given. */
  readonly task: TaskRef | string;
}

/** A task in one component: by whom it was named, and what the component was shown of it last. */
export class Seat {
  /** What is shown before anything was asked: on a server, and when its page is taken over. */
  readonly first: ListedTask;
  /** Its provider is empty where the task is named by its id alone. */
  readonly name: TaskRef;
  readonly #client: Client;
  readonly #given: unknown;
  readonly #problem: AnyRushesError | undefined;
  #shown: ListedTask;

  private constructor(client: Client, given: unknown, name: TaskRef, known?: Snapshot, problem?: AnyRushesError) {
    this.#client = client;
    this.#given = given;
    this.name = name;
    this.#problem = problem;
    const task = typeof given === 'string' ? given : name;
    const retry = () => findHeldWatches(client)?.find(name)?.retry();
    this.first = Object.freeze({ task, snapshot: known, lost: problem, retry: problem ? () => undefined : retry });
    this.#shown = this.first;
  }

  /** @throws `INVALID_ARGUMENT` when `given` names no task of the client. */
  static of(client: Client, given: TaskLike): Seat {
    // Only the client knows its providers. What it answers here is not subscribed, so nothing is asked.
    client.watch(given);
    if (typeof given === 'string') return new Seat(client, given, nameForBlame(given));
    const { task, known } = nameTask(given, undefined);
    return new Seat(client, given, task, known);
  }

  /** The same, but what names nobody is lost. */
  static orLost(client: Client, given: TaskLike): Seat {
    try {
      return Seat.of(client, given);
    } catch (error) {
      if (!isRushesError(error)) throw error;
      return new Seat(client, given, nameForBlame(given), undefined, error);
    }
  }

  /** Whether `given` means this seat, so that an equal one made anew for each render changes nothing. */
  isOf(given: TaskLike): boolean {
    if (given === this.#given) return true;
    if (!isSameTask(nameForBlame(given), this.name)) return false;
    if (this.#problem) return Seat.orLost(this.#client, given).#problem?.message === this.#problem.message;
    if (typeof given === 'string' || typeof this.#given === 'string') return false;
    return !('status' in given) || isLive(given) || this.#hasHeard(given);
  }

  /** What to show now. */
  now(): ListedTask {
    const shown = this.#shown;
    if (this.#problem || (shown.snapshot && isTerminal(shown.snapshot))) return shown;
    const { snapshot: said, lost } = findHeldWatches(this.#client)?.find(this.name)?.standing ?? {};
    // A watch that was let go of, as behind a hidden `<Activity>`, is no reason to forget what was shown.
    const isNews = said && !(shown.snapshot && isSameNews(shown.snapshot, said));
    const snapshot = isNews ? said : shown.snapshot;
    if (snapshot !== shown.snapshot || lost !== shown.lost) this.#shown = Object.freeze({ ...shown, snapshot, lost });
    return this.#shown;
  }

  /** Holds the watch of the task until what is returned is called. */
  hold(listener: () => void): () => void {
    if (this.#problem) return () => undefined;
    return heldWatches(this.#client).hold(this.name, this.#shown.snapshot, listener);
  }

  #hasHeard(given: Snapshot): boolean {
    const { snapshot } = this.#shown;
    return isSameNews(this.#given as Snapshot, given) || (snapshot !== undefined && isSameNews(snapshot, given));
  }
}
