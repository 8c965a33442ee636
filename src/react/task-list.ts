import type { Client } from '../client.js';
import { taskKey } from '../task/ref.js';
import { nameForBlame, type TaskLike } from '../watch/task-like.js';
import type { ListedTask, Seat } from './seat.js';

/** How a task gets its seat. */
export type SeatOf = (client: Client, given: TaskLike) => Seat;

/**
 * The tasks of one component as an external store of React's: `subscribe`, `now` and `first` are its three arguments.
 * News of one task is looked at without looking at the others.
 */
export class TaskList {
  readonly #first: readonly ListedTask[];
  readonly #client: Client;
  readonly #seats: readonly Seat[];
  #shown: readonly ListedTask[];
  /** Where there is news; `undefined` while nobody tells, when each seat has to be looked at. */
  #stale: number[] | undefined;

  constructor(client: Client, tasks: readonly TaskLike[], seatOf: SeatOf, before?: TaskList) {
    this.#client = client;
    const known = new Map(before?.isOver(client) ? before.#seats.map((seat) => [taskKey(seat.name), seat]) : []);
    this.#seats = tasks.map((task) => {
      const key = taskKey(nameForBlame(task));
      const kept = known.get(key);
      const seat = kept?.isOf(task) ? kept : seatOf(client, task);
      known.set(key, seat);
      return seat;
    });
    this.#first = this.#seats.map((seat) => seat.first);
    this.#shown = this.#first;
  }

  /** Whether `tasks` are the same tasks in the same order. */
  isOf(client: Client, tasks: readonly TaskLike[]): boolean {
    const seats = this.#seats;
    return (
      this.isOver(client) && seats.length === tasks.length && seats.every((seat, i) => seat.isOf(tasks[i] as TaskLike))
    );
  }

  isOver(client: Client): boolean {
    return client === this.#client;
  }

  /** What to show before anything was asked. */
  readonly first = (): readonly ListedTask[] => this.#first;

  /** What to show now; the same array while nothing has changed. */
  readonly now = (): readonly ListedTask[] => {
    let changed: ListedTask[] | undefined;
    for (const place of this.#stale?.splice(0) ?? this.#seats.keys()) {
      const item = (this.#seats[place] as Seat).now();
      if (item === this.#shown[place]) continue;
      changed ??= [...this.#shown];
      changed[place] = item;
    }
    if (changed) this.#shown = changed;
    return this.#shown;
  };

  readonly subscribe = (onChange: () => void): (() => void) => {
    const leave = this.#seats.map((seat, place) =>
      seat.hold(() => {
        if (!this.#stale) return;
        this.#stale.push(place);
        onChange();
      }),
    );
    this.now();
    this.#stale = [];
    // What the watches said while they were joined, all at once.
    onChange();
    return () => {
      this.#stale = undefined;
      for (const leaveOne of leave) leaveOne();
    };
  };
}
